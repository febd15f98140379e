//! Measures what a layer costs a request that is not a callback.
//!
//! ```text
//! cargo bench --package benches --bench passthrough
//! ```

mod fixtures;

use criterion::{Criterion, criterion_group, criterion_main};

use fixtures::requests::{OTHER, OTHER_WITHOUT_QUERY, as_delivered, get};
use fixtures::servers::{AxumRouter, BareStack, TestServer, TonicServer};
use fixtures::setups;

fn passthrough(criterion: &mut Criterion) {
    on_server(criterion, &AxumRouter);
    on_server(criterion, &TonicServer);
    on_server(criterion, &BareStack);
}

fn on_server<P: TestServer>(criterion: &mut Criterion, server: &P) {
    for request in [OTHER, OTHER_WITHOUT_QUERY] {
        let uri = as_delivered(request);
        let mut group = criterion.benchmark_group(format!("{}, {request}", P::NAME));
        for setup in setups::alternatives(server)
            .into_iter()
            .chain(setups::recommended(server))
        {
            group.bench_function(setup.name, |bencher| {
                bencher.iter(|| (setup.serve)(get(&uri)))
            });
        }
    }
}

criterion_group!(benches, passthrough);
criterion_main!(benches);
