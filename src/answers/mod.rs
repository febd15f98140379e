//! Ready-made answers to callbacks, for `on_error` and `on_invalid` or to be used by hand.
//!
//! | app | answer | after a success |
//! | --- | --- | --- |
//! | has pages of its own | [`RedirectTo`]: the browser goes on to one of them, and the credentials leave the address bar | the same, by hand in the route |
//! | has no page for this | [`ErrorPage`]: a small page with what happened, what helps and a link to try again | a page of the app, such as by [`RedirectTo`] |
//! | is a single-page app that calls the callback itself | [`ProblemDetails`]: JSON | JSON of the app |
//! | opens Connect in a popup with Smartcar's JavaScript SDK | [`PopupMessage`]: the message that the SDK waits for | the same, by hand in the route; the SDK waits for this one too |
//! | serves browsers and programs alike | [`negotiate`]: JSON for those who ask for it, else a page or a redirect | the app's own JSON, or [`RedirectTo`] |
//!
//! A success goes on to the app's route. There [`RedirectTo`] and [`PopupMessage`] can answer it; the others tell of
//! failures and are no [`Answer`] to a [`ConnectSuccess`](crate::ConnectSuccess).
//!
//! Each goes as it is into [`on_error`](crate::ConnectCallbackLayer::on_error) and
//! [`on_invalid`](crate::ConnectCallbackLayer::on_invalid), of which the second deserves an answer too: a reload, the
//! back button and an expired state are everyday events.
//!
//! ```
//! use tower_smartcar_connect::ConnectCallbackLayer;
//! use tower_smartcar_connect::answers::ErrorPage;
//!
//! let page = ErrorPage::new("/garage");
//! let layer = ConnectCallbackLayer::new("/callback").on_error(page.clone()).on_invalid(page);
//! ```
//!
//! The body of the response is whatever the stack around the layer has, if that can be made `From<String>`, as those of
//! axum and `http-body-util`'s `Full` can. For one that cannot, such as tonic's, [`WithBody`] takes the function that
//! makes it. By hand, an answer makes a `Response<String>`, which axum takes as it is:
//!
//! ```
//! use http::HeaderMap;
//! use tower_smartcar_connect::ConnectSuccess;
//! use tower_smartcar_connect::answers::{Answer, PopupMessage};
//!
//! // In a route: the success comes from the extensions, the headers from the request.
//! fn connected(success: &ConnectSuccess, headers: &HeaderMap) -> http::Response<String> {
//!     PopupMessage::to_same_origin().answer(success, headers)
//! }
//! ```
//!
//! # Statuses
//!
//! A page and a problem document have the status of what happened. After an error it is that of its
//! [resolution](crate::Resolution::status), whose page has the table; an owner who walked away is no server error. For an
//! invalid callback it is `400 Bad Request`, and `503 Service Unavailable` where the store of states does not answer. A
//! redirect is always `303 See Other`, and a popup that has a message to deliver `200 OK`.
//!
//! # What leaves with an answer
//!
//! No text of the request: what is shown is chosen by the code or the kind. The message to the popup is the one
//! exception, since the SDK wants the parameters as they are; it goes to one configured origin and is escaped for its
//! place. Every answer has `Cache-Control: no-store`, `Referrer-Policy: no-referrer` and `X-Content-Type-Options:
//! nosniff`, and every page a `Content-Security-Policy` that allows its own style and script and nothing else.

mod failure;
mod negotiate;
mod page;
mod popup;
mod problem;
mod redirect;
mod target;
mod text;

use std::fmt;
use std::future::{Ready, ready};

use http::{HeaderMap, Request, Response};

pub use self::failure::Failure;
pub use self::negotiate::{Negotiate, negotiate};
pub use self::page::ErrorPage;
pub use self::popup::PopupMessage;
pub use self::problem::ProblemDetails;
pub use self::redirect::RedirectTo;
pub use self::text::{ErrorText, PopupText};
use crate::callback::HandleCallback;
use crate::response::ConnectResponse;

/// Makes the response to a callback: to a [`ConnectError`](crate::ConnectError), an
/// [`InvalidCallback`](crate::InvalidCallback), a [`ConnectSuccess`](crate::ConnectSuccess) or a
/// [`ConnectResponse`].
///
/// Implement it for a page of your own to have it [negotiated](negotiate) or [given another body](WithBody). By
/// [`WithBody`] it goes into [`on_error`](crate::ConnectCallbackLayer::on_error) and
/// [`on_invalid`](crate::ConnectCallbackLayer::on_invalid), too:
///
/// ```
/// use axum::body::Body;
/// use http::{HeaderMap, Response};
/// use tower_smartcar_connect::answers::{Answer, Failure, WithBody};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};
///
/// #[derive(Clone)]
/// struct Sorry;
///
/// impl Answer<ConnectError> for Sorry {
///     fn answer(&self, error: &ConnectError, _headers: &HeaderMap) -> Response<String> {
///         let mut response = Response::new(error.suggested_user_message().to_owned());
///         *response.status_mut() = Failure::from(error).status();
///         response
///     }
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").on_error(WithBody::new(Sorry, Body::from));
/// # let _: axum::Router = axum::Router::new().route("/callback", axum::routing::get(async || "")).layer(layer);
/// ```
pub trait Answer<T> {
    /// The response to `callback`, which came with a request that has these `headers`.
    fn answer(&self, callback: &T, headers: &HeaderMap) -> Response<String>;
}

/// An answer whose body is made by a function, for stacks whose body is not `From<String>`.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::{RedirectTo, WithBody};
///
/// // In front of a tonic server.
/// let layer = ConnectCallbackLayer::new("/callback")
///     .on_error(WithBody::new(RedirectTo::new("/garage"), |text: String| tonic::body::Body::new(text)));
/// ```
#[derive(Clone)]
pub struct WithBody<A, F> {
    answer: A,
    body: F,
}

impl<A, F> WithBody<A, F> {
    /// Answers as `answer` does, with the body that `body` makes of its text: an `Fn(String) -> R`.
    pub fn new(answer: A, body: F) -> Self {
        Self { answer, body }
    }
}

impl<A, F, T, B, R> HandleCallback<T, B, R> for WithBody<A, F>
where
    A: Answer<T>,
    F: Fn(String) -> R,
{
    type Future = Ready<Response<R>>;

    fn handle(&mut self, callback: T, request: Request<B>) -> Self::Future {
        ready(self.answer.answer(&callback, request.headers()).map(&self.body))
    }
}

impl<A: fmt::Debug, F> fmt::Debug for WithBody<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithBody")
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

/// Makes an answer a handler of what it answers, for every body that is `From<String>`.
macro_rules! handle_callbacks {
    ($answer:ident $(<$parameter:ident>)?) => {
        impl<T, B, R $(, $parameter)?> HandleCallback<T, B, R> for $answer $(<$parameter>)?
        where
            Self: Answer<T>,
            R: From<String>,
        {
            type Future = Ready<Response<R>>;

            fn handle(&mut self, callback: T, request: Request<B>) -> Self::Future {
                ready(self.answer(&callback, request.headers()).map(R::from))
            }
        }
    };
}

/// Makes an answer to errors and to successes one to either of them.
macro_rules! answer_responses {
    ($answer:ident) => {
        impl Answer<ConnectResponse> for $answer {
            fn answer(&self, response: &ConnectResponse, headers: &HeaderMap) -> Response<String> {
                match response {
                    ConnectResponse::Success(success) => self.answer(success, headers),
                    ConnectResponse::Error(error) => self.answer(error, headers),
                }
            }
        }
    };
}

answer_responses!(RedirectTo);
answer_responses!(PopupMessage);

handle_callbacks!(RedirectTo);
handle_callbacks!(ProblemDetails);
handle_callbacks!(ErrorPage);
handle_callbacks!(PopupMessage);
handle_callbacks!(Negotiate<P>);
