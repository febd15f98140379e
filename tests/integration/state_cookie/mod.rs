//! `StateCookie` from the start of a flow to its callback, over real servers and with the cookies
//! of a browser.

mod arbitrary;
mod callback_path;
mod cookie_line;
mod eviction;
mod flow;
mod keys;
mod lifetime;
mod posted;
mod refusals;
mod round_trip;
mod sdk_wrapper;
mod secrets;
mod server;
