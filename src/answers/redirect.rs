//! A redirect to a page of the app.

use std::iter;

use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::Answer;
use super::failure::Failure;
use super::target::Target;
use crate::catalogue::ErrorCode;
use crate::document::response;
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::parameter::Parameter;
use crate::success::ConnectSuccess;

/// Answers with `303 See Other` to a page of the app, so that the address bar and the history are rid of the
/// credentials.
///
/// The page learns what happened from the query parameter `connect_error`: the code of the error, such as
/// `oem_cancelled_login` and `unknown` for one that is not documented, or the kind of an invalid callback, such as
/// `state_expired`. It is one of a fixed set, never text of the request. But anybody can write a link with it, so
/// decide nothing by it except which words to show.
///
/// By hand it answers successes too, with the bare target.
///
/// ```
/// use tower_smartcar_connect::answers::RedirectTo;
/// use tower_smartcar_connect::{ConnectCallbackLayer, ErrorCode};
///
/// // `/garage?connect_error=access_denied`, and `/waitlist?connect_error=vehicle_incompatible`.
/// let redirect = RedirectTo::new("/garage").for_code(ErrorCode::VehicleIncompatible, "/waitlist");
/// let layer = ConnectCallbackLayer::new("/callback").on_error(redirect.clone()).on_invalid(redirect);
/// ```
#[derive(Clone, Debug)]
pub struct RedirectTo {
    target: Target,
    by_code: Vec<(ErrorCode, Target)>,
    parameter: Option<String>,
}

impl RedirectTo {
    /// A redirect to `target`: a path of the app from its root, perhaps with a query and a fragment. Below a nested
    /// router it still begins at the root.
    ///
    /// # Panics
    ///
    /// If `target` is no such path: if it does not begin with `/`, if a browser would take it for another site, if it
    /// has a space, a backslash or a control character, or if its query has a result of Connect, which could loop.
    /// And if its query has the parameter `connect_error` already, so that the page would get it twice.
    #[track_caller]
    #[must_use]
    pub fn new(target: &str) -> Self {
        Self {
            target: Target::new(target),
            by_code: Vec::new(),
            parameter: Some("connect_error".to_owned()),
        }
        .with_the_parameter_once()
    }

    /// Redirects to another target for this code. [`ErrorCode::Unknown`] stands for all that are not documented.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new) does, where the parameter is the one that is set by then.
    #[track_caller]
    #[must_use]
    pub fn for_code(mut self, code: ErrorCode, target: &str) -> Self {
        self.by_code.retain(|(other, _)| *other != code);
        self.by_code.push((code, Target::new(target)));
        self.with_the_parameter_once()
    }

    /// Renames the parameter `connect_error`.
    ///
    /// # Panics
    ///
    /// If `name` is empty, or one of the names that Connect gives to parameters, such as `error`: with that, the page
    /// could be taken for a callback, and the redirect loop. If a target that is set by then has the parameter
    /// already.
    #[track_caller]
    #[must_use]
    pub fn with_parameter(mut self, name: &str) -> Self {
        assert!(
            !name.is_empty(),
            "a parameter needs a name; `without_parameter` drops it"
        );
        assert!(
            Parameter::from_name(name.as_bytes()).is_none(),
            "`{name}` is a parameter of Connect, so the redirect could loop; choose another name"
        );
        self.parameter = Some(name.to_owned());
        self.with_the_parameter_once()
    }

    /// Redirects to the bare targets.
    #[must_use]
    pub fn without_parameter(mut self) -> Self {
        self.parameter = None;
        self
    }

    /// # Panics
    ///
    /// If a target has the parameter already.
    #[track_caller]
    fn with_the_parameter_once(self) -> Self {
        if let Some(name) = &self.parameter {
            let by_code = self.by_code.iter().map(|(_, target)| target);
            if let Some(target) = iter::once(&self.target)
                .chain(by_code)
                .find(|target| target.has_parameter(name))
            {
                panic!(
                    "`{}` has a parameter `{}`, which a redirect adds with what happened; rename that of the target",
                    target.as_str(),
                    name.escape_debug(),
                );
            }
        }
        self
    }

    fn after(&self, failure: Failure) -> Response<String> {
        let target = match failure {
            Failure::Error(code) => self.by_code.iter().find(|(other, _)| *other == code),
            Failure::Invalid(_) => None,
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

impl Answer<ConnectError> for RedirectTo {
    fn answer(&self, error: &ConnectError, _headers: &HeaderMap) -> Response<String> {
        self.after(error.into())
    }
}

impl Answer<InvalidCallback> for RedirectTo {
    fn answer(&self, invalid: &InvalidCallback, _headers: &HeaderMap) -> Response<String> {
        self.after(invalid.into())
    }
}

impl Answer<ConnectSuccess> for RedirectTo {
    fn answer(&self, _success: &ConnectSuccess, _headers: &HeaderMap) -> Response<String> {
        see_other(&self.target)
    }
}
