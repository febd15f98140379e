//! The pages of requests that start no flow.

use http::header::ALLOW;
use http::{HeaderValue, Response, StatusCode};
use maud::html;

use super::endpoint::ENDPOINTS;
use super::invalid::InvalidAuthorizeRequest;
use super::page::{page, with_code};
use super::registration::Registration;

/// The page of a request that Connect would reject.
pub(super) fn rejected(
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

/// The page of a request with another method than `GET` and `HEAD`.
pub(super) fn method_not_allowed() -> Response<String> {
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
