//! A server that returns the kind of each rejected callback, and the check of its responses.

use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderName, StatusCode};
use tower_smartcar_connect::{InvalidCallback, InvalidCallbackKind};

/// The header in which the server returns the kind of a rejected callback.
pub(crate) const REJECTED_HEADER: HeaderName = HeaderName::from_static("x-rejected");

/// Returns the kind in the header. Use it with `map_response`, outside the layer.
pub(crate) async fn add_rejected_header(mut response: Response) -> Response {
    if let Some(invalid) = response.extensions().get::<InvalidCallback>() {
        let kind = format!("{:?}", invalid.kind());
        response
            .headers_mut()
            .insert(REJECTED_HEADER, kind.parse().unwrap());
    }
    response
}

/// Checks that the layer rejected the callback with its default response, and set no cookie.
#[track_caller]
pub(crate) fn assert_rejected(
    response: &http::Response<String>,
    kind: InvalidCallbackKind,
    case: &str,
) {
    let rejected = response
        .headers()
        .get(REJECTED_HEADER)
        .map(|kind| kind.to_str().unwrap());
    assert_eq!(
        rejected,
        Some(&*format!("{kind:?}")),
        "{case}: {}",
        response.body()
    );
    let status = match kind {
        InvalidCallbackKind::StateStoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    assert_eq!(response.status(), status, "{case}");
    assert_eq!(response.body(), "", "{case}");
    assert_eq!(response.headers().get(SET_COOKIE), None, "{case}");
}
