//! What does a layer cost a callback?
//!
//! ```text
//! cargo bench --bench callback
//! ```

mod scene;

use std::fmt::Debug;

use axum::body::Body;
use axum::middleware::from_fn;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use http::{Request, Uri};
use tower::{Layer, Service};
use tower_smartcar_connect::ConnectCallbackLayer;

use scene::peers::{InsertLayer, by_hand};
use scene::requests::{CALLBACK_PATH, PUBLISHED, as_delivered};
use scene::services::{App, Boxing, Trivial, WithHeader, answer_error, serve};

fn callback(criterion: &mut Criterion) {
    in_front_of(criterion, "a trivial service", Trivial);
    in_front_of(criterion, "a service that sets a header", WithHeader);
    in_front_of(criterion, "a service that boxes its future", Boxing);
}

fn in_front_of(criterion: &mut Criterion, app_name: &str, app: impl App) {
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let group = &mut criterion.benchmark_group(format!("the callback {redirect} reaches {app_name}"));
        let connect = ConnectCallbackLayer::new(CALLBACK_PATH);

        measure(group, "directly", &uri, app.clone());
        measure(group, "through this layer", &uri, connect.clone().layer(app.clone()));
        measure(
            group,
            "through this layer without response headers",
            &uri,
            connect.clone().response_headers(false).layer(app.clone()),
        );
        measure(
            group,
            "through this layer with on_error",
            &uri,
            connect.on_error(answer_error).layer(app.clone()),
        );
        measure(
            group,
            "with a ready-made outcome inserted",
            &uri,
            InsertLayer::outcome_of(&uri).layer(app.clone()),
        );
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

criterion_group!(benches, callback);
criterion_main!(benches);
