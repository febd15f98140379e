//! The scene of every benchmark: the requests, the services that layers stand in front of, and what else could stand
//! there in place of this crate's layer.
#![allow(dead_code, reason = "every benchmark needs a part of it")]

pub(crate) mod peers;
pub(crate) mod requests;
pub(crate) mod services;
