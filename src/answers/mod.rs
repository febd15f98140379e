//! Ready-made responses to callbacks.
//!
//! | your app | response to a failure | response to a success |
//! | --- | --- | --- |
//! | has pages of its own | [`RedirectTo`]: redirects to one of them, so that the credentials leave the address bar | [`RedirectTo`], or your route |
//! | has no page for failures | [`ErrorPage`]: says what happened and what helps, and links back to your app | your route |
//! | is a single-page app that requests the callback itself | [`ProblemDetails`]: JSON | your route |
//! | opens Connect in a popup with Smartcar's JavaScript SDK | [`PopupMessage`]: sends the message that the SDK waits for | [`PopupMessage`] |
//! | has clients that are browsers and clients that are programs | [`Negotiate`]: JSON for clients that prefer it, and one of the above for the others | your route |
//!
//! All of them are handlers for [`on_failure`], which responds to errors and to invalid callbacks.
//! Do not leave the latter without a page: a reload, the back button and an expired `state` are
//! everyday events.
//!
//! ```
//! use tower_smartcar_connect::ConnectCallbackLayer;
//! use tower_smartcar_connect::answers::ErrorPage;
//!
//! let layer = ConnectCallbackLayer::new("/callback").on_failure(ErrorPage::new("/garage"));
//! ```
//!
//! [`RedirectTo`] and [`PopupMessage`] are handlers for [`on_success`] too. If your route has
//! something to do first, such as to exchange the code, call [`handle`] there:
//!
//! ```
//! use http::Response;
//! use http::request::Parts;
//! use tower_smartcar_connect::answers::RedirectTo;
//! use tower_smartcar_connect::{ConnectSuccess, HandleCallback};
//!
//! async fn connected(success: ConnectSuccess, request: Parts) -> Response<String> {
//!     // Exchange the code here.
//!     RedirectTo::new("/garage").handle(success, request).await
//! }
//! ```
//!
//! Both respond to a [`ConnectOutcome`](crate::ConnectOutcome) as well, for a middleware of your
//! own.
//!
//! # Other bodies
//!
//! The handlers respond with every body that is `From<String>`, such as `axum::body::Body` and
//! `http_body_util::Full`. For another one, such as tonic's or a boxed one, convert the body of the
//! response in a closure:
//!
//! ```
//! use http::request::Parts;
//! use http_body_util::BodyExt;
//! use tower_smartcar_connect::answers::ErrorPage;
//! use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure, HandleCallback};
//!
//! let page = ErrorPage::new("/garage");
//! let layer = ConnectCallbackLayer::new("/callback").on_failure(move |failure: ConnectFailure, request: Parts| {
//!     let response = page.handle(failure, request);
//!     async { response.await.map(|html: String| html.boxed_unsync()) }
//! });
//! # use std::convert::Infallible;
//! # use http::{Request, Response};
//! # use tower::{Layer, Service, service_fn};
//! # let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new().boxed_unsync())));
//! # drop(layer.app_verifies_state().layer(inner).call(Request::new(())));
//! ```
//!
//! # Statuses
//!
//! | handler | error | invalid callback | success |
//! | --- | --- | --- | --- |
//! | [`RedirectTo`] | 303 | 303 | 303 |
//! | [`ErrorPage`] | 422 | 400 | |
//! | [`PopupMessage`] | 200, since it has a message to send | 400 | 200 |
//! | [`ProblemDetails`] | 422, 500 or 503, by its [resolution](crate::Resolution::status) | 400, or 503 if the verifier's store does not answer | |
//!
//! A page has the [`page_status`]. A link can make any browser show such a page, so it never counts
//! as a failure of your server. Problem details have the [`status`]; a program tells failures apart
//! by their members. [`Negotiate`] keeps the status of the response that it chooses.
//!
//! Proxies replace the bodies of some statuses, and then nobody sees what these handlers say.
//! [Cloudflare] has a page of its own in place of 502 and 504. [CloudFront] can replace 400, 403,
//! 404, 405, 414, 416 and 500 to 504; apps whose front end has routes of its own often map 403 and
//! 404 to its start page, with the status 200. nginx replaces what `error_page` lists, if
//! `proxy_intercept_errors` is on. No handler uses 403, 404, 502 or 504. If your proxy replaces 400
//! or 422 as well, respond with [`RedirectTo`].
//!
//! # Privacy
//!
//! The responses do not contain text from the request: the code of the error or the kind of the
//! invalid callback decides what they say. The message to the popup is the one exception, since the
//! SDK wants the parameters as they are. It is escaped, and goes to one configured origin.
//!
//! Every response has `Cache-Control: no-store`, `Referrer-Policy: no-referrer` and
//! `X-Content-Type-Options: nosniff`. Every page has a `Content-Security-Policy` that allows its
//! own style and script, and nothing else.
//!
//! [CloudFront]: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages.html
//! [Cloudflare]: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-502-504/
//! [`handle`]: crate::HandleCallback::handle
//! [`on_failure`]: crate::ConnectCallbackLayer::on_failure
//! [`on_success`]: crate::ConnectCallbackLayer::on_success
//! [`page_status`]: crate::ConnectFailure::page_status
//! [`status`]: crate::ConnectFailure::status

mod negotiate;
mod page;
mod popup;
mod problem;
mod redirect;
mod target;
mod text;

pub use self::negotiate::Negotiate;
pub use self::page::ErrorPage;
pub use self::popup::PopupMessage;
pub use self::problem::ProblemDetails;
pub use self::redirect::RedirectTo;
pub use self::text::{ErrorText, PopupText};
