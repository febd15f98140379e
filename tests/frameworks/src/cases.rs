//! The requests that are sent to every placement, and the expected responses.

use http::Method;
use tower_smartcar_connect::ErrorCode;

use crate::placements::{Difference, Placement};

/// The callback paths, and whether a handler responds to their errors.
const CALLBACK_PATHS: [(&str, bool); 2] = [("/callback", false), ("/reauth", true)];

/// A request and the expected response.
pub struct Case {
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The browser's cookie.
    pub cookie: Option<String>,
    pub expected: Expected,
    /// Whether the response clears that cookie.
    pub is_cookie_cleared: bool,
}

/// What responds to a request. The app or the handler is called once for it, unless the layer or
/// the framework responds.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The app, with a description of the outcome.
    App(String),
    /// The handler, with a description of the error.
    Handler(String),
    /// The layer, because the callback is invalid.
    Rejected,
    /// The layer, because the request only looks at the callback.
    Probed,
    /// The framework, because there is no such route.
    NoRoute,
    /// The app, because the request is not a callback.
    Untouched,
    /// The app, with each chunk of the body before the next one is sent.
    Echo,
}

/// Returns the cases of a placement.
pub fn cases(placement: &Placement) -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, is_handled) in CALLBACK_PATHS {
        let path = format!("{}{path}", placement.prefix);
        cases.extend(errors(&path, is_handled, placement));
        cases.extend(successes(&path));
        cases.extend(invalid(&path, placement));
        cases.extend(no_callbacks(&path));
    }
    cases.extend(other_paths(&format!("{}/other", placement.prefix)));
    if placement.streams() {
        for path in ["/callback", "/reauth", "/other"] {
            let target = format!("{}{path}", placement.prefix);
            cases.push(Case::new(Method::POST, target, Expected::Echo));
        }
    }
    cases
}

impl Case {
    /// Creates a case of a browser without cookies.
    pub fn new(method: Method, target: String, expected: Expected) -> Self {
        Self {
            method,
            target,
            cookie: None,
            expected,
            is_cookie_cleared: false,
        }
    }
}

/// Every documented error, an unknown one, the published one whose description has no name, and a
/// `HEAD` request, to which only the layer responds.
fn errors(path: &str, is_handled: bool, placement: &Placement) -> Vec<Case> {
    let expected = |method: &Method,
                    code: ErrorCode,
                    error: &str,
                    description: Option<&str>,
                    state: Option<&str>| {
        if is_handled {
            Expected::Handler(format!(
                "handler {method} {code:?} {description:?} unverified"
            ))
        } else {
            Expected::App(format!(
                "error {error:?} {description:?} {state:?} unverified"
            ))
        }
    };
    let documented = ErrorCode::ALL
        .iter()
        .map(|&code| (Method::GET, code, code.as_str()));
    let described = documented.chain([(Method::GET, ErrorCode::Unknown, "oem_on_holiday")]);
    let mut cases: Vec<Case> = described
        .map(|(method, code, error)| {
            let query =
                format!("error={error}&error_description=It+ended%2C%20that%27s+all.&state=s%2B1");
            let expected = expected(
                &method,
                code,
                error,
                Some("It ended, that's all."),
                Some("s+1"),
            );
            Case::new(method, format!("{path}?{query}"), expected)
        })
        .collect();

    cases.push(Case::new(
        Method::HEAD,
        format!("{path}?error=access_denied&state=s%2B1"),
        Expected::Probed,
    ));
    let description = "the user did not complete authorization with the OEM";
    let is_kept = !placement.has(Difference::NoBareParameters);
    cases.push(Case::new(
        Method::GET,
        format!(
            "{path}?error=oem_cancelled_login&{}",
            description.replace(' ', "%20")
        ),
        expected(
            &Method::GET,
            ErrorCode::OemCancelledLogin,
            "oem_cancelled_login",
            is_kept.then_some(description),
            None,
        ),
    ));
    cases
}

/// The three shapes of a success, and a `HEAD`.
fn successes(path: &str) -> Vec<Case> {
    let code = r#"success Some("c-1") Some("u-1") None Some("s+1") unverified"#;
    [
        (Method::GET, "code=c-1&user_id=u-1&state=s%2B1", code),
        (
            Method::GET,
            "user_id=u-2&state=s-2",
            r#"success None Some("u-2") None Some("s-2") unverified"#,
        ),
        (
            Method::GET,
            "vehicle_id=v-3",
            r#"success None None Some("v-3") None unverified"#,
        ),
    ]
    .into_iter()
    .map(|(method, query, outcome)| {
        Case::new(
            method,
            format!("{path}?{query}"),
            Expected::App(outcome.to_owned()),
        )
    })
    .chain([Case::new(
        Method::HEAD,
        format!("{path}?code=c-1&user_id=u-1&state=s%2B1"),
        Expected::Probed,
    )])
    .collect()
}

/// Every kind of rejected callback that needs no verifier.
fn invalid(path: &str, placement: &Placement) -> Vec<Case> {
    let too_long = format!("error=access_denied&state={}", "hostile".repeat(1200));
    let too_many: String = (0..256).map(|number| format!("&hostile{number}")).collect();
    let too_many = format!("error=access_denied{too_many}");
    let mut cases: Vec<Case> = [
        "error=access_denied&%65rror=hostile",
        "error=access_denied&code=hostile",
        "error=access_denied&user_id=hostile",
        "error=access_denied&vehicle_id=hostile",
        "code=&state=hostile",
        "user_id&state=hostile",
        "error=&error_description=hostile",
        "error=%22hostile%22",
        "error=hostile%0D%0ASet-Cookie%3A+hostile%3D1",
        &too_long,
        &too_many,
    ]
    .into_iter()
    .map(|query| Case::new(Method::GET, format!("{path}?{query}"), Expected::Rejected))
    .collect();

    let last = r#"success Some("hostile") None None None unverified"#;
    let expected = if placement.has(Difference::LastOfDuplicates) {
        Expected::App(last.to_owned())
    } else {
        Expected::Rejected
    };
    cases.push(Case::new(
        Method::GET,
        format!("{path}?code=c-1&code=hostile"),
        expected,
    ));

    for method in [
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        for query in ["error=access_denied", "code=hostile"] {
            cases.push(Case::new(
                method.clone(),
                format!("{path}?{query}"),
                Expected::Rejected,
            ));
        }
    }

    let expected = if placement.has(Difference::NonCanonicalPathsHaveNoRoute) {
        Expected::NoRoute
    } else {
        Expected::Rejected
    };
    let (parent, name) = path.rsplit_once('/').expect("a path has a slash");
    let (first, rest) = name.split_at(1);
    let encoded = first
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect::<String>();
    for non_canonical in [
        format!("{path}/"),
        format!("{parent}//{name}"),
        format!("{parent}/{encoded}{rest}"),
    ] {
        for query in [
            "error=access_denied&error_description=hostile",
            "code=hostile",
        ] {
            cases.push(Case::new(
                Method::GET,
                format!("{non_canonical}?{query}"),
                expected.clone(),
            ));
        }
    }
    cases
}

/// Requests to a callback path without an outcome. Visits are rejected.
fn no_callbacks(path: &str) -> Vec<Case> {
    [
        (Method::GET, ""),
        (Method::GET, "?state=s-1&page=2"),
        (Method::GET, "?Error=access_denied&my_code=1"),
        (Method::POST, ""),
        (Method::PATCH, ""),
        (Method::DELETE, "?page=2"),
        (Method::OPTIONS, ""),
    ]
    .into_iter()
    .map(|(method, query)| {
        let expected = match method == Method::GET {
            true => Expected::Rejected,
            false => Expected::Untouched,
        };
        Case::new(method, format!("{path}{query}"), expected)
    })
    .collect()
}

/// Outcomes on a path that is not a callback path.
fn other_paths(path: &str) -> Vec<Case> {
    [
        (Method::GET, "?error=access_denied"),
        (Method::GET, "?code=c-1&code=c-2"),
        (Method::POST, "?error=access_denied&code=c-1"),
        (Method::PUT, "?code="),
    ]
    .into_iter()
    .map(|(method, query)| Case::new(method, format!("{path}{query}"), Expected::Untouched))
    .collect()
}
