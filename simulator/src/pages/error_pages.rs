//! The pages of requests that start no flow.

use http::header::ALLOW;
use http::{HeaderValue, Response, StatusCode};
use maud::html;

use super::{page, with_code};
use crate::connect::{ENDPOINTS, InvalidAuthorizeRequest, Registration};
use crate::connections::{MAX_CONNECTIONS, NotConnected};

/// The page of a request that Connect would reject.
pub(crate) fn rejected(
    registration: &Registration,
    invalid: InvalidAuthorizeRequest,
) -> Response<String> {
    if invalid == InvalidAuthorizeRequest::UnknownPath {
        return not_found();
    }
    let body = html! {
        p.lead {
            "Your app sent the browser here with an invalid request: "
            strong { (with_code(&invalid.to_string())) } "."
        }
        p {
            "The browser is not redirected, because the redirect URI of such a request cannot be trusted. \
             Correct the address in your app and start the flow again."
        }
        h2 { "What this simulator accepts" }
        dl {
            div {
                dt { code { "application_id" } }
                dd { (registration.application_id()) }
            }
            @for redirect_uri in registration.redirect_uris() {
                div {
                    dt { code { "redirect_uri" } }
                    dd { (redirect_uri) }
                }
            }
        }
    };
    page(StatusCode::BAD_REQUEST, "Invalid request", &body)
}

/// The page of a path that Connect does not have.
fn not_found() -> Response<String> {
    let body = html! {
        p.lead { "Connect has no page at this path. Your app can start a flow at one of these:" }
        dl {
            @for endpoint in &ENDPOINTS {
                div {
                    dt { code { (endpoint.path) } }
                    dd { (endpoint.purpose) }
                }
            }
        }
    };
    page(StatusCode::NOT_FOUND, "Not found", &body)
}

/// The page of a request that has another method, or a `POST` that no form of a page sent.
pub(crate) fn method_not_allowed() -> Response<String> {
    let body = html! {
        p.lead {
            "A flow starts with a " code { "GET" } " request. Redirect the browser here with "
            code { "303 See Other" } ", or link to this address."
        }
    };
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", &body);
    let allowed = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, allowed);
    response
}

/// The page of a form that is too long, or whose sender went away.
pub(crate) fn unreadable_form() -> Response<String> {
    let body = html! {
        p.lead { "The form has more than 16 KiB, or did not arrive as a whole. Go back, and send it again." }
    };
    page(StatusCode::PAYLOAD_TOO_LARGE, "Unreadable form", &body)
}

pub(crate) fn no_vehicle_ticked() -> Response<String> {
    let body = html! {
        p.lead { "No vehicle is ticked. Go back, and tick one, or deny access." }
    };
    page(StatusCode::BAD_REQUEST, "No vehicle", &body)
}

/// The page of a flow whose connections could not be added.
pub(crate) fn not_connected(error: &NotConnected) -> Response<String> {
    let advice = match error {
        NotConnected::Full => format!(
            "The simulator has {MAX_CONNECTIONS} connections, which is its limit. Restart it, with another file if it \
             has one."
        ),
        NotConnected::NotSaved(error) => format!("Nothing was changed, because the {error}."),
    };
    let body = html! { p.lead { (advice) } };
    page(StatusCode::INSUFFICIENT_STORAGE, "Not connected", &body)
}
