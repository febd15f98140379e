//! What is sent, and what has to be answered. Everything follows from the number of the request.

use axum::http::{Method, StatusCode};
use fastrand::Rng;
use tower_smartcar_connect::InvalidCallbackKind::{self, *};

/// A request and its answer.
pub(crate) struct Exchange {
    pub(crate) number: usize,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) status: StatusCode,
    pub(crate) answer: String,
    /// Whether the answer is kept out of caches.
    pub(crate) is_private: bool,
}

/// A request that is none of the layer's business.
pub(crate) fn ordinary(number: usize) -> Exchange {
    let query = ["", "?page=2", "?from=mail%20ing&sort=-price"][number % 3];
    Exchange {
        number,
        method: Method::GET,
        target: format!("/garage/{number}{query}"),
        status: StatusCode::OK,
        answer: format!("garage {number}"),
        is_private: false,
    }
}

/// Half of the requests are ordinary, the others outcomes and hostile ones in equal parts.
pub(crate) fn mixed(number: usize) -> Exchange {
    let mut random = Rng::with_seed(number as u64);
    match random.u8(..4) {
        0 => outcome(number, &mut random),
        1 => hostile(number, &mut random),
        _ => ordinary(number),
    }
}

fn outcome(number: usize, random: &mut Rng) -> Exchange {
    let n = number;
    let (query, answer) = match random.u8(..8) {
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
        3 => (
            format!("error=no_vehicles&error_description=None+for+{n}&state=state-{n}"),
            format!(r#"route: "no_vehicles" Some("None for {n}") Some("state-{n}")"#),
        ),
        4 => (
            format!("error=on_holiday_{n}&state=state-{n}"),
            format!(r#"route: "on_holiday_{n}" None Some("state-{n}")"#),
        ),
        5 => (
            format!("error=access_denied&error_description=By%20{n}.&state=state-{n}"),
            format!(r#"handler: "access_denied" Some("By {n}.") Some("state-{n}")"#),
        ),
        6 => (
            // As it is published: without a state, and without the name of the description.
            format!("error=oem_cancelled_login&the%20user%20{n}%20did%20not"),
            format!(r#"handler: "oem_cancelled_login" Some("the user {n} did not") None"#),
        ),
        _ => (
            format!("error=server_error&error_description=Again,+{n}"),
            format!(r#"route: "server_error" Some("Again, {n}") None"#),
        ),
    };
    Exchange {
        number,
        method: Method::GET,
        target: format!("/callback?{query}"),
        status: StatusCode::OK,
        answer,
        is_private: true,
    }
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
        (Method::GET, format!("/callback?code=&state=state-{n}"), EmptyParameter),
        (Method::GET, format!("/callback?error=a%0D%0A{n}"), MalformedError),
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
        (Method::GET, format!("//callback?{valid}"), RespelledPath),
        (Method::GET, format!("/call%62ack/?{valid}"), RespelledPath),
        (
            Method::GET,
            format!("/callback?code=code-{n}&state=forged-{n}"),
            StateMismatch,
        ),
        (Method::GET, format!("/callback?code=code-{n}"), StateMissing),
    ];
    let index = random.usize(..cases.len());
    let (method, target, kind) = cases.into_iter().nth(index).expect("it is one of them");
    Exchange {
        number,
        method,
        target,
        status: StatusCode::BAD_REQUEST,
        answer: format!("refused: {kind:?} {n}"),
        is_private: true,
    }
}
