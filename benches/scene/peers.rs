//! What people use today in place of this crate: middleware of other crates or of their own.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY};
use http::{Extensions, Method, StatusCode, Uri};
use serde::Deserialize;
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectOutcome;

use super::places::{Serve, served};
use super::requests::CALLBACK_PATH;
use super::services::Trivial;

/// A callback as an app would write it down for `axum::extract::Query`, with every parameter that
/// Connect defines.
///
/// Its `Deserialize` rejects a parameter that appears twice.
#[derive(Clone, Deserialize)]
pub(crate) struct Callback {
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    pub(crate) error_message: Option<String>,
    pub(crate) status_code: Option<u16>,
    pub(crate) vin: Option<String>,
    pub(crate) make: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) year: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) vehicle_id: Option<String>,
    pub(crate) virtual_key_url: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) state: Option<String>,
}

/// The middleware that people write by hand, for `axum::middleware::from_fn`: on the callback path
/// it puts the typed query into the extensions.
pub(crate) async fn by_hand(mut request: Request, next: Next) -> Response {
    if request.uri().path() == CALLBACK_PATH {
        match Query::<Callback>::try_from_uri(request.uri()) {
            Ok(Query(callback)) => request.extensions_mut().insert(callback),
            Err(rejection) => return rejection.into_response(),
        };
    }
    next.run(request).await
}

/// The same with the rules of this crate's layer: it reads the description that has lost its name,
/// rejects what the layer rejects, and sets the two headers. It does not look for other forms of
/// the path.
pub(crate) async fn by_hand_with_the_rules(mut request: Request, next: Next) -> Response {
    if request.uri().path() != CALLBACK_PATH {
        return next.run(request).await;
    }
    let mut response = match read_with_the_rules(request.method(), request.uri()) {
        Ok(None) => return next.run(request).await,
        Ok(Some(callback)) => {
            request.extensions_mut().insert(callback);
            next.run(request).await
        }
        Err(status) => status.into_response(),
    };
    set_headers(&mut response);
    response
}

fn read_with_the_rules(method: &Method, uri: &Uri) -> Result<Option<Callback>, StatusCode> {
    const MAX_QUERY_BYTES: usize = 8192;
    const MAX_PARAMETERS: usize = 256;
    let query = uri.query().unwrap_or_default();
    if query.len() > MAX_QUERY_BYTES || query.split('&').count() > MAX_PARAMETERS {
        return Err(StatusCode::BAD_REQUEST);
    }
    let Ok(Query(mut callback)) = Query::<Callback>::try_from_uri(uri) else {
        return Err(StatusCode::BAD_REQUEST);
    };
    let results = [&callback.code, &callback.user_id, &callback.vehicle_id];
    let is_success = results.iter().any(|result| result.is_some());
    if callback.error.is_none() && !is_success {
        return Ok(None);
    }
    let is_printable =
        |error: &str| !error.is_empty() && error.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_valid = matches!(*method, Method::GET | Method::HEAD)
        && !(callback.error.is_some() && is_success)
        && results.iter().all(|result| result.as_deref() != Some(""))
        && callback.error.as_deref().is_none_or(is_printable);
    if !is_valid {
        return Err(StatusCode::BAD_REQUEST);
    }
    if callback.error.is_some() && callback.error_description.is_none() {
        callback.error_description = form_urlencoded::parse(query.as_bytes())
            .find(|(name, value)| value.is_empty() && name.contains(' '))
            .map(|(name, _)| name.into_owned());
    }
    Ok(Some(callback))
}

/// The two headers of a response to a callback.
pub(crate) fn set_headers<R>(response: &mut http::Response<R>) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
}

/// A check for tower-http's `validate_request` that keeps requests from a path. Like this crate's
/// layer, it shares its settings with its clones.
#[expect(clippy::result_large_err, reason = "the layer asks for it")]
pub(crate) fn keep_from_callback_path()
-> impl Fn(&mut Request) -> Result<(), Response> + Clone + Send + Sync + 'static {
    let settings = Arc::new(Settings {
        path: CALLBACK_PATH.to_owned(),
    });
    move |request| {
        if request.uri().path() != settings.path {
            return Ok(());
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FORBIDDEN;
        Err(response)
    }
}

struct Settings {
    path: String,
}

/// The least that middleware for callbacks has to do: it puts an outcome into the extensions that
/// somebody else has read before, and sets the two headers.
pub(crate) fn floor(uri: &Uri) -> Serve {
    let outcome = ready_made(uri);
    let layer = ServiceBuilder::new()
        .map_request(move |mut request: Request| {
            insert(&outcome, request.extensions_mut());
            request
        })
        .map_response(|mut response| {
            set_headers(&mut response);
            response
        });
    served(layer.service(Trivial))
}

/// The outcome of a callback.
pub(crate) fn ready_made(uri: &Uri) -> ConnectOutcome {
    let outcome = ConnectOutcome::from_uri(uri).expect("the callback is valid");
    outcome.expect("the request is a callback")
}

/// Puts a copy of the outcome into extensions.
pub(crate) fn insert(outcome: &ConnectOutcome, extensions: &mut Extensions) {
    match outcome.clone() {
        ConnectOutcome::Success(success) => {
            extensions.insert(success);
        }
        ConnectOutcome::Error(error) => {
            extensions.insert(error);
        }
    }
}
