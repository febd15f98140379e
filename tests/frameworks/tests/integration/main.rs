//! Frameworks and other middleware around the layer, beside the cases of `conformance`.

#[path = "../../../integration/support/mod.rs"]
mod support;

mod lambda;
mod layer_order;
mod non_canonical_paths;
mod placements;
mod sessions;
mod start_connect;
mod tonic;
