//! Ready-made responses to callbacks: pages, redirects, JSON and messages to popups.
//!
//! ```
//! use tower_smartcar_connect::responses::ErrorPage;
//! use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
//!
//! let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
//!     .on_failure(ErrorPage::new("/garage"));
//! ```
//!
//! [`ErrorPage`], [`RedirectTo`], [`ProblemDetails`] and [`PopupMessage`] are handlers for
//! [`on_failure`], which answers errors and rejected callbacks. [`RedirectTo`] and [`PopupMessage`]
//! are handlers for [`on_success`] too. [The guide](crate::guide::responses) helps to choose.
//!
//! # In a route
//!
//! Each has methods for a route, after your own code: [`handle`] for a success, `respond` for a
//! [`ConnectFailure`], and `respond_with` for a failure of your own.
//!
//! ```
//! use http::Response;
//! use http::request::Parts;
//! use tower_smartcar_connect::ConnectSuccess;
//! use tower_smartcar_connect::callback::HandleCallback;
//! use tower_smartcar_connect::responses::RedirectTo;
//! # async fn save(_success: &ConnectSuccess) -> Result<(), ()> { Ok(()) }
//!
//! async fn connected(success: ConnectSuccess, request: Parts) -> Response<String> {
//!     let redirect = RedirectTo::new("/garage");
//!     match save(&success).await {
//!         // `/garage?connected=1`
//!         Ok(()) => redirect.handle(success, request).await,
//!         // `/garage?connect_error=not_saved`
//!         Err(()) => redirect.respond_with("not_saved"),
//!     }
//! }
//! ```
//!
//! A page takes a text and a status of your own:
//!
//! ```
//! use http::{HeaderMap, Response, StatusCode};
//! use tower_smartcar_connect::responses::{ErrorPage, ErrorText};
//! use tower_smartcar_connect::{ConnectOutcome, ConnectSuccess};
//! # fn save(_success: ConnectSuccess) -> Result<(), ()> { Err(()) }
//!
//! fn connected(outcome: ConnectOutcome, headers: &HeaderMap) -> Response<String> {
//!     let page = ErrorPage::new("/garage");
//!     let success = match outcome {
//!         ConnectOutcome::Success(success) => success,
//!         ConnectOutcome::Error(error) => return page.respond(&error.into(), headers),
//!     };
//!     match save(success) {
//!         Ok(()) => Response::new("Your car is connected.".to_owned()),
//!         Err(()) => {
//!             let text = ErrorText::new(
//!                 "Your car wasn’t saved",
//!                 "We’re having problems right now. Please try again later.",
//!             );
//!             page.respond_with(&text, StatusCode::SERVICE_UNAVAILABLE)
//!         }
//!     }
//! }
//! # let success = ConnectOutcome::from_query("code=1").unwrap().unwrap().skip_verification();
//! # assert_eq!(connected(success, &HeaderMap::new()).status(), 503);
//! ```
//!
//! # Bodies
//!
//! They respond with every body that is `From<String>`, such as `axum::body::Body` and
//! `http_body_util::Full`. For another body, such as tonic's, convert it with `map_body`: see
//! [`MapBody`].
//!
//! # Privacy
//!
//! 1. No response contains text from the request. What it says depends on the error code or on the
//!    reason of the rejected callback. The message that Smartcar's SDK waits for is the exception,
//!    because the SDK needs the parameters: they are escaped, and sent to one configured origin.
//! 2. Every response has `Cache-Control: no-store`, `Referrer-Policy: no-referrer` and
//!    `X-Content-Type-Options: nosniff`.
//! 3. Every page has a `Content-Security-Policy` that allows its own style and script, and nothing
//!    else.
//!
//! [`ConnectFailure`]: crate::ConnectFailure
//! [`handle`]: crate::callback::HandleCallback::handle
//! [`on_failure`]: crate::ConnectCallbackLayer::on_failure
//! [`on_success`]: crate::ConnectCallbackLayer::on_success

mod html;
mod map_body;
mod message;
mod page;
mod popup;
mod problem;
mod redirect;
mod target;
mod text;

pub use self::map_body::MapBody;
pub use self::page::ErrorPage;
pub use self::popup::PopupMessage;
pub use self::problem::ProblemDetails;
pub use self::redirect::RedirectTo;
pub use self::text::{ErrorText, PopupText};
