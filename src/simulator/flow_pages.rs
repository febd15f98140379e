//! The pages of a flow: one to choose its outcome, and one to end it without a callback.

use http::{Response, StatusCode};
use maud::{Markup, html};

use super::endpoint::SIMULATED_OUTCOME;
use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use super::page::page;
use super::request::AuthorizeRequest;
use crate::error_code::Step;
use crate::escaped::Escaped;
use crate::parameter::Parameter;
use crate::query::DEFAULT_MAX_BYTES;

/// How many characters of a redirect are shown.
const MAX_QUERY_CHARACTERS: usize = 400;

/// How many permissions are shown.
const MAX_PERMISSIONS: usize = 40;

/// What the page says about each step.
impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Brand => "Choose the brand",
            Self::Login => "Log in with the manufacturer",
            Self::Permissions => "Grant the permissions",
            Self::Battery => "Choose the battery size",
            Self::Anywhere => "On any page",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Brand => "The owner chooses the brand of the vehicle.",
            Self::Login => "The owner logs in on the manufacturer’s own page.",
            Self::Permissions => "The owner reads which permissions the app asks for, and decides.",
            Self::Battery => "The owner chooses the battery size of the vehicle.",
            Self::Anywhere => "A flow can fail on each of these pages.",
        }
    }
}

/// The page with a link for each outcome.
///
/// Each link repeats the request and adds the name of an outcome. A request that leaves no room for
/// a name is rejected, because its links would be.
pub(super) fn outcomes(
    request: &AuthorizeRequest,
) -> Result<Response<String>, InvalidAuthorizeRequest> {
    let mut outcomes = Outcome::all();
    if request.parameter(Parameter::State.name()).is_none() {
        // They would be the same as others.
        outcomes.retain(Outcome::has_state);
    }
    let link = format!("?{}&{SIMULATED_OUTCOME}=", request.query());
    let names = outcomes.iter().flat_map(Outcome::spellings);
    let longest = names
        .map(|outcome| outcome.name().len())
        .max()
        .unwrap_or_default();
    if link.len() - "?".len() + longest > DEFAULT_MAX_BYTES {
        return Err(InvalidAuthorizeRequest::QueryTooLong);
    }
    let (expected, others): (Vec<_>, Vec<_>) = outcomes
        .iter()
        .partition(|outcome| request.expects(outcome));
    let body = html! {
        (introduction(request))
        (parameters(request))
        ol.flow {
            @for &step in request.endpoint().steps {
                li.step.anywhere[step == Step::Anywhere] {
                    section aria-labelledby=(format!("{step:?}")) {
                        h2 id=(format!("{step:?}")) { (step.title()) }
                        p { (step.explanation()) }
                        (changes(step, request))
                        @if step == Step::Permissions {
                            (permissions(request))
                        }
                        ul.ends role="list" {
                            @for outcome in expected.iter().filter(|outcome| outcome.step() == step) {
                                li { (choice(outcome, request, &link)) }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="Others" {
            h2 id="Others" { "Other outcomes" }
            p { "Smartcar does not document these for this request. Choose one to see what your app does with it." }
            ul.ends role="list" {
                @for outcome in others {
                    li { (choice(outcome, request, &link)) }
                }
            }
        }
    };
    Ok(page(StatusCode::OK, "Choose an outcome", &body))
}

fn introduction(request: &AuthorizeRequest) -> Markup {
    let origin = request.redirect_uri().map(|uri| {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}")
    });
    html! {
        p.lead {
            (request.endpoint().purpose) " with " code { (request.endpoint().path) } ". "
            @if let Some(origin) = origin {
                "The browser goes back to " code { (origin) } " with the redirect that Connect would send."
            } @else {
                "The request has " code { "response_type=none" } " and no " code { "redirect_uri" }
                ", so the browser does not go back to the app."
            }
        }
    }
}

/// What the app sent.
fn parameters(request: &AuthorizeRequest) -> Markup {
    html! {
        details.asked {
            summary { "Parameters of the request" }
            dl {
                @for (name, value) in request.parameters() {
                    div {
                        dt { code { (name) } }
                        dd { (Escaped(&value).to_string()) }
                    }
                }
            }
        }
    }
}

/// What the parameters change on a step, as
/// <https://smartcar.com/docs/connect/redirect-to-connect> and
/// <https://smartcar.com/docs/connect/advanced-config/flows> say: a VIN counts with
/// `single_select=true` only, and more than a make.
fn changes(step: Step, request: &AuthorizeRequest) -> Markup {
    let is_single = request.parameter("single_select").as_deref() == Some("true");
    let has_vin = is_single && request.parameter("single_select_vin").is_some();
    match (step, request.parameter("make")) {
        (Step::Brand, _) if has_vin => html! {
            p.note { "The request has a VIN, so Connect skips this page." }
        },
        (Step::Brand, Some(make)) => html! {
            p.note { "The request has the make " code { (Escaped(&make).to_string()) } ", so Connect skips this page." }
        },
        (Step::Permissions, _) if has_vin => html! {
            p.note { "The request has a VIN, so Connect offers no other vehicle." }
        },
        (Step::Permissions, _) if is_single => html! {
            p.note { "The request has " code { "single_select=true" } ", so the owner chooses one vehicle at most." }
        },
        _ => html! {},
    }
}

fn permissions(request: &AuthorizeRequest) -> Markup {
    let scope = request.parameter("scope").unwrap_or_default();
    let mut permissions = scope.split_whitespace();
    html! {
        @if scope.is_empty() {
            p.note { "The request has no scope, so Connect asks for the permissions of the dashboard." }
        } @else {
            ul.permissions aria-label="Permissions" {
                @for permission in permissions.by_ref().take(MAX_PERMISSIONS) {
                    li { code { (Escaped(permission).to_string()) } }
                }
                @if permissions.next().is_some() {
                    li { "and more" }
                }
            }
        }
    }
}

/// The link to one outcome as it is published, and to its other spellings. Their names complete the
/// `link`.
fn choice(outcome: &Outcome, request: &AuthorizeRequest, link: &str) -> Markup {
    let kind = match outcome.error_code() {
        None if request.expects(outcome) => "granted expected",
        None => "granted",
        Some(code) if code.is_user_exit() => "left",
        Some(_) => "failed",
    };
    html! {
        a class=(format!("end {kind}")) href={ (link) (outcome) } {
            span.action { (outcome.action()) }
            " "
            code {
                @for word in outcome.name().split_inclusive(['_', '.']) { (word) wbr; }
            }
        }
        details {
            summary { "Redirect " span.unseen { "of " (outcome) } }
            p { (added_query(outcome, request)) }
            @for (number, spelling) in outcome.spellings().iter().enumerate().skip(1) {
                @if number == 1 {
                    p.note { "Other forms that your app has to accept:" }
                }
                p { a href={ (link) (spelling) } { (added_query(spelling, request)) } }
            }
        }
    }
}

/// What the redirect adds to the redirect URI.
fn added_query(outcome: &Outcome, request: &AuthorizeRequest) -> Markup {
    let query = request.added_query(outcome);
    let shown: String = query.chars().take(MAX_QUERY_CHARACTERS).collect();
    html! {
        code {
            (shown)
            @if shown.len() < query.len() { "…" }
        }
    }
}

/// The page on which a flow ends without a callback.
pub(super) fn no_callback(outcome: &Outcome) -> Response<String> {
    let body = html! {
        p.lead {
            "The flow has ended with " code { (outcome) } ". Your app gets no callback, because the request has "
            code { "response_type=none" } " and no " code { "redirect_uri" } ". Connect shows a page of its own here."
        }
        p { "To get a callback, add a registered " code { "redirect_uri" } " to the request." }
    };
    page(StatusCode::OK, "No callback", &body)
}
