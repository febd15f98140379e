//! The page that says what is there.

use http::{Response, StatusCode};
use maud::{Markup, html};

use super::page;
use crate::api::{CONNECTIONS, Credentials, EXTERNAL_ID_FILTERS, MODE_FILTERS, TOKEN};
use crate::connect::{ENDPOINTS, Registration};
use crate::connections::Connection;
use crate::form;
use crate::text::shown;

/// How many connections the page shows.
const MAX_SHOWN: usize = 100;

pub(crate) fn overview(
    registration: &Registration,
    credentials: &Credentials,
    connections: &[Connection],
) -> Response<String> {
    let body = html! {
        p.lead { "It stands in for " code { "connect.smartcar.com" } ", and for a part of Smartcar’s API." }
        h2 { "Send browsers to" }
        dl {
            @for endpoint in &ENDPOINTS {
                div { dt { code { (endpoint.path) } } dd { (endpoint.purpose) } }
            }
        }
        h2 { "Your app" }
        dl {
            div { dt { code { "application_id" } } dd { (shown(registration.application_id())) } }
            @for redirect_uri in registration.redirect_uris() {
                div { dt { code { "redirect_uri" } } dd { (redirect_uri) } }
            }
            div { dt { code { "client_id" } } dd { (shown(&credentials.client_id)) } }
            div { dt { code { "client_secret" } } dd { (shown(&credentials.client_secret)) } }
        }
        h2 { "Let your app call" }
        dl {
            div {
                dt { code { "POST " (TOKEN) } }
                dd { "A token for an hour, for " code { "grant_type=client_credentials" } " and the credentials above." }
            }
            div {
                dt { code { "GET " (CONNECTIONS) } }
                dd {
                    "The connections below, in pages (" code { "page[size]" } ", " code { "page[number]" } "), of a user ("
                    "the header " code { "sc-user-id" } "), of an external id (" code { (EXTERNAL_ID_FILTERS[0]) }
                    ", whose spelling Smartcar does not document) or of a mode (" code { (MODE_FILTERS[0]) } ")."
                }
            }
            div {
                dt { code { "GET " (CONNECTIONS) "/{id}" } }
                dd { "One connection, or " code { "AUTHENTICATION_FAILED" } " if its owner is signed out." }
            }
        }
        p.note { "There is nothing else of the API: no vehicles, no signals, no commands, no webhooks." }
        h2 { "Connections" }
        @if connections.is_empty() {
            p { "There are none. A flow that ends well adds some." }
        } @else {
            p.note {
                "Sign an owner out to see what your app does when the manufacturer wants a new login. A re-authentication "
                "signs the owner in again."
            }
            ul.connections role="list" {
                @for connection in connections.iter().rev().take(MAX_SHOWN) {
                    li { (summary(connection)) }
                }
            }
            @if connections.len() > MAX_SHOWN {
                p.note { "These are the last " (MAX_SHOWN) " of " (connections.len()) "." }
            }
        }
    };
    page(StatusCode::OK, "Simulator of Smartcar Connect", &body)
}

fn summary(connection: &Connection) -> Markup {
    let vehicle = &connection.vehicle;
    let button = if connection.is_signed_out {
        "Sign in"
    } else {
        "Sign out"
    };
    html! {
        form method="post" action="" {
            input type="hidden" name=(form::CONNECTION) value=(connection.id);
            input type="hidden" name=(form::SIGNED_OUT) value=(!connection.is_signed_out);
            p {
                strong { (shown(&vehicle.make)) " " (vehicle.model) ", " (vehicle.year) }
                ", " (connection.mode) ". "
                @if connection.is_signed_out { strong { "The owner is signed out. " } }
                button { (button) }
            }
            dl {
                div { dt { "connection" } dd { code { (connection.id) } } }
                div { dt { code { "vehicle_id" } } dd { code { (connection.vehicle.id) } } }
                div { dt { code { "user_id" } } dd { code { (connection.user_id) } } }
                @if let Some(external_id) = &connection.external_id {
                    div { dt { code { "external_id" } } dd { code { (shown(external_id)) } } }
                }
            }
        }
    }
}
