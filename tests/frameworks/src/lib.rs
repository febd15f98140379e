//! The same callbacks through the layer in every framework.
//!
//! Each framework has a file that reads as an example of its use. All of them serve the same app:
//!
//! - `/callback` says what the layer gave it, so errors and successes both reach it,
//! - `/reauth` does the same behind a layer with a handler, which answers the errors,
//! - `/other` is no callback path,
//! - and what none of them has to say is answered with the body of the request, chunk by chunk.
//!
//! In the module `verified` of each framework, the two layers have a state verified too: that of `/callback` by a
//! cookie, at once, and that of `/reauth` by a store, which takes a while.
//!
//! [`PLACEMENTS`](placements::PLACEMENTS) lists where the layer goes in each framework, [`cases`](cases::cases) and
//! [`verified_cases`](verified_cases::cases) what is sent there and what has to come back.

pub mod answers;
pub mod cases;
pub mod client;
pub mod conformance;
pub mod grpc;
pub mod lambda_events;
pub mod markdown;
pub mod outcome;
pub mod placements;
pub mod verified_cases;
pub mod verifiers;

pub mod axum;
pub mod hyper;
pub mod lambda;
pub mod poem;
pub mod salvo;
pub mod tonic;
pub mod warp;
