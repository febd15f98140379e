//! What does a layer cost a request that is not a callback?
//!
//! ```text
//! cargo bench --package benches --bench passthrough
//! ```

mod scene;

use criterion::{Criterion, criterion_group, criterion_main};

use scene::places::{AxumRouter, BareStack, Place, TonicServer};
use scene::requests::{OTHER, OTHER_WITHOUT_QUERY, as_delivered, get};
use scene::set_ups;

fn passthrough(criterion: &mut Criterion) {
    in_place(criterion, &AxumRouter);
    in_place(criterion, &TonicServer);
    in_place(criterion, &BareStack);
}

fn in_place<P: Place>(criterion: &mut Criterion, place: &P) {
    for request in [OTHER, OTHER_WITHOUT_QUERY] {
        let uri = as_delivered(request);
        let mut group = criterion.benchmark_group(format!("{}, {request}", P::NAME));
        for set_up in set_ups::peers(place)
            .into_iter()
            .chain(set_ups::recommended(place))
        {
            group.bench_function(set_up.name, |bencher| {
                bencher.iter(|| (set_up.serve)(get(&uri)))
            });
        }
    }
}

criterion_group!(benches, passthrough);
criterion_main!(benches);
