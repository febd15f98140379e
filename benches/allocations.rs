//! Counts the allocations of the layer. It uses the fixtures of the benches: the recommended setups,
//! and URIs that share their bytes with a buffer, as a server delivers them.

mod fixtures;

use std::collections::HashMap;
use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use axum::body::Body;
use futures_util::FutureExt;
use http::header::{COOKIE, HeaderValue};
use http::request::Parts;
use http::{Method, Response};
use tower::Layer;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectUrl, Flow, StateCookie,
};

use fixtures::alternatives::handwritten_with_the_rules;
use fixtures::requests::{CALLBACK_PATH, OTHER, OTHER_WITHOUT_QUERY, PUBLISHED, as_delivered, get};
use fixtures::servers::{
    AxumRouter, BareStack, RouterWithoutState, Serve, TestServer, TonicServer, served,
};
use fixtures::services::Trivial;
use fixtures::setups::{self, IDLE, VALIDATE_REQUEST};

/// Counts the allocations of one request, from the clone of its URI to the drop of its response.
fn allocations_of(serve: &Serve, path_and_query: &str) -> AllocationInfo {
    let uri = as_delivered(path_and_query);
    // Allocations that are made once and kept are not counted.
    drop(serve(get(&uri)));
    measure(|| drop(black_box(serve(get(&uri)))))
}

/// Asserts that here, every recommended setup allocates as often and as many bytes as
/// `validate_request`. `cargo test --package benches -- --show-output` prints the numbers.
fn assert_allocates_like_validate_request<P: TestServer>(
    server: &P,
) -> HashMap<&'static str, AllocationInfo> {
    let alternatives = setups::alternatives(server).into_iter();
    let alternatives: HashMap<_, _> = alternatives
        .map(|peer| (peer.name, allocations_of(&peer.serve, OTHER)))
        .collect();
    for (name, allocations) in &alternatives {
        let (count, bytes) = (allocations.count_total, allocations.bytes_total);
        println!("{}, {name}: {count} allocations of {bytes} bytes", P::NAME);
    }
    for setup in setups::recommended(server) {
        for request in [OTHER, OTHER_WITHOUT_QUERY] {
            let allocations = allocations_of(&setup.serve, request);
            let expected = alternatives[VALIDATE_REQUEST];
            assert_eq!(allocations, expected, "{request}, {}", setup.name);
        }
    }
    alternatives
}

/// A layer that does nothing has no settings to point to, so it takes fewer bytes, but not fewer
/// allocations.
#[test]
fn another_request_in_an_axum_router_allocates_like_validate_request() {
    let alternatives = assert_allocates_like_validate_request(&AxumRouter);
    let (validate, idle) = (alternatives[VALIDATE_REQUEST], alternatives[IDLE]);
    assert_eq!(validate.count_total, idle.count_total);
}

/// It creates its layers again for each request, and boxes a copy of them. A zero-sized layer needs
/// no box.
#[test]
fn another_request_in_a_router_without_state_allocates_like_validate_request() {
    assert_allocates_like_validate_request(&RouterWithoutState);
}

#[test]
fn another_request_in_a_tonic_server_allocates_like_validate_request() {
    let alternatives = assert_allocates_like_validate_request(&TonicServer);
    let (validate, idle) = (alternatives[VALIDATE_REQUEST], alternatives[IDLE]);
    assert_eq!(validate.count_total, idle.count_total);
}

#[test]
fn another_request_in_a_stack_that_clones_its_service_allocates_nothing() {
    for request in [
        OTHER,
        OTHER_WITHOUT_QUERY,
        "/garage//7/?page=2",
        "/?page=2",
        "/",
    ] {
        for setup in setups::recommended(&BareStack) {
            let allocations = allocations_of(&setup.serve, request);
            assert_eq!(allocations.count_total, 0, "{request}, {}", setup.name);
        }
    }
}

#[test]
fn cloning_a_layer_or_its_service_allocates_nothing() {
    fn assert_clone_does_not_allocate<T: Clone>(value: &T, name: &str) {
        let allocations = measure(|| drop(black_box(value.clone())));
        assert_eq!(allocations.count_total, 0, "{name}");
    }
    // Cloning this value would allocate.
    let name = "Garage of the owner".to_owned();
    let states = StateCookie::new(Key::generate());
    let layer = ConnectCallbackLayer::new(["/callback", "/reauth"], states).on_failure(
        move |failure: ConnectFailure, _: Parts| {
            let text = format!("{name}: {}", failure.as_str());
            async move { Response::new(Body::from(text)) }
        },
    );
    assert_clone_does_not_allocate(&layer, "a layer");
    assert_clone_does_not_allocate(&layer.layer(Trivial), "a service");
}

#[test]
fn an_outcome_is_two_allocations_and_its_clones_and_fields_are_none() {
    let paths = CallbackPaths::new(CALLBACK_PATH);
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let read = || paths.read(&Method::GET, &uri).unwrap().unwrap();
        let parsed = measure(|| drop(black_box(read())));
        assert!(parsed.count_total <= 2, "{redirect}: {parsed:?}");
        let outcome = read().into_unverified().skip_verification();
        let cloned = measure(|| {
            let outcome = black_box(outcome.clone());
            fixtures::services::read_outcome(&outcome);
        });
        assert_eq!(cloned.count_total, 0, "{redirect}");
    }
}

#[test]
#[cfg_attr(feature = "metrics", ignore = "the counters allocate their labels")]
fn a_callback_allocates_its_future_its_outcome_and_what_it_inserts() {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH, AppVerifiesState);
    for (redirect, path_and_query) in PUBLISHED {
        let allocations = allocations_of(&served(layer.layer(Trivial)), path_and_query);
        println!("{redirect}: {} allocations", allocations.count_total);
        assert!(allocations.count_total <= 20, "{redirect}: {allocations:?}");
    }
}

/// A request costs what it brings, and not a multiple of it.
#[test]
fn a_hostile_cookie_header_is_not_copied() {
    let flow = |flow: usize| format!("__Host-smartcar-connect-{flow:08}=; ");
    let url = ConnectUrl::new("application-1", "https://app.example/callback").unwrap();
    let states = StateCookie::new(Key::generate());
    let serve = served(ConnectCallbackLayer::new(&url, states.clone()).layer(Trivial));
    for header in ["a=;".repeat(133_000), (0..11_765).map(flow).collect()] {
        let header = HeaderValue::try_from(header).unwrap();
        let uri = as_delivered("/callback?code=c&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let mut request = get(&uri);
        request.headers_mut().insert(COOKIE, header);
        let (parts, _) = request.into_parts();
        let request = http::Request::from_parts(parts.clone(), Body::empty());
        let callback = measure(|| drop(black_box(serve(request))));
        assert!(callback.bytes_total < 16_000, "{callback:?}");
        let flow = Flow::to(url.clone());
        let start = measure(|| drop(black_box(flow.start(&states, parts).now_or_never())));
        assert!(start.bytes_total < 64_000, "{start:?}");
    }
}

#[test]
fn the_handwritten_middleware_has_the_same_rules_as_the_layer() {
    let rejected = [
        "/callback",
        "/callback?page=2",
        "/callback?code=1&c%6Fde=2",
        "/callback?code=1&error=access_denied",
        "/callback?code=",
        "/callback?error=",
        "/callback?error=a%0D%0Ab",
    ];
    let handwritten = BareStack.with(axum::middleware::from_fn(handwritten_with_the_rules));
    let by_layer = BareStack.with(ConnectCallbackLayer::new(CALLBACK_PATH, AppVerifiesState));
    let published = PUBLISHED.map(|(_, path_and_query)| path_and_query);
    for request in rejected.into_iter().chain([OTHER]).chain(published) {
        let uri = as_delivered(request);
        let (handwritten, by_layer) = (handwritten(get(&uri)), by_layer(get(&uri)));
        assert_eq!(handwritten.status(), by_layer.status(), "{request}");
        assert_eq!(handwritten.headers(), by_layer.headers(), "{request}");
        let is_rejected = by_layer.status().is_client_error();
        assert_eq!(is_rejected, rejected.contains(&request), "{request}");
    }
}
