//! What does it cost another request that there are many callback paths?
//!
//! ```text
//! cargo bench --bench paths
//! ```

mod scene;

use criterion::{Criterion, criterion_group, criterion_main};
use tower::Layer;
use tower_smartcar_connect::ConnectCallbackLayer;

use scene::requests::{callback_paths, others_in_turn};
use scene::services::{Trivial, serve};

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a request on another path passes");
    let others = others_in_turn();

    group.bench_function("without a layer", |bencher| {
        let mut uris = others.iter().cycle();
        bencher.iter(|| serve(&mut Trivial, uris.next().expect("a cycle has no end")));
    });
    for count in [1, 2, 3, 10, 1_000, 100_000] {
        let mut service = ConnectCallbackLayer::new(callback_paths(count)).layer(Trivial);
        group.bench_function(format!("{count} callback paths"), |bencher| {
            let mut uris = others.iter().cycle();
            bencher.iter(|| serve(&mut service, uris.next().expect("a cycle has no end")));
        });
    }
}

criterion_group!(benches, paths);
criterion_main!(benches);
