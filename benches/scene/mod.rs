//! The scene of the benchmarks and of `benches/allocations.rs`: requests, the places where layers
//! stand, the set-ups that the documentation recommends, and what else could stand there.
#![allow(dead_code, reason = "every benchmark needs a part of it")]

pub(crate) mod peers;
pub(crate) mod places;
pub(crate) mod requests;
pub(crate) mod services;
pub(crate) mod set_ups;
