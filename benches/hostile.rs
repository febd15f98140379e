//! What does a hostile query cost, and is there an end to it?
//!
//! ```text
//! cargo bench --bench hostile
//! ```

mod scene;

use axum::middleware::from_fn;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tower::Layer;
use tower_smartcar_connect::ConnectCallbackLayer;

use scene::peers::by_hand;
use scene::requests::{CALLBACK_PATH, HOSTILE};
use scene::services::{Reading, serve};

fn hostile(criterion: &mut Criterion) {
    let limited = ConnectCallbackLayer::new(CALLBACK_PATH);
    let unlimited = limited.clone().max_query_bytes(usize::MAX);

    for hostile in HOSTILE {
        let mut group = criterion.benchmark_group(format!("a callback with {} is read", hostile.name));
        for kibibytes in [1, 2, 4, 8, 16, 32, 64] {
            let uri = hostile.request(kibibytes);
            let size = format!("{kibibytes} KiB");
            group.throughput(Throughput::Bytes(uri.query().unwrap_or_default().len() as u64));

            let mut service = limited.layer(Reading);
            group.bench_function(BenchmarkId::new("up to the limit", &size), |bencher| {
                bencher.iter(|| serve(&mut service, &uri));
            });
            let mut service = unlimited.layer(Reading);
            group.bench_function(BenchmarkId::new("without a limit", &size), |bencher| {
                bencher.iter(|| serve(&mut service, &uri));
            });
            let mut service = from_fn(by_hand).layer(Reading);
            group.bench_function(BenchmarkId::new("by hand", &size), |bencher| {
                bencher.iter(|| serve(&mut service, &uri));
            });
        }
    }
}

criterion_group!(benches, hostile);
criterion_main!(benches);
