//! Starting flows: `ConnectUrl`, the address of Connect, and `BeginConnect`, the service that sends
//! browsers there.

mod auto_traits;
mod connect_url;
mod cross_origin;
mod failures;
mod fixtures;
mod flow;
mod invalid_connect_url;
mod origins;
mod redirect_uris;
mod responses;
mod round_trip;
mod servers;
mod stored_state;
