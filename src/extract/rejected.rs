//! Rejected callbacks as responses.

use axum_core::response::{IntoResponse, Response};

use super::rejection::plain_text;
use crate::RejectedCallback;

/// Responds with the status of the reason, and a line of plain text that says nothing about the
/// request.
impl IntoResponse for RejectedCallback {
    fn into_response(self) -> Response {
        let status = crate::ConnectFailure::from(self).status();
        plain_text(
            status,
            "This link doesn’t work. Go back to the app and start again.",
        )
    }
}
