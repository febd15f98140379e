//! Measures what a callback costs, from its address to its outcome and its response.
//!
//! ```text
//! cargo bench --package benches --bench callback
//! ```

mod fixtures;

use axum::middleware::from_fn;
use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::FutureExt;
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use tower::Layer;
use tower::util::MapRequest;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::{Key, PendingCallback};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectUrl, Flow, StateCookie,
};

use fixtures::alternatives::{handwritten, handwritten_with_the_rules};
use fixtures::requests::{CALLBACK_PATH, PUBLISHED, as_delivered, get};
use fixtures::servers::{BareStack, TestServer, served};
use fixtures::services::{Trivial, read_extensions, read_outcome};

fn callback(criterion: &mut Criterion) {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH, AppVerifiesState);
    let paths = CallbackPaths::new(CALLBACK_PATH);
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let mut group = criterion.benchmark_group(format!("the callback {redirect}"));
        let reading = MapRequest::new(Trivial, read_extensions);
        let read = || paths.read(&Method::GET, &uri).unwrap().unwrap();
        group.bench_function("parsed", |bencher| bencher.iter(read));
        group.bench_function("parsed, every field read", |bencher| {
            bencher.iter(|| read_outcome(&read().into_unverified().skip_verification()));
        });
        for (name, serve) in [
            ("this layer", BareStack.with(layer.clone())),
            ("this layer, every field read", served(layer.layer(reading))),
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

fn states(criterion: &mut Criterion) {
    let url = ConnectUrl::new("application-1", "https://app.example/callback").unwrap();
    let states = StateCookie::new(Key::generate());
    let paths = CallbackPaths::new(&url);
    let start = |request: Parts| {
        let started = Flow::to(url.clone())
            .payload("/garage")
            .start(&states, request);
        started.now_or_never().expect("a cookie is ready").unwrap()
    };
    let started = start(request(None));
    let cookie = started.headers()[SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let verify = |request: Parts| {
        let uri = format!("/callback?user_id=u-1&state={}", started.state());
        let callback = paths
            .read(&Method::GET, &uri.parse().unwrap())
            .unwrap()
            .unwrap();
        let verified = PendingCallback::new(request, callback).verify_with(&states);
        verified.now_or_never().expect("a cookie is ready").is_ok()
    };
    let flows: String = (0..11_000)
        .map(|flow| format!("__Host-smartcar-connect-{flow:08}=; "))
        .collect();
    let mut group = criterion.benchmark_group("states");
    for (name, cookies) in [
        ("the flow's cookie", cookie.to_owned()),
        ("399 KB of other cookies", "a=;".repeat(133_000)),
        ("399 KB of flows", flows),
    ] {
        let request = request(Some(&cookies));
        group.bench_function(format!("a start beside {name}"), |bencher| {
            bencher.iter(|| start(request.clone()));
        });
        group.bench_function(format!("a verification with {name}"), |bencher| {
            bencher.iter(|| verify(request.clone()));
        });
    }
}

fn request(cookies: Option<&str>) -> Parts {
    let (mut request, ()) = Request::get("/callback").body(()).unwrap().into_parts();
    let cookies = cookies.map(|cookies| (COOKIE, HeaderValue::from_str(cookies).unwrap()));
    request.headers.extend(cookies);
    request
}

criterion_group!(benches, callback, states);
criterion_main!(benches);
