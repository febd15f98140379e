//! What does it cost to read the query of a callback?
//!
//! ```text
//! cargo bench --bench parse
//! ```

mod scene;

use std::collections::HashMap;
use std::hint::black_box;

use axum::extract::Query;
use criterion::{Criterion, criterion_group, criterion_main};
use tower_smartcar_connect::ConnectResponse;

use scene::peers::Callback;
use scene::requests::{PUBLISHED, as_delivered};
use scene::services::read_every_field;

fn parse(criterion: &mut Criterion) {
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let query = uri.query().unwrap_or_default();
        let mut group = criterion.benchmark_group(format!("the query of {redirect} is read"));

        group.bench_function("by this crate, for what it is", |bencher| {
            bencher.iter(|| ConnectResponse::from_uri(black_box(&uri)).expect("the callback is valid"));
        });
        group.bench_function("by this crate, every field of an error", |bencher| {
            bencher.iter(|| {
                let response = ConnectResponse::from_uri(black_box(&uri)).expect("the callback is valid");
                if let Some(ConnectResponse::Error(error)) = &response {
                    read_every_field(error);
                }
                response
            });
        });
        group.bench_function("by the typed Query of axum", |bencher| {
            bencher.iter(|| Query::<Callback>::try_from_uri(black_box(&uri)).expect("the query is a callback"));
        });
        group.bench_function("by serde_urlencoded", |bencher| {
            bencher.iter(|| serde_urlencoded::from_str::<Callback>(black_box(query)).expect("the query is a callback"));
        });
        group.bench_function("by serde_html_form", |bencher| {
            bencher.iter(|| serde_html_form::from_str::<Callback>(black_box(query)).expect("the query is a callback"));
        });
        group.bench_function("by form_urlencoded into a HashMap", |bencher| {
            bencher.iter(|| {
                form_urlencoded::parse(black_box(query.as_bytes()))
                    .into_owned()
                    .collect::<HashMap<String, String>>()
            });
        });
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
