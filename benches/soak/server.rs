//! The server of one deployment: its state cookie, and the app behind the layer.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use tower_smartcar_connect::state_cookie::{Key, StateCookie, StatePayload};
use tower_smartcar_connect::{ConnectError, ConnectSuccess};

/// The lifetime of a flow, in seconds.
pub(crate) const LIFETIME: u64 = 600;

/// Returns a state cookie with these keys, the newest first, and this clock.
pub(crate) fn state_cookie(clock: &Arc<AtomicU64>, keys: &[u8]) -> StateCookie {
    let key = |number: &u8| Key::from(&[*number; 64]);
    let clock = clock.clone();
    let newest = StateCookie::new(key(&keys[0]))
        .lifetime(Duration::from_secs(LIFETIME))
        .clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed)));
    keys[1..]
        .iter()
        .map(key)
        .fold(newest, StateCookie::older_key)
}

/// Responds with the payload of the flow.
pub(crate) async fn app(request: Request<()>) -> Result<Response<String>, Infallible> {
    let extensions = request.extensions();
    let is_verified = match (
        extensions.get::<ConnectError>(),
        extensions.get::<ConnectSuccess>(),
    ) {
        (Some(error), None) => error.is_verified(),
        (None, Some(success)) => success.is_verified(),
        outcome => panic!("{outcome:?}"),
    };
    assert!(is_verified);
    let payload = extensions
        .get::<StatePayload>()
        .map_or("", StatePayload::as_str);
    Ok(Response::new(payload.to_owned()))
}
