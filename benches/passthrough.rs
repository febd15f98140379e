//! What does a layer cost a request that is none of its business?
//!
//! ```text
//! cargo bench --bench passthrough
//! ```

mod scene;

use std::fmt::Debug;

use axum::body::Body;
use axum::middleware::from_fn;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use http::{Request, Uri};
use tower::filter::FilterLayer;
use tower::{Layer, Service};
use tower_http::csrf::CsrfLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tower_smartcar_connect::ConnectCallbackLayer;

use scene::peers::{by_hand, keep_from_callback_path, validate_path};
use scene::requests::{CALLBACK_PATH, OTHERS, as_delivered};
use scene::services::{App, Boxing, Trivial, answer_error, serve, verify_at_once, verify_in_a_future};

fn passthrough(criterion: &mut Criterion) {
    in_front_of(criterion, "a trivial service", Trivial);
    in_front_of(criterion, "a service that boxes its future", Boxing);
}

fn in_front_of(criterion: &mut Criterion, app_name: &str, app: impl App) {
    for (request, path_and_query) in OTHERS {
        let uri = as_delivered(path_and_query);
        let group = &mut criterion.benchmark_group(format!("{request} reaches {app_name}"));
        let connect = ConnectCallbackLayer::new(CALLBACK_PATH);

        measure(group, "directly", &uri, app.clone());
        measure(group, "through this layer", &uri, connect.layer(app.clone()));
        measure(
            group,
            "through this layer with on_error",
            &uri,
            connect.clone().on_error(answer_error).layer(app.clone()),
        );
        measure(
            group,
            "through this layer with verify_state",
            &uri,
            connect.clone().verify_state(verify_at_once).layer(app.clone()),
        );
        measure(
            group,
            "through this layer with verify_state_async",
            &uri,
            connect.verify_state_async(verify_in_a_future).layer(app.clone()),
        );
        measure(
            group,
            "through validate_request",
            &uri,
            ValidateRequestHeaderLayer::custom(validate_path).layer(app.clone()),
        );
        measure(
            group,
            "through tower filter",
            &uri,
            FilterLayer::new(keep_from_callback_path).layer(app.clone()),
        );
        measure(group, "through csrf", &uri, CsrfLayer::new().layer(app.clone()));
        measure(
            group,
            "through middleware by hand",
            &uri,
            from_fn(by_hand).layer(app.clone()),
        );
    }
}

fn measure<S>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, uri: &Uri, mut service: S)
where
    S: Service<Request<Body>, Error: Debug>,
{
    group.bench_function(name, |bencher| bencher.iter(|| serve(&mut service, uri)));
}

criterion_group!(benches, passthrough);
criterion_main!(benches);
