//! Measures what a layer costs a callback.
//!
//! ```text
//! cargo bench --package benches --bench callback
//! ```

mod fixtures;

use axum::middleware::from_fn;
use criterion::{Criterion, criterion_group, criterion_main};
use tower::Layer;
use tower_smartcar_connect::ConnectCallbackLayer;

use fixtures::alternatives::{handwritten, handwritten_with_the_rules, minimum};
use fixtures::requests::{CALLBACK_PATH, PUBLISHED, as_delivered, get};
use fixtures::servers::{BareStack, TestServer, served};
use fixtures::services::Reading;

fn callback(criterion: &mut Criterion) {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state();
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let mut group = criterion.benchmark_group(format!("the callback {redirect}"));
        for (name, serve) in [
            ("without a layer", BareStack.without_layer()),
            ("this layer", BareStack.with(layer.clone())),
            (
                "this layer, without response headers",
                BareStack.with(layer.clone().response_headers(false)),
            ),
            ("this layer, every field read", served(layer.layer(Reading))),
            (
                "a ready-made outcome inserted, two headers set",
                minimum(&uri),
            ),
            ("by hand", BareStack.with(from_fn(handwritten))),
            (
                "by hand with the rules",
                BareStack.with(from_fn(handwritten_with_the_rules)),
            ),
        ] {
            group.bench_function(name, |bencher| bencher.iter(|| serve(get(&uri))));
        }
    }
}

criterion_group!(benches, callback);
criterion_main!(benches);
