//! What the layer and the parser allocate, counted. The scene is that of the benchmarks: the
//! set-ups that the documentation recommends, and URIs whose text is shared already, as a server
//! delivers them.

mod scene;

use std::collections::HashMap;
use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use axum::body::Body;
use http::{Request, Response, Uri};
use tower::{Layer, ServiceBuilder};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectOutcome};

use scene::peers::{by_hand_with_the_rules, insert, ready_made, set_headers};
use scene::places::{AxumRouter, BareStack, Place, RouterWithoutState, Serve, TonicServer};
use scene::requests::{
    CALLBACK_PATH, OEM_CANCELLED_LOGIN, OTHER, OTHER_WITHOUT_QUERY, PUBLISHED, PUBLISHED_STATE,
    as_delivered, get,
};
use scene::services::{App, Trivial};
use scene::set_ups::{self, IDLE, VALIDATE_REQUEST};

/// Counts the allocations of one request, from the clone of its URI to the drop of its response.
fn allocations_of(serve: &Serve, path_and_query: &str) -> AllocationInfo {
    let uri = as_delivered(path_and_query);
    // Whatever is allocated once and kept is not counted.
    drop(serve(get(&uri)));
    measure(|| drop(black_box(serve(get(&uri)))))
}

/// Counts those of one request to a service that is cloned for it, in front of nothing else.
fn allocations_of_serving(service: impl App, path_and_query: &str) -> AllocationInfo {
    allocations_of(&scene::places::served(service), path_and_query)
}

/// Asserts that in this place, every set-up that is recommended allocates as often as with
/// `validate_request`, and as many bytes. `cargo test --package benches --test allocations --
/// --show-output` prints how many. Returns what the peers allocate.
fn assert_allocates_what_validate_request_does<P: Place>(
    place: &P,
) -> HashMap<&'static str, AllocationInfo> {
    let peers = set_ups::peers(place).into_iter();
    let peers: HashMap<_, _> = peers
        .map(|peer| (peer.name, allocations_of(&peer.serve, OTHER)))
        .collect();
    for (name, allocations) in &peers {
        let (count, bytes) = (allocations.count_total, allocations.bytes_total);
        println!("{}, {name}: {count} allocations of {bytes} bytes", P::NAME);
    }
    for set_up in set_ups::recommended(place) {
        for request in [OTHER, OTHER_WITHOUT_QUERY] {
            let allocations = allocations_of(&set_up.serve, request);
            assert_eq!(
                allocations, peers[VALIDATE_REQUEST],
                "{request}, {}",
                set_up.name
            );
        }
    }
    peers
}

/// A layer that does nothing has no settings to point to, so it takes fewer bytes, but no fewer
/// allocations.
#[test]
fn another_request_in_an_axum_router_allocates_what_it_does_with_validate_request() {
    let peers = assert_allocates_what_validate_request_does(&AxumRouter);
    assert_eq!(peers[VALIDATE_REQUEST].count_total, peers[IDLE].count_total);
}

/// It makes its layers anew for each request, and boxes a copy of them; a layer without a size
/// needs no box.
#[test]
fn another_request_in_a_router_without_state_allocates_what_it_does_with_validate_request() {
    assert_allocates_what_validate_request_does(&RouterWithoutState);
}

#[test]
fn another_request_in_a_tonic_server_allocates_what_it_does_with_validate_request() {
    let peers = assert_allocates_what_validate_request_does(&TonicServer);
    assert_eq!(peers[VALIDATE_REQUEST].count_total, peers[IDLE].count_total);
}

#[test]
fn another_request_in_a_stack_that_clones_its_service_allocates_nothing() {
    /// Other paths, and callback paths without a result of Connect.
    const NO_CALLBACKS: [&str; 6] = [
        OTHER,
        OTHER_WITHOUT_QUERY,
        "/garage//7/?page=2",
        "/?page=2",
        "/callback",
        "/callback?page=2&utm_source=mail%20ing",
    ];
    for request in NO_CALLBACKS {
        for set_up in set_ups::recommended(&BareStack) {
            let allocations = allocations_of(&set_up.serve, request);
            assert_eq!(
                allocations.count_total, 0,
                "{request} through {}",
                set_up.name
            );
        }
    }
}

#[test]
fn cloning_a_layer_or_its_service_allocates_nothing() {
    fn assert_free<T: Clone>(value: &T, name: &str) {
        let allocations = measure(|| drop(black_box(value.clone())));
        assert_eq!(allocations.count_total, 0, "{name}");
    }
    // Cloning this one would allocate.
    let name = "Garage of the owner".to_owned();
    let layer = ConnectCallbackLayer::new(["/callback", "/reauth"])
        .verify_state(|_request, state| state == PUBLISHED_STATE)
        .on_error(move |error, _request| {
            let text = format!("{name}: {}", error.code());
            async move { Response::new(Body::from(text)) }
        });
    assert_free(&layer, "a layer");
    assert_free(&layer.layer(Trivial), "a service");
}

#[test]
fn reading_what_a_callback_is_allocates_nothing() {
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
fn a_text_that_is_not_encoded_is_read_without_an_allocation() {
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
fn a_text_that_is_encoded_is_read_with_one_allocation() {
    let uri = as_delivered(OEM_CANCELLED_LOGIN.1);
    let Ok(Some(ConnectOutcome::Error(error))) = ConnectOutcome::from_uri(&uri) else {
        panic!("the callback is an error");
    };
    let allocations = measure(|| drop(black_box(error.description())));
    assert_eq!(allocations.count_total, 1);
}

/// Does by hand what a callback needs: the URI in the extensions of the request, the outcome in
/// those of the request and of the response, and two headers.
fn with_a_ready_made_outcome(uri: &Uri) -> impl App {
    #[derive(Clone)]
    struct Matched(#[expect(dead_code, reason = "it is only inserted")] Uri);

    let outcome = ready_made(uri);
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
fn a_callback_allocates_its_future_and_what_a_ready_made_outcome_does() {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state();
    for (redirect, path_and_query) in PUBLISHED {
        let by_hand = allocations_of_serving(
            with_a_ready_made_outcome(&as_delivered(path_and_query)),
            path_and_query,
        );
        let by_layer = allocations_of_serving(layer.layer(Trivial), path_and_query);
        assert_eq!(by_layer.count_total, by_hand.count_total + 1, "{redirect}");
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
fn the_peer_by_hand_rejects_what_the_layer_rejects_and_reads_what_it_reads() {
    let rejected = [
        "/callback?code=1&c%6Fde=2",
        "/callback?code=1&error=access_denied",
        "/callback?code=",
        "/callback?error=",
        "/callback?error=a%0D%0Ab",
    ];
    let passed = [OTHER, "/callback?page=2"];
    let by_hand = BareStack.with(axum::middleware::from_fn(by_hand_with_the_rules));
    let by_layer = BareStack.with(ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state());
    let published = PUBLISHED.map(|(_, path_and_query)| path_and_query);
    for request in rejected.into_iter().chain(passed).chain(published) {
        let uri = as_delivered(request);
        let (by_hand, by_layer) = (by_hand(get(&uri)), by_layer(get(&uri)));
        assert_eq!(by_hand.status(), by_layer.status(), "{request}");
        assert_eq!(by_hand.headers(), by_layer.headers(), "{request}");
        assert_eq!(
            by_layer.status().is_client_error(),
            rejected.contains(&request),
            "{request}"
        );
    }
}
