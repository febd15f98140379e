//! Counts the allocations of the layer and the parser. It uses the fixtures of the benchmarks: the
//! recommended setups, and URIs that share their bytes with a buffer, as a server delivers them.

mod fixtures;

use std::collections::HashMap;
use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use axum::body::Body;
use http::{Request, Response, Uri};
use tower::{Layer, ServiceBuilder};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectOutcome};

use fixtures::alternatives::{handwritten_with_the_rules, insert, parse_outcome, set_headers};
use fixtures::requests::{
    CALLBACK_PATH, OEM_CANCELLED_LOGIN, OTHER, OTHER_WITHOUT_QUERY, PUBLISHED, PUBLISHED_STATE,
    as_delivered, get,
};
use fixtures::servers::{
    AxumRouter, BareStack, RouterWithoutState, Serve, TestServer, TonicServer,
};
use fixtures::services::{App, Trivial};
use fixtures::setups::{self, IDLE, VALIDATE_REQUEST};

/// Counts the allocations of one request, from the clone of its URI to the drop of its response.
fn allocations_of(serve: &Serve, path_and_query: &str) -> AllocationInfo {
    let uri = as_delivered(path_and_query);
    // Allocations that are made once and kept are not counted.
    drop(serve(get(&uri)));
    measure(|| drop(black_box(serve(get(&uri)))))
}

/// Counts the allocations of one request to a service that is cloned for it, without anything
/// around it.
fn allocations_of_serving(service: impl App, path_and_query: &str) -> AllocationInfo {
    allocations_of(&fixtures::servers::served(service), path_and_query)
}

/// Asserts that here, every recommended setup allocates as often and as many bytes as
/// `validate_request`. `cargo test --package benches --test allocations -- --show-output` prints
/// the numbers. Returns the allocations of the alternatives.
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
            assert_eq!(
                allocations, alternatives[VALIDATE_REQUEST],
                "{request}, {}",
                setup.name
            );
        }
    }
    alternatives
}

/// A layer that does nothing has no settings to point to, so it takes fewer bytes, but not fewer
/// allocations.
#[test]
fn another_request_in_an_axum_router_allocates_like_validate_request() {
    let alternatives = assert_allocates_like_validate_request(&AxumRouter);
    assert_eq!(
        alternatives[VALIDATE_REQUEST].count_total,
        alternatives[IDLE].count_total
    );
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
    assert_eq!(
        alternatives[VALIDATE_REQUEST].count_total,
        alternatives[IDLE].count_total
    );
}

#[test]
fn another_request_in_a_stack_that_clones_its_service_allocates_nothing() {
    /// Other paths, and callback paths without an outcome.
    const OTHER_REQUESTS: [&str; 6] = [
        OTHER,
        OTHER_WITHOUT_QUERY,
        "/garage//7/?page=2",
        "/?page=2",
        "/callback",
        "/callback?page=2&utm_source=mail%20ing",
    ];
    for request in OTHER_REQUESTS {
        for setup in setups::recommended(&BareStack) {
            let allocations = allocations_of(&setup.serve, request);
            assert_eq!(
                allocations.count_total, 0,
                "{request} through {}",
                setup.name
            );
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
    let layer = ConnectCallbackLayer::new(["/callback", "/reauth"])
        .verify_state(|_request, state| state == PUBLISHED_STATE)
        .on_error(move |error, _request| {
            let text = format!("{name}: {}", error.code());
            async move { Response::new(Body::from(text)) }
        });
    assert_clone_does_not_allocate(&layer, "a layer");
    assert_clone_does_not_allocate(&layer.layer(Trivial), "a service");
}

#[test]
fn parsing_a_callback_allocates_nothing() {
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let allocations = measure(|| {
            let outcome = ConnectOutcome::from_uri(&uri).unwrap().unwrap();
            if let ConnectOutcome::Error(error) = &outcome {
                black_box(error.code());
            }
            black_box(outcome);
        });
        assert_eq!(allocations.count_total, 0, "{redirect}");
    }
}

#[test]
fn cloning_an_outcome_allocates_nothing() {
    for (redirect, path_and_query) in PUBLISHED {
        let outcome = ConnectOutcome::from_uri(&as_delivered(path_and_query))
            .unwrap()
            .unwrap();
        let allocations = measure(|| drop(black_box(outcome.clone())));
        assert_eq!(allocations.count_total, 0, "{redirect}");
    }
}

#[test]
fn an_unencoded_value_is_read_without_an_allocation() {
    let uri = as_delivered("/callback?error=access_denied&state=0facda3319");
    let Ok(Some(ConnectOutcome::Error(error))) = ConnectOutcome::from_uri(&uri) else {
        panic!("the callback is an error");
    };
    let allocations = measure(|| {
        drop(black_box((
            error.error(),
            error.state(),
            error.description(),
        )))
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn an_encoded_value_is_read_with_one_allocation() {
    let uri = as_delivered(OEM_CANCELLED_LOGIN.1);
    let Ok(Some(ConnectOutcome::Error(error))) = ConnectOutcome::from_uri(&uri) else {
        panic!("the callback is an error");
    };
    let allocations = measure(|| drop(black_box(error.description())));
    assert_eq!(allocations.count_total, 1);
}

/// Does what a callback needs without the layer: the URI in the extensions of the request, the
/// outcome in the extensions of the request and the response, and two headers.
fn with_a_ready_made_outcome(uri: &Uri) -> impl App {
    #[derive(Clone)]
    struct Matched(#[expect(dead_code, reason = "it is only inserted")] Uri);

    let outcome = parse_outcome(uri);
    let outcome_of_response = outcome.clone();
    ServiceBuilder::new()
        .map_request(move |mut request: Request<Body>| {
            let matched = Matched(request.uri().clone());
            request.extensions_mut().insert(matched);
            insert(&outcome, request.extensions_mut());
            request
        })
        .map_response(move |mut response: Response<Body>| {
            insert(&outcome_of_response, response.extensions_mut());
            set_headers(&mut response);
            response
        })
        .service(Trivial)
}

#[test]
#[cfg_attr(feature = "metrics", ignore = "the counters allocate their labels")]
fn a_callback_allocates_its_future_and_a_copied_outcome() {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state();
    for (redirect, path_and_query) in PUBLISHED {
        let handwritten = allocations_of_serving(
            with_a_ready_made_outcome(&as_delivered(path_and_query)),
            path_and_query,
        );
        let by_layer = allocations_of_serving(layer.layer(Trivial), path_and_query);
        assert_eq!(
            by_layer.count_total,
            handwritten.count_total + 1,
            "{redirect}"
        );
    }
}

#[test]
#[cfg_attr(feature = "metrics", ignore = "the counters allocate their labels")]
fn a_callback_allocates_as_much_with_a_verifier_as_without() {
    let layer = || ConnectCallbackLayer::new(CALLBACK_PATH);
    for (redirect, path_and_query) in PUBLISHED {
        if !path_and_query.contains("state=") {
            continue;
        }
        let without =
            allocations_of_serving(layer().app_verifies_state().layer(Trivial), path_and_query);
        let verifying = layer().verify_state(|_request, state| state == PUBLISHED_STATE);
        let with = allocations_of_serving(verifying.layer(Trivial), path_and_query);
        assert_eq!(with.count_total, without.count_total, "{redirect}");
    }
}

#[test]
fn the_handwritten_middleware_has_the_same_rules_as_the_layer() {
    let rejected = [
        "/callback?code=1&c%6Fde=2",
        "/callback?code=1&error=access_denied",
        "/callback?code=",
        "/callback?error=",
        "/callback?error=a%0D%0Ab",
    ];
    let passed = [OTHER, "/callback?page=2"];
    let handwritten = BareStack.with(axum::middleware::from_fn(handwritten_with_the_rules));
    let by_layer = BareStack.with(ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state());
    let published = PUBLISHED.map(|(_, path_and_query)| path_and_query);
    for request in rejected.into_iter().chain(passed).chain(published) {
        let uri = as_delivered(request);
        let (handwritten, by_layer) = (handwritten(get(&uri)), by_layer(get(&uri)));
        assert_eq!(handwritten.status(), by_layer.status(), "{request}");
        assert_eq!(handwritten.headers(), by_layer.headers(), "{request}");
        assert_eq!(
            by_layer.status().is_client_error(),
            rejected.contains(&request),
            "{request}"
        );
    }
}
