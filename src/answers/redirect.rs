//! A redirect to a page of the app.

use std::future::{Ready, ready};
use std::iter;

use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};

use super::target::Target;
use crate::callback::handler::HandleCallback;
use crate::error_code::ErrorCode;
use crate::failure::ConnectFailure;
use crate::html::response;
use crate::outcome::ConnectOutcome;
use crate::parameter::Parameter;
use crate::success::ConnectSuccess;

/// Responds with a redirect to a page of your app, `303 See Other`. The code and the state leave the
/// address bar and the history.
///
/// After a failure, the query parameter `connect_error` tells the page what happened. Its value is
/// [`ConnectFailure::as_str`], such as `oem_cancelled_login` or `state_expired`: one of a fixed set
/// of names, never text from the request. Anybody can write a link with it, so only use it to choose
/// what the page says.
///
/// After a success, there is no such parameter.
///
/// ```
/// use tower_smartcar_connect::answers::RedirectTo;
/// use tower_smartcar_connect::{ConnectCallbackLayer, ErrorCode};
///
/// // `/garage?connect_error=access_denied`, `/waitlist?connect_error=vehicle_incompatible`
/// let redirect = RedirectTo::new("/garage")
///     .for_code(ErrorCode::VehicleIncompatible, "/waitlist");
/// let layer = ConnectCallbackLayer::new("/callback").on_failure(redirect);
/// ```
#[derive(Clone, Debug)]
pub struct RedirectTo {
    target: Target,
    by_code: Vec<(ErrorCode, Target)>,
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
    /// - has `connect_error` in its query, which the redirect adds.
    #[track_caller]
    #[must_use]
    pub fn new(target: &str) -> Self {
        Self {
            target: Target::new(target),
            by_code: Vec::new(),
            parameter: Some("connect_error".to_owned()),
        }
        .assert_parameter_is_free()
    }

    /// Sets another target for errors with this code. [`ErrorCode::Unknown`] stands for every code
    /// that is not documented.
    ///
    /// # Panics
    ///
    /// Panics if `target` is not valid for [`new`](Self::new), or already has the parameter that the
    /// redirect adds.
    #[track_caller]
    #[must_use]
    pub fn for_code(mut self, code: ErrorCode, target: &str) -> Self {
        self.by_code.retain(|(other, _)| *other != code);
        self.by_code.push((code, Target::new(target)));
        self.assert_parameter_is_free()
    }

    /// Sets the name of the parameter. The default is `connect_error`.
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
            Parameter::from_name(name.as_bytes()).is_none(),
            "`{name}` is a parameter of Connect, so the redirect could loop; choose another name"
        );
        self.parameter = Some(name.to_owned());
        self.assert_parameter_is_free()
    }

    /// Removes the parameter from the redirect.
    #[must_use]
    pub fn without_parameter(mut self) -> Self {
        self.parameter = None;
        self
    }

    /// # Panics
    ///
    /// Panics if a target already has the parameter.
    #[track_caller]
    fn assert_parameter_is_free(self) -> Self {
        if let Some(name) = &self.parameter {
            let by_code = self.by_code.iter().map(|(_, target)| target);
            if let Some(target) = iter::once(&self.target)
                .chain(by_code)
                .find(|target| target.has_parameter(name))
            {
                panic!(
                    "`{}` already has the parameter `{}`, which the redirect adds; rename one of the two",
                    target.as_str(),
                    name.escape_debug(),
                );
            }
        }
        self
    }

    fn after(&self, failure: &ConnectFailure) -> Response<String> {
        let target = match failure {
            ConnectFailure::Error(error) => {
                self.by_code.iter().find(|(code, _)| *code == error.code())
            }
            ConnectFailure::Invalid(_) => None,
        };
        let target = target.map_or(&self.target, |(_, target)| target);
        match &self.parameter {
            Some(name) => see_other(&target.with_parameter(name, failure.as_str())),
            None => see_other(target),
        }
    }
}

fn see_other(target: &Target) -> Response<String> {
    let mut response = response(StatusCode::SEE_OTHER, String::new());
    let location = HeaderValue::try_from(target.as_str()).expect("a target is printable ASCII");
    response.headers_mut().insert(LOCATION, location);
    response
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for RedirectTo {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, _request: Parts) -> Self::Future {
        ready(self.after(&failure).map(R::from))
    }
}

impl<R: From<String>> HandleCallback<ConnectOutcome, R> for RedirectTo {
    type Future = Ready<Response<R>>;

    fn handle(&self, outcome: ConnectOutcome, request: Parts) -> Self::Future {
        match outcome {
            ConnectOutcome::Success(success) => self.handle(success, request),
            ConnectOutcome::Error(error) => self.handle(ConnectFailure::from(error), request),
        }
    }
}

impl<R: From<String>> HandleCallback<ConnectSuccess, R> for RedirectTo {
    type Future = Ready<Response<R>>;

    fn handle(&self, _success: ConnectSuccess, _request: Parts) -> Self::Future {
        ready(see_other(&self.target).map(R::from))
    }
}
