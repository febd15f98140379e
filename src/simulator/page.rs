//! The pages that a person sees.

use std::sync::LazyLock;

use http::{HeaderValue, Response, StatusCode};
use maud::{Markup, html};

use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use super::request::{AuthorizeRequest, SIMULATED_OUTCOME};
use super::service::Simulator;
use crate::error_code::Step;
use crate::escaped::Escaped;
use crate::html::{self, Page};
use crate::query::DEFAULT_MAX_BYTES;

const STYLE: &str = include_str!("page.css");

/// The digest of [`STYLE`].
const STYLE_DIGEST: &str = "y9I8Wh8W/A/FJym0SFsrXseyo1KaY4kqUfGfPUuWs4c=";

/// What a page may load: its own style and nothing else.
///
/// All ways on are links, so no form needs leave to be sent.
pub(super) static POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| html::policy(STYLE_DIGEST, None));

/// How many characters of a redirect are shown.
const MAX_QUERY_CHARACTERS: usize = 400;

/// How many permissions are shown.
const MAX_PERMISSIONS: usize = 40;

/// What the page says about each step.
impl Step {
    const ALL: [Self; 4] = [Self::Brand, Self::Login, Self::Permissions, Self::Anywhere];

    fn title(self) -> &'static str {
        match self {
            Self::Brand => "Choose the brand",
            Self::Login => "Log in with the car maker",
            Self::Permissions => "Grant the permissions",
            Self::Anywhere => "On any page",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Brand => "The owner picks the maker of their car.",
            Self::Login => {
                "The owner logs in on the car maker’s own page, where Smartcar has no say."
            }
            Self::Permissions => "The owner reads what the app asks for, and decides.",
            Self::Anywhere => "Not everything goes as planned.",
        }
    }
}

/// The flow, with a link for every way to end it.
///
/// Each link repeats the request, so one that leaves no room for an outcome is refused: its links
/// would be, too.
pub(super) fn flow(
    request: &AuthorizeRequest,
) -> Result<Response<String>, InvalidAuthorizeRequest> {
    let outcomes = Outcome::all();
    let link = format!("?{}&{SIMULATED_OUTCOME}=", request.query());
    let names = outcomes.iter().flat_map(Outcome::spellings);
    let longest = names
        .map(|outcome| outcome.name().len())
        .max()
        .unwrap_or_default();
    if link.len() - "?".len() + longest > DEFAULT_MAX_BYTES {
        return Err(InvalidAuthorizeRequest::QueryTooLong);
    }
    let body = html! {
        h1 { "How does the flow end?" }
        p.lead {
            "Here an owner would connect their car. Choose what happens, and the browser goes back to "
            code { (request.redirect_uri().origin().ascii_serialization()) }
            " just as Smartcar would send it."
        }
        (asked(request))
        ol.flow {
            @for step in Step::ALL {
                li.step {
                    section aria-labelledby=(format!("{step:?}")) {
                        h2 id=(format!("{step:?}")) { (step.title()) }
                        p { (step.explanation()) }
                        (changes(step, request))
                        @if step == Step::Permissions {
                            (permissions(request))
                        }
                        ul.ends role="list" {
                            @for outcome in outcomes.iter().filter(|outcome| outcome.step() == step) {
                                li { (end(outcome, request, &link)) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(page(StatusCode::OK, "How does the flow end?", &body))
}

/// What the app sent.
fn asked(request: &AuthorizeRequest) -> Markup {
    html! {
        details.asked {
            summary { "What the app asked for" }
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

/// What the app has Connect do differently on a step, as
/// <https://smartcar.com/docs/connect/redirect-to-connect> and
/// <https://smartcar.com/docs/connect/advanced-config/flows> say: a VIN counts for a single car
/// only, and more than a make.
fn changes(step: Step, request: &AuthorizeRequest) -> Markup {
    let is_single = request.parameter("single_select").as_deref() == Some("true");
    let has_vin = is_single && request.parameter("single_select_vin").is_some();
    match (step, request.parameter("make")) {
        (Step::Brand, _) if has_vin => html! {
            p.note { "The app named the car by its VIN, so Connect skips this page." }
        },
        (Step::Brand, Some(make)) => html! {
            p.note { "The app chose " code { (Escaped(&make).to_string()) } ", so Connect skips this page." }
        },
        (Step::Permissions, _) if has_vin => html! {
            p.note { "The app named the car by its VIN, so Connect offers no other." }
        },
        (Step::Permissions, _) if is_single => html! {
            p.note { "The app asks for a single car, so the owner can choose no more than one." }
        },
        _ => html! {},
    }
}

fn permissions(request: &AuthorizeRequest) -> Markup {
    let scope = request.parameter("scope").unwrap_or_default();
    let mut permissions = scope.split_whitespace();
    html! {
        @if scope.is_empty() {
            p.note { "The app names none, so they are those of its dashboard." }
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

/// The way to one end: the outcome as it is published, and its other spellings. Their names
/// complete the `link`.
fn end(outcome: &Outcome, request: &AuthorizeRequest, link: &str) -> Markup {
    let kind = match outcome.error_code() {
        None if request.expects(outcome) => "granted expected",
        None => "granted",
        Some(code) if code.is_user_exit() => "left",
        Some(_) => "failed",
    };
    html! {
        a class=(format!("end {kind}")) href={ (link) (outcome) } {
            span.action { (outcome.action) }
            " "
            code {
                @for word in outcome.name().split_inclusive(['_', '.']) { (word) wbr; }
            }
        }
        @if !request.expects(outcome) {
            p.note { "Connect sends this for another " code { "response_type" } "." }
        }
        details {
            summary { "The redirect " span.unseen { "of " (outcome) } }
            p { (redirect(outcome, request)) }
            @for (number, spelling) in outcome.spellings().iter().enumerate().skip(1) {
                @if number == 1 {
                    p.note { "Other spellings of it that an app may meet:" }
                }
                p { a href={ (link) (spelling) } { (redirect(spelling, request)) } }
            }
        }
    }
}

/// What the redirect adds to the redirect URI.
fn redirect(outcome: &Outcome, request: &AuthorizeRequest) -> Markup {
    let query = outcome.query(Some(request));
    let shown: String = query.chars().take(MAX_QUERY_CHARACTERS).collect();
    html! {
        code {
            (shown)
            @if shown.len() < query.len() { "…" }
        }
    }
}

/// The page of a request that nothing is redirected for.
pub(super) fn refused(simulator: &Simulator, invalid: InvalidAuthorizeRequest) -> Response<String> {
    let body = html! {
        h1 { "This request goes nowhere" }
        p.lead {
            "The address that the app sent the browser to cannot be answered: " strong { (with_code(&invalid.to_string())) } "."
        }
        p {
            "Nothing is redirected, because the address to go back to may not be the app’s own. \
             Correct the link in the app and start again."
        }
        h2 { "What this simulator knows" }
        dl {
            div {
                dt { code { "client_id" } }
                dd { (simulator.client_id()) }
            }
            @for redirect_uri in simulator.redirect_uris() {
                div {
                    dt { code { "redirect_uri" } }
                    dd { (redirect_uri) }
                }
            }
        }
    };
    page(StatusCode::BAD_REQUEST, "This request goes nowhere", &body)
}

/// A text in which what stands between backticks is code.
fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The page of a request with another method than `GET`.
pub(super) fn wrong_method() -> Response<String> {
    let body = html! {
        h1 { "This is no way to begin" }
        p.lead { "An app begins the flow by sending the browser here with a redirect or a link: a " code { "GET" } "." }
    };
    page(
        StatusCode::METHOD_NOT_ALLOWED,
        "This is no way to begin",
        &body,
    )
}

fn page(status: StatusCode, title: &str, main: &Markup) -> Response<String> {
    let page = Page {
        language: "en",
        title: &format!("{title} – Simulator, not Smartcar"),
        style: STYLE,
        body: html! {
            body {
                header {
                    p {
                        strong { "Simulator. This is not Smartcar." }
                        " No car is connected, and nothing here is real."
                    }
                }
                main { (main) }
                footer {
                    p { "A simulator of Smartcar Connect, for development and tests. Nothing here comes from Smartcar." }
                }
            }
        },
        policy: &POLICY,
    };
    page.into_response(status)
}
