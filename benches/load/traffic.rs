//! The requests and the expected responses. The number of a request determines both.

use axum::http::{Method, StatusCode};
use fastrand::Rng;
use tower_smartcar_connect::ErrorCode;
use tower_smartcar_connect::InvalidCallbackKind::{self, *};

/// A request and the expected response.
pub(crate) struct Exchange {
    pub(crate) number: usize,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    /// Whether the response must not be cached.
    pub(crate) is_private: bool,
}

/// A request that is not a callback.
pub(crate) fn ordinary(number: usize) -> Exchange {
    let query = ["", "?page=2", "?from=mail%20ing&sort=-price"][number % 3];
    Exchange {
        number,
        method: Method::GET,
        target: format!("/garage/{number}{query}"),
        status: StatusCode::OK,
        body: format!("garage {number}"),
        is_private: false,
    }
}

/// Half of the requests are ordinary. The others are outcomes and hostile queries in equal parts.
pub(crate) fn mixed(number: usize) -> Exchange {
    let mut random = Rng::with_seed(number as u64);
    match random.u8(..4) {
        0 => outcome(number, &mut random),
        1 => hostile(number, &mut random),
        _ => ordinary(number),
    }
}

/// A success of each kind, an error that is not documented, and every documented error, in equal
/// parts.
fn outcome(number: usize, random: &mut Rng) -> Exchange {
    let n = number;
    let (query, body) = match random.usize(..4 + ErrorCode::ALL.len()) {
        0 => (
            format!("code=code-{n}&state=state-{n}"),
            format!(r#"route: Some("code-{n}") None None Some("state-{n}")"#),
        ),
        1 => (
            format!("state=state-{n}&user_id=user-{n}&page=2"),
            format!(r#"route: None Some("user-{n}") None Some("state-{n}")"#),
        ),
        2 => (
            format!("vehicle_id=v%2D{n}&state=state%2d{n}"),
            format!(r#"route: None None Some("v-{n}") Some("state-{n}")"#),
        ),
        3 => error(&format!("on_holiday_{n}"), ErrorCode::Unknown, n, random),
        kind => {
            let code = ErrorCode::ALL[kind - 4];
            error(code.as_str(), code, n, random)
        }
    };
    Exchange {
        number,
        method: Method::GET,
        target: format!("/callback?{query}"),
        status: StatusCode::OK,
        body,
        is_private: true,
    }
}

/// Returns the query of an error with the parameters of its code, and the response to it.
fn error(error: &str, code: ErrorCode, n: usize, random: &mut Rng) -> (String, String) {
    let (query, description, state) = match random.u8(..3) {
        0 => (
            format!("error_description=None+for+{n}&state=state-{n}"),
            format!("None for {n}"),
            Some(format!("state-{n}")),
        ),
        1 => (
            format!("error_description=By%20{n}."),
            format!("By {n}."),
            None,
        ),
        // As published: without a state, and without the name of the description.
        _ => (
            format!("the%20user%20{n}%20did%20not"),
            format!("the user {n} did not"),
            None,
        ),
    };
    let (more, parameters) = match code {
        ErrorCode::ConfigurationError => (
            format!("&status_code=400&error_message=Page+of+{n}"),
            format!(r#"Some(400) Some("Page of {n}") None None"#),
        ),
        ErrorCode::VehicleIncompatible => (
            format!("&vin=vin-{n}&make=make-{n}"),
            format!(r#"None None Some("vin-{n}") Some("make-{n}")"#),
        ),
        _ => (String::new(), "None None None None".to_owned()),
    };
    let who = if code.is_user_exit() {
        "handler"
    } else {
        "route"
    };
    (
        format!("error={error}&{query}{more}"),
        format!("{who}: {error:?} Some({description:?}) {state:?} {parameters}"),
    )
}

fn hostile(number: usize, random: &mut Rng) -> Exchange {
    let n = number;
    let valid = format!("code=code-{n}&state=state-{n}");
    let cases: [(Method, String, InvalidCallbackKind); 12] = [
        (
            Method::GET,
            format!("/callback?{valid}&c%6Fde=other"),
            DuplicateParameter,
        ),
        (
            Method::GET,
            format!("/callback?{valid}&error=access_denied"),
            ConflictingOutcome,
        ),
        (
            Method::GET,
            format!("/callback?code=&state=state-{n}"),
            EmptyParameter,
        ),
        (
            Method::GET,
            format!("/callback?error=a%0D%0A{n}"),
            MalformedError,
        ),
        (
            Method::GET,
            format!("/callback?{valid}&{}", "a".repeat(9_000)),
            QueryTooLong,
        ),
        (
            Method::GET,
            format!("/callback?{valid}{}", "&".repeat(8_000)),
            TooManyParameters,
        ),
        (
            Method::GET,
            format!("/callback?{valid}{}", "&a=%41".repeat(300)),
            TooManyParameters,
        ),
        (Method::POST, format!("/callback?{valid}"), UnexpectedMethod),
        (Method::GET, format!("//callback?{valid}"), NonCanonicalPath),
        (
            Method::GET,
            format!("/call%62ack/?{valid}"),
            NonCanonicalPath,
        ),
        (
            Method::GET,
            format!("/callback?code=code-{n}&state=forged-{n}"),
            StateMismatch,
        ),
        (
            Method::GET,
            format!("/callback?code=code-{n}"),
            StateMissing,
        ),
    ];
    let index = random.usize(..cases.len());
    let (method, target, kind) = cases.into_iter().nth(index).expect("it is one of them");
    Exchange {
        number,
        method,
        target,
        status: StatusCode::BAD_REQUEST,
        body: format!("rejected: {kind:?} {n}"),
        is_private: true,
    }
}
