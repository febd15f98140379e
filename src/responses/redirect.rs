//! A redirect to a page of the app.

use std::future::{Ready, ready};
use std::iter;

use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::html::{Page, response};
use super::target::Target;
use super::text::ErrorText;
use crate::callback::HandleCallback;
use crate::outcome::error_code::ErrorCode;
use crate::outcome::failure::ConnectFailure;
use crate::outcome::parameter::Parameter;
use crate::outcome::rejected::RejectionReason;
use crate::outcome::success::ConnectSuccess;
use crate::paths::Origin;

/// The parameter that the redirect after a success adds.
const CONNECTED: &str = "connected";

/// Responds with a redirect to a page of your app, `303 See Other`. The code and the state leave the
/// address bar and the history.
///
/// A parameter in the query tells the page how the flow ended: `connected=1` after a success, or
/// `connect_error` after a failure. The value of `connect_error` is [`ConnectFailure::as_str`], such
/// as `oem_cancelled_login` or `state_expired`: one of a fixed set of names, never text from the
/// request. A link can have these parameters too, so only use them to choose what the page says.
///
/// ```
/// use tower_smartcar_connect::responses::RedirectTo;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ErrorCode};
///
/// // `/garage?connected=1`, `/garage?connect_error=access_denied` or
/// // `/waitlist?connect_error=vehicle_incompatible`
/// let redirect = RedirectTo::new("/garage")
///     .for_code(ErrorCode::VehicleIncompatible, "/waitlist");
/// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
///     .on_failure(redirect.clone())
///     .on_success(redirect);
/// ```
///
/// A redirect back to the callback itself would never end, so after a failure the owner sees the
/// page of an [`ErrorPage`](super::ErrorPage) instead. The path `/` is the exception, because the
/// layer forwards visits to it.
#[derive(Clone, Debug)]
pub struct RedirectTo {
    target: Target,
    by_code: Vec<(ErrorCode, Target)>,
    origin: Option<Origin>,
    parameter: Option<String>,
}

impl RedirectTo {
    /// Creates a redirect to `target`, an absolute path of your app with an optional query and
    /// fragment.
    ///
    /// Write the path as the browser sees it: behind a proxy that strips a prefix, and inside a
    /// nested router, it includes the prefix.
    ///
    /// # Panics
    ///
    /// Panics if `target`
    ///
    /// - does not begin with `/`,
    /// - leads browsers to another host, as `//example.com` does,
    /// - contains a space, a backslash, a control character, or a path segment `.` or `..`,
    /// - has `error`, `code`, `user_id` or `vehicle_id` in its query, which could redirect in a loop,
    /// - has `connected` or `connect_error` in its query, which the redirect adds.
    #[track_caller]
    #[must_use]
    pub fn new(target: &str) -> Self {
        Self {
            target: Target::new(target),
            by_code: Vec::new(),
            origin: None,
            parameter: Some("connect_error".to_owned()),
        }
        .assert_parameters_are_free()
    }

    /// Sets the origin of all targets, for a front end on another origin than the callback.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::RedirectTo;
    ///
    /// // `https://app.example.com/garage?connected=1`
    /// let redirect = RedirectTo::new("/garage").at("https://app.example.com".parse()?);
    /// # Ok::<_, tower_smartcar_connect::paths::InvalidOrigin>(())
    /// ```
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Sets another target for errors with this code. [`ErrorCode::Unknown`] stands for every code
    /// that is not documented.
    ///
    /// # Panics
    ///
    /// Panics if `target` is not valid for [`new`](Self::new), or already has a parameter that the
    /// redirect adds.
    #[track_caller]
    #[must_use]
    pub fn for_code(mut self, code: ErrorCode, target: &str) -> Self {
        self.by_code.retain(|(other, _)| *other != code);
        self.by_code.push((code, Target::new(target)));
        self.assert_parameters_are_free()
    }

    /// Sets the name of the parameter after a failure. The default is `connect_error`.
    ///
    /// # Panics
    ///
    /// Panics if `name` is empty, if it is the name of a Connect parameter such as `error`, which
    /// could redirect in a loop, or if a target already has this parameter.
    #[track_caller]
    #[must_use]
    pub fn with_parameter(mut self, name: &str) -> Self {
        assert!(
            !name.is_empty(),
            "a parameter needs a name; use `without_parameter` to leave it out"
        );
        assert!(
            Parameter::from_name(name).is_none(),
            "`{name}` is a parameter of Connect, so the redirect could loop; choose another name"
        );
        self.parameter = Some(name.to_owned());
        self.assert_parameters_are_free()
    }

    /// Redirects to the bare targets, after successes and after failures.
    #[must_use]
    pub fn without_parameter(mut self) -> Self {
        self.parameter = None;
        self
    }

    /// # Panics
    ///
    /// Panics if a target already has a parameter that the redirect adds.
    #[track_caller]
    fn assert_parameters_are_free(self) -> Self {
        let Some(parameter) = &self.parameter else {
            return self;
        };
        let by_code = self.by_code.iter().map(|(_, target)| target);
        for target in iter::once(&self.target).chain(by_code) {
            for name in [parameter, CONNECTED] {
                assert!(
                    !target.has_parameter(name),
                    "`{}` already has the parameter `{}`, which the redirect adds; rename one of the two",
                    target.href(None),
                    name.escape_debug(),
                );
            }
        }
        self
    }

    /// Responds to a failure in a route or a middleware of your own.
    ///
    /// It does not know which path was asked for, so it always redirects.
    #[must_use]
    pub fn respond(&self, failure: &ConnectFailure, _headers: &HeaderMap) -> Response<String> {
        self.see_other(
            self.target_after(failure),
            self.parameter.as_deref(),
            failure.as_str(),
        )
    }

    /// Responds to a failure of your own code, such as a database that did not save the vehicle.
    ///
    /// `name` becomes the value of `connect_error`.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::RedirectTo;
    ///
    /// // `/garage?connect_error=not_saved`
    /// let response = RedirectTo::new("/garage").respond_with("not_saved");
    /// ```
    #[must_use]
    pub fn respond_with(&self, name: &'static str) -> Response<String> {
        self.see_other(&self.target, self.parameter.as_deref(), name)
    }

    fn target_after(&self, failure: &ConnectFailure) -> &Target {
        let by_code = match failure {
            ConnectFailure::Error(error) => {
                self.by_code.iter().find(|(code, _)| *code == error.code())
            }
            ConnectFailure::Rejected(_) => None,
        };
        by_code.map_or(&self.target, |(_, target)| target)
    }

    fn see_other(&self, target: &Target, name: Option<&str>, value: &str) -> Response<String> {
        let origin = self.origin.as_ref();
        let location = match name {
            Some(name) => target.with_parameter(name, value).href(origin),
            None => target.href(origin),
        };
        let location = HeaderValue::try_from(location).expect("a target is printable ASCII");
        let mut response = response(StatusCode::SEE_OTHER, String::new());
        response.headers_mut().insert(LOCATION, location);
        response
    }

    /// Whether the redirect after a failure leads to the callback at `path`.
    fn leads_to(&self, path: &str, failure: &ConnectFailure) -> bool {
        let path = path.trim_end_matches('/');
        let target = self.target_after(failure).path().trim_end_matches('/');
        match failure {
            // A target has no outcome, so this is the failure of a callback that was redirected to
            // itself. If a prefix was stripped, the target has it in front of the path.
            ConnectFailure::Rejected(rejected)
                if rejected.reason() == RejectionReason::NoOutcome =>
            {
                target.ends_with(path)
            }
            _ => self.origin.is_none() && !path.is_empty() && target == path,
        }
    }
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for RedirectTo {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        let response = if self.leads_to(request.uri.path(), &failure) {
            let text = ErrorText::english(&failure);
            let start_page = Target::new("/").href(self.origin.as_ref());
            Page::about_failure(&text, &start_page).into_response(failure.status())
        } else {
            self.respond(&failure, &request.headers)
        };
        ready(response.map(R::from))
    }
}

impl<R: From<String>> HandleCallback<ConnectSuccess, R> for RedirectTo {
    type Future = Ready<Response<R>>;

    fn handle(&self, _success: ConnectSuccess, _request: Parts) -> Self::Future {
        let name = self.parameter.as_ref().map(|_| CONNECTED);
        ready(self.see_other(&self.target, name, "1").map(R::from))
    }
}
