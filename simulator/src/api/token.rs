//! Tokens for the application, by its credentials.

use std::hash::{BuildHasher, Hasher, RandomState};

use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use super::{error, json_response};

/// How long a token is valid, in seconds.
const LIFETIME: i64 = 3600;

/// What every token of every simulator begins with.
const PREFIX: &str = "simulated-";

/// The credentials with which an app gets a token.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            client_id: "client_01SIMULATOR".to_owned(),
            client_secret: "simulated-secret".to_owned(),
        }
    }
}

/// One run of the simulator, which knows its tokens by a part that no other run has. So it keeps
/// none of them.
pub(crate) struct Run(String);

impl Run {
    pub(crate) fn new() -> Self {
        Self(format!(
            "{:016x}",
            RandomState::new().build_hasher().finish()
        ))
    }

    fn token(&self, now: Timestamp) -> String {
        format!("{PREFIX}{}-{}", self.0, now.as_second() + LIFETIME)
    }

    /// Checks the token of a request. If it is none, returns what to change.
    pub(crate) fn check(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), &'static str> {
        let token = bearer(headers).ok_or("The request has no bearer token")?;
        let parts = token.strip_prefix(PREFIX);
        let parts = parts.and_then(|parts| parts.split_once('-'));
        let (run, end) = parts.ok_or("The token is not one of a simulator")?;
        if run != self.0 {
            return Err("The token is from another run of the simulator, or of another simulator");
        }
        match end.parse::<i64>() {
            Ok(end) if now.as_second() < end => Ok(()),
            _ => Err("The token has expired, as tokens do after an hour"),
        }
    }
}

/// The answer to a request without a valid token.
pub(crate) fn unauthorized(problem: &str) -> Response<String> {
    let mut response = error(
        StatusCode::UNAUTHORIZED,
        ("AUTHENTICATION", "UNAUTHORIZED"),
        &format!(
            "{problem}; get a token with POST /oauth2/token, and send it as `Authorization: Bearer …`."
        ),
    );
    let bearer = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}

/// Responds to a request for a token.
pub(crate) fn issue(
    run: &Run,
    credentials: &Credentials,
    application_id: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Response<String> {
    let invalid =
        |description: &str| failure(StatusCode::BAD_REQUEST, "invalid_request", description);
    let media_type = headers
        .get(CONTENT_TYPE)
        .map_or("", |it| it.to_str().unwrap_or_default());
    if !media_type.starts_with("application/x-www-form-urlencoded") {
        return invalid(
            "The body has to be a form; send `Content-Type: application/x-www-form-urlencoded`, not JSON.",
        );
    }
    let mut values = [const { None }; 3];
    for (name, value) in form_urlencoded::parse(body) {
        let names = ["grant_type", "client_id", "client_secret"];
        let index = names.iter().position(|known| *known == name);
        if index.is_some_and(|index| values[index].replace(value).is_some()) {
            return invalid("A parameter appears more than once; send each once.");
        }
    }
    let [Some(grant_type), Some(client_id), Some(client_secret)] = values else {
        return invalid(
            "A parameter is missing; send `grant_type=client_credentials`, `client_id` and `client_secret` in the body.",
        );
    };
    if grant_type != "client_credentials" {
        return invalid("The `grant_type` has to be `client_credentials`.");
    }
    let unknown =
        |description: &str| failure(StatusCode::UNAUTHORIZED, "invalid_client", description);
    if client_id == application_id && client_id != credentials.client_id {
        return unknown(
            "The `client_id` is the application id; send the id of the API credential, which begins with `client_`.",
        );
    }
    if client_id != credentials.client_id || client_secret != credentials.client_secret {
        return unknown(
            "The `client_id` or the `client_secret` is not the one of this simulator, which its page `/` shows.",
        );
    }
    let body = json!({
        "access_token": run.token(now),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    });
    json_response(StatusCode::OK, "application/json", &body)
}

fn failure(status: StatusCode, error: &str, description: &str) -> Response<String> {
    let body = json!({ "error": error, "error_description": description });
    json_response(status, "application/json", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_an_hour_of_its_own_run() {
        let (run, other) = (Run::new(), Run::new());
        let now = Timestamp::UNIX_EPOCH;
        let later = |seconds| Timestamp::from_second(seconds).unwrap();
        let header = format!("bearer {}", run.token(now));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().unwrap());
        assert!(run.check(&headers, now).is_ok());
        assert!(run.check(&headers, later(LIFETIME - 1)).is_ok());
        let cases = [
            (run.check(&headers, later(LIFETIME)), "has expired"),
            (other.check(&headers, now), "from another run"),
            (run.check(&HeaderMap::new(), now), "no bearer token"),
        ];
        for (result, reason) in cases {
            assert!(result.unwrap_err().contains(reason), "{reason}");
        }
    }
}
