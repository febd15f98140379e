//! `StateCookie` from the start of a flow to its callback, over real servers and with the cookies
//! of a browser.

mod callback_path;
mod cookie_headers;
mod eviction;
mod flow;
mod keys;
mod lifetime;
mod posted_state;
mod properties;
mod rejections;
mod round_trip;
mod sdk_wrapper;
mod secrets;
mod server;
