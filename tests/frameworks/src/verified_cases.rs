//! The requests that are sent to the apps whose layers have verifiers, and the expected responses.

use http::Method;

use crate::cases::{Case, Expected};
use crate::placements::Placement;
use crate::verifiers::{SESSION, StartedFlow, start_flow};

/// Returns the cases of a placement. On `/callback`, the cookie itself verifies the state, and the
/// route responds. On `/reauth`, a store verifies the state, and the handler responds to errors.
pub fn cases(placement: &Placement) -> Vec<Case> {
    let path = |name: &str| format!("{}/{name}", placement.prefix);
    let (session, state) = SESSION;
    let flow_in_store = StartedFlow {
        state: state.to_owned(),
        cookie: session.to_owned(),
    };
    let mut cases = callbacks(&path("callback"), start_flow(&path("callback")), false);
    cases.extend(callbacks(&path("reauth"), flow_in_store, true));
    cases.extend(others(&path("callback"), &path("reauth"), &path("other")));
    if placement.streams() {
        cases.extend(
            ["callback", "reauth", "other"]
                .map(|name| Case::new(Method::POST, path(name), Expected::Echo)),
        );
    }
    cases
}

/// Callbacks of the flow, and others that differ from them in the state or the cookie.
fn callbacks(path: &str, flow: StartedFlow, is_in_store: bool) -> Vec<Case> {
    let StartedFlow { state, cookie } = flow;
    let success = Expected::App(format!(
        r#"success Some("c-1") Some("u-1") None Some({state:?}) verified"#
    ));
    let error = if is_in_store {
        Expected::Handler(r#"handler GET OemCancelledLogin Some("Bye") verified"#.to_owned())
    } else {
        Expected::App(format!(
            r#"error "oem_cancelled_login" Some("Bye") Some({state:?}) verified"#
        ))
    };
    let code = "code=c-1&user_id=u-1";
    let cancelled = "error=oem_cancelled_login&error_description=Bye";
    let verified = [
        (Method::GET, code, success),
        (Method::GET, cancelled, error),
    ];
    let mut cases: Vec<Case> = verified
        .into_iter()
        .map(|(method, query, expected)| Case {
            cookie: Some(cookie.clone()),
            is_cookie_cleared: !is_in_store,
            ..Case::new(method, format!("{path}?{query}&state={state}"), expected)
        })
        .collect();

    // A probe clears no cookie.
    cases.push(Case {
        cookie: Some(cookie.clone()),
        ..Case::new(
            Method::HEAD,
            format!("{path}?{code}&state={state}"),
            Expected::Probed,
        )
    });

    let stranger = start_flow(path);
    let other_path = start_flow(&format!("{path}/other"));
    let rejected = [
        // A state that was not issued, that was issued to another browser, or none.
        (Some(&cookie), "&state=hostile".to_owned()),
        (Some(&cookie), format!("&state={}", stranger.state)),
        (Some(&cookie), format!("&state={state}hostile")),
        (Some(&cookie), "&state=".to_owned()),
        (Some(&cookie), "&state".to_owned()),
        (Some(&cookie), String::new()),
        // A flow of this browser that ends on another path.
        (
            Some(&other_path.cookie),
            format!("&state={}", other_path.state),
        ),
        // A browser that did not start the flow.
        (None, format!("&state={state}")),
        (Some(&stranger.cookie), format!("&state={state}")),
        // The right state, but an ambiguous callback.
        (Some(&cookie), format!("&state={state}&vehicle_id=")),
    ];
    for (cookie, rest) in rejected {
        for query in [code, cancelled] {
            cases.push(Case {
                cookie: cookie.cloned(),
                ..Case::new(
                    Method::GET,
                    format!("{path}?{query}{rest}"),
                    Expected::Rejected,
                )
            });
        }
    }
    cases
}

/// Requests for which no verifier is called. Visits without an outcome are rejected.
fn others(callback: &str, reauth: &str, other: &str) -> Vec<Case> {
    [
        (Method::GET, callback.to_owned()),
        (Method::GET, format!("{callback}?state=hostile")),
        (Method::DELETE, callback.to_owned()),
        (Method::GET, reauth.to_owned()),
        (Method::GET, format!("{reauth}?state=hostile")),
        (Method::DELETE, reauth.to_owned()),
        (Method::GET, format!("{other}?code=c-1&state=hostile")),
        (Method::POST, format!("{other}?error=access_denied")),
    ]
    .map(|(method, target)| {
        let is_visit = method == Method::GET && !target.starts_with(other);
        let expected = match is_visit {
            true => Expected::Rejected,
            false => Expected::Untouched,
        };
        Case::new(method, target, expected)
    })
    .into()
}
