//! Starting flows: `ConnectUrl`, the address of Connect, and `BeginConnect`, the service that sends
//! browsers there.

mod address;
mod cross_origin;
mod failures;
mod flow;
mod invalid_address;
mod origins;
mod read_back;
mod redirect_uris;
mod responses;
mod servers;
mod service;
mod stored_state;
mod threads;
