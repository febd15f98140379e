//! Starting flows: `ConnectUrl`, the address of Connect, `StartConnect`, the service that sends
//! browsers there, and `Flow`, for routes of an app's own.

mod connect_url;
mod cross_origin;
mod events;
pub(crate) mod fixtures;
mod flows;
mod hostile_requests;
mod invalid_connect_url;
mod own_route;
mod redirect_uris;
mod responses;
mod round_trip;
mod servers;
