//! The forms of a flow: the login, and the vehicles to which the owner grants access.

use http::{Response, StatusCode};
use maud::{Markup, html};
use tower_smartcar_connect::ErrorCode;

use super::page;
use crate::connect::{AuthorizeRequest, Effect, SIMULATED_OUTCOME};
use crate::form;
use crate::owner::Owner;
use crate::text::shown;

/// How many permissions are shown.
const MAX_PERMISSIONS: usize = 40;

/// The address of a form: the request itself, whose `state` comes back as it was.
fn action(request: &AuthorizeRequest) -> String {
    format!("?{}", request.query())
}

/// The login at the manufacturer, at which Smartcar's test logins end flows as they do there.
pub(super) fn login_form(request: &AuthorizeRequest) -> Markup {
    html! {
        form.card method="post" action=(action(request)) {
            label {
                "Email"
                input name=(form::LOGIN) type="text" inputmode="email" autocomplete="off" required maxlength="256";
            }
            label { "Password" input type="password" autocomplete="off"; }
            button { "Log in" }
            p.note {
                @if request.is_live() {
                    "The request asks for real vehicles, so each login is that of an owner with vehicles. With "
                    code { "mode=simulated" } ", Smartcar’s test logins cause their errors here too."
                } @else {
                    "Each login is that of an owner with vehicles, except for Smartcar’s test logins: "
                    code { "smartcar@vehicle-incompatible.com" } ", " code { "smartcar@invalid-subscription.com" } ", "
                    code { "2-vehicles@smartcar.com" } ", and a VIN at " code { "compatible" } ", " code { "incompatible" }
                    ", " code { "bev" } ", " code { "phev" } " or " code { "fuel" } code { ".smartcar.com" } "."
                }
            }
        }
    }
}

/// The vehicles to tick, and the buttons that end the flow.
pub(super) fn permission_form(
    request: &AuthorizeRequest,
    owner: &Owner,
    login: Option<&str>,
) -> Markup {
    let kind = if request.is_single_select() {
        "radio"
    } else {
        "checkbox"
    };
    html! {
        form.card method="post" action=(action(request)) {
            @if let Some(login) = login {
                input type="hidden" name=(form::LOGIN) value=(login);
            }
            @if request.effect() == Effect::Connects {
                input type="hidden" name=(form::HAS_VEHICLES) value="true";
                fieldset {
                    legend { "Vehicles" }
                    @for (index, vehicle) in owner.vehicles.iter().enumerate() {
                        label {
                            input type=(kind) name=(form::VEHICLE) value=(vehicle.vin)
                                checked[kind == "checkbox" || index == 0];
                            " " (vehicle.make) " " (vehicle.model) ", " (vehicle.year) ", " code { (vehicle.vin) }
                        }
                    }
                }
            }
            button name=(SIMULATED_OUTCOME) value=(request.success()) { "Allow access" }
            " "
            button name=(SIMULATED_OUTCOME) value=(ErrorCode::AccessDenied) { "Deny access" }
        }
    }
}

/// The permissions that the app asks for.
pub(super) fn requested_permissions(request: &AuthorizeRequest) -> Markup {
    let scope = request.parameter("scope").unwrap_or_default();
    let mut permissions = scope.split_whitespace();
    html! {
        @if scope.is_empty() {
            p.note { "The request has no scope, so Connect asks for the permissions of the dashboard." }
        } @else {
            ul.permissions aria-label="Permissions" {
                @for permission in permissions.by_ref().take(MAX_PERMISSIONS) {
                    li { code { (shown(permission)) } }
                }
                @if permissions.next().is_some() {
                    li { "and more" }
                }
            }
        }
    }
}

/// The page after a login.
pub(crate) fn permissions(
    request: &AuthorizeRequest,
    owner: &Owner,
    login: &str,
) -> Response<String> {
    let body = html! {
        p.lead { "You are logged in as " code { (shown(login)) } "." }
        (requested_permissions(request))
        (permission_form(request, owner, Some(login)))
    };
    page(StatusCode::OK, "Grant the permissions", &body)
}
