//! Ready-made responses to callbacks: pages, redirects, JSON and messages to popups.
//!
//! ```
//! use tower_smartcar_connect::ConnectCallbackLayer;
//! use tower_smartcar_connect::answers::ErrorPage;
//!
//! let layer = ConnectCallbackLayer::new("/callback")
//!     .on_failure(ErrorPage::new("/garage"));
//! ```
//!
//! | handler | for an app that | response to a failure | response to a success |
//! | --- | --- | --- | --- |
//! | [`ErrorPage`] | has no page for failures | a page that says what happened and what helps | |
//! | [`RedirectTo`] | has a page for failures | a redirect to it | a redirect |
//! | [`ProblemDetails`] | is a single-page app that requests the callback itself | JSON | |
//! | [`PopupMessage`] | opens Connect in a popup with Smartcar's JavaScript SDK | the message that the SDK waits for | the same |
//! | [`Negotiate`] | serves browsers and programs | JSON if the request prefers it, or the response of another handler | |
//!
//! All of them are handlers for [`on_failure`], which answers errors and invalid callbacks.
//! [`RedirectTo`] and [`PopupMessage`] are handlers for [`on_success`] too, and for a
//! [`ConnectOutcome`](crate::ConnectOutcome) in a middleware of your own. [`responses`] is a guide
//! to them, with other languages, other bodies, statuses, and responses after your own code.
//!
//! # Privacy
//!
//! 1. No response contains text from the request. What it says depends on the error code or the
//!    kind of the invalid callback. The message to a popup is the exception, because the SDK needs
//!    the parameters: they are escaped, and sent to one configured origin.
//! 2. Every response has `Cache-Control: no-store`, `Referrer-Policy: no-referrer` and
//!    `X-Content-Type-Options: nosniff`.
//! 3. Every page has a `Content-Security-Policy` that allows its own style and script, and nothing
//!    else.
//!
//! [`on_failure`]: crate::ConnectCallbackLayer::on_failure
//! [`on_success`]: crate::ConnectCallbackLayer::on_success
//! [`responses`]: crate::guide::responses

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
