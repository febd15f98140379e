//! The page of a flow, on which one chooses its end.

use http::{Response, StatusCode};
use maud::{Markup, html};

use super::login_pages::{login_form, permission_form, requested_permissions};
use super::page;
use crate::connect::{
    AuthorizeRequest, InvalidAuthorizeRequest, MAX_QUERY_BYTES, SIMULATED_OUTCOME,
};
use crate::flow_end::error_table::Step;
use crate::flow_end::{FlowEnd, KNOWN};
use crate::owner::Owner;
use crate::text::shown;

/// How many characters of a redirect are shown.
const MAX_QUERY_CHARACTERS: usize = 400;

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
pub(crate) fn outcomes(
    request: &AuthorizeRequest,
    owner: &Owner,
) -> Result<Response<String>, InvalidAuthorizeRequest> {
    // Without a `state`, those that lose it would be the same as others.
    let has_state = request.parameter("state").is_some();
    let known = KNOWN
        .iter()
        .filter(|spellings| has_state || spellings[0].has_state());
    let link = format!("?{}&{SIMULATED_OUTCOME}=", request.query());
    let names = KNOWN.iter().flatten().map(|end| end.name().len());
    if link.len() - "?".len() + names.max().unwrap_or_default() > MAX_QUERY_BYTES {
        return Err(InvalidAuthorizeRequest::QueryTooLong);
    }
    let (expected, others): (Vec<_>, Vec<_>) =
        known.partition(|spellings| request.expects(&spellings[0]));
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
                        @if step == Step::Login {
                            (login_form(request))
                        }
                        @if step == Step::Permissions {
                            (requested_permissions(request))
                            (permission_form(request, owner, None))
                        }
                        ul.ends role="list" {
                            @for spellings in expected.iter().filter(|spellings| spellings[0].step() == step) {
                                li { (choice(spellings, request, owner, &link)) }
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
                @for spellings in others {
                    li { (choice(spellings, request, owner, &link)) }
                }
            }
        }
    };
    Ok(page(StatusCode::OK, "Choose an outcome", &body))
}

fn introduction(request: &AuthorizeRequest) -> Markup {
    let origin = request.redirect_uri().map(|uri| {
        let end = uri
            .match_indices('/')
            .nth(2)
            .map_or(uri.len(), |(at, _)| at);
        uri[..end].split('?').next().unwrap_or_default()
    });
    html! {
        p.lead {
            (request.endpoint().purpose) " with " code { (request.endpoint().path) } ". "
            @if let Some(origin) = origin {
                "The browser goes back to " code { (origin) } " with the redirect that Connect would send."
            } @else {
                "The request has no " code { "redirect_uri" }
                ", or asks for a make’s permissions, so the browser does not go back to the app."
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
                        dd { (shown(&value)) }
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
    let is_single = request.is_single_select();
    let has_vin = request.single_select_vin().is_some();
    match (step, request.parameter("make")) {
        (Step::Brand, _) if has_vin => html! {
            p.note { "The request has a VIN, so Connect skips this page." }
        },
        (Step::Brand, Some(make)) => html! {
            p.note { "The request has the make " code { (shown(&make)) } ", so Connect skips this page." }
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

/// The link to one outcome as it is published, and to its other spellings. Their names complete the
/// `link`.
fn choice(spellings: &[FlowEnd], request: &AuthorizeRequest, owner: &Owner, link: &str) -> Markup {
    let outcome = &spellings[0];
    let kind = match outcome.error_code() {
        None if request.expects(outcome) => "granted expected",
        None => "granted",
        Some(code) if code.is_owner_exit() => "left",
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
            p { (added_query(outcome, request, owner)) }
            @for (number, spelling) in spellings.iter().enumerate().skip(1) {
                @if number == 1 {
                    p.note { "Other forms that your app has to accept:" }
                }
                p { a href={ (link) (spelling) } { (added_query(spelling, request, owner)) } }
            }
        }
    }
}

/// What the redirect adds to the redirect URI.
fn added_query(outcome: &FlowEnd, request: &AuthorizeRequest, owner: &Owner) -> Markup {
    let query = request.added_query(outcome, owner);
    let shown: String = query.chars().take(MAX_QUERY_CHARACTERS).collect();
    html! {
        code {
            (shown)
            @if shown.len() < query.len() { "…" }
        }
    }
}
