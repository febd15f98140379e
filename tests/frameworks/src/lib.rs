//! The same callbacks through the layer in every framework.
//!
//! Each framework has a file that reads as an example of its use. All of them serve the same app:
//!
//! - `/callback` describes what the layer inserted, so both errors and successes reach it.
//! - `/reauth` does the same behind a layer whose handler responds to errors.
//! - `/other` is not a callback path.
//! - A request that is not a callback is echoed: the response streams the body of the request back.
//!
//! The app verifies their states. In the module `verified` of each framework, both layers have a
//! verifier: `/callback` a cookie, which is synchronous, and `/reauth` a store, which is not.
//!
//! [`PLACEMENTS`](placements::PLACEMENTS) lists where the layer goes in each framework.
//! [`cases`](cases::cases) and [`verified_cases`](verified_cases::cases) are the requests that are
//! sent there, with the expected responses.

// The page of the guide, whose example needs tonic.
#[cfg(doctest)]
#[doc = include_str!("../../../src/guide/layer_order.md")]
mod layer_order {}

pub mod cases;
pub mod client;
pub mod conformance;
pub mod grpc;
pub mod lambda_events;
pub mod outcome;
pub mod placements;
pub mod response;
pub mod verified_cases;
pub mod verifiers;

pub mod axum;
pub mod hyper;
pub mod lambda;
pub mod poem;
pub mod salvo;
pub mod tonic;
pub mod warp;
