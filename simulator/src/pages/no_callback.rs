//! The page on which a flow ends without a callback.

use http::{Response, StatusCode};
use maud::html;

use super::page;
use crate::api::{CONNECTIONS, EXTERNAL_ID_FILTERS};
use crate::connect::AuthorizeRequest;
use crate::flow_end::FlowEnd;

pub(crate) fn no_callback(request: &AuthorizeRequest, end: &FlowEnd) -> Response<String> {
    let has_external_id = request.parameter("external_id").is_some();
    let body = html! {
        p.lead {
            "The flow has ended with " code { (end) } ". Your app gets no callback: the request has no "
            code { "redirect_uri" } ", or asks for a make’s permissions. Connect shows a page of its own here."
        }
        h2 { "How your app can hear of it" }
        dl {
            div {
                dt { "A webhook" }
                dd { "Smartcar sends an event about each new connection. This simulator sends none." }
            }
            div {
                dt { "The connections of the API" }
                dd {
                    "Ask " code { "GET " (CONNECTIONS) } " with " code { (EXTERNAL_ID_FILTERS[0]) } ". "
                    @if has_external_id {
                        "The request has an " code { "external_id" } ", so that works here too."
                    } @else {
                        "For that, the request needs an " code { "external_id" } ", which this one lacks."
                    }
                }
            }
            div {
                dt { "The message of a popup" }
                dd { "Smartcar’s JavaScript SDK opens Connect in a popup, which tells the page that opened it. This page does not." }
            }
            div {
                dt { "JSON-RPC" }
                dd { "Smartcar’s mobile SDKs show Connect in a web view, which tells the app by JSON-RPC. This page does not." }
            }
            div {
                dt { "A callback" }
                dd { "Add a registered " code { "redirect_uri" } " to the request." }
            }
        }
    };
    page(StatusCode::OK, "No callback", &body)
}
