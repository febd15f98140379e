//! What the layer and the parser allocate, counted. The scene is that of the benchmarks: URIs whose text is shared
//! already, as a server delivers them.

#[path = "../benches/scene/mod.rs"]
mod scene;

use std::convert::Infallible;
use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use tower::{Layer, Service};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectResponse};

use scene::peers::InsertLayer;
use scene::requests::{CALLBACK_PATH, CONFIGURATION_ERROR, OEM_CANCELLED_LOGIN, PUBLISHED, as_delivered};
use scene::services::{Trivial, answer_error, serve, verify_at_once, verify_in_a_future};

/// Requests that a layer for `/callback` and `/` passes on: other paths, and callback paths without a Connect result.
const NO_CALLBACKS: [&str; 6] = [
    "/garage/vehicles",
    "/garage/vehicles?page=2",
    "/garage//vehicles/?page=2",
    "/?page=2",
    "/callback",
    "/callback?page=2&utm_source=mail%20ing",
];

/// Counts the allocations of one request, from the clone of its URI to the drop of its response.
fn allocations_of_serving<S>(service: &mut S, path_and_query: &str) -> AllocationInfo
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let uri = as_delivered(path_and_query);
    measure(|| drop(black_box(serve(service, &uri))))
}

fn assert_passes_without_allocation<S>(service: &mut S, settings: &str)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    for request in NO_CALLBACKS {
        let allocations = allocations_of_serving(service, request);
        assert_eq!(allocations.count_total, 0, "{request} through a layer with {settings}");
    }
}

#[test]
fn the_scene_itself_allocates_nothing() {
    assert_passes_without_allocation(&mut Trivial, "nothing at all");
}

#[test]
fn a_request_that_is_no_callback_passes_without_an_allocation() {
    let layer = ConnectCallbackLayer::new([CALLBACK_PATH, "/"]);
    assert_passes_without_allocation(&mut layer.layer(Trivial), "new");
    assert_passes_without_allocation(&mut layer.clone().on_error(answer_error).layer(Trivial), "on_error");
    let verifying = layer.clone().verify_state(verify_at_once);
    assert_passes_without_allocation(&mut verifying.layer(Trivial), "verify_state");
    let verifying = layer.verify_state_async(verify_in_a_future);
    assert_passes_without_allocation(&mut verifying.layer(Trivial), "verify_state_async");
}

#[test]
fn cloning_a_layer_or_a_service_allocates_nothing_however_many_paths_there_are() {
    fn assert_free<T: Clone>(value: &T, name: &str) {
        let allocations = measure(|| drop(black_box(value.clone())));
        assert_eq!(allocations.count_total, 0, "{name}");
    }
    let layer = ConnectCallbackLayer::new(scene::requests::callback_paths(1_000));
    assert_free(&layer, "a layer");
    assert_free(&layer.layer(Trivial), "a service");
    let layer = layer.on_error(answer_error);
    assert_free(&layer.layer(Trivial), "a service with on_error");
    assert_free(
        &layer.clone().verify_state(verify_at_once).layer(Trivial),
        "one with verify_state",
    );
    assert_free(
        &layer.clone().verify_state_async(verify_in_a_future).layer(Trivial),
        "one with verify_state_async",
    );
    #[cfg(feature = "state-cookie")]
    {
        use tower_smartcar_connect::state_cookie::{Key, StateCookie};
        let state_cookie = StateCookie::new(Key::from(&[1; 64])).older_key(Key::from(&[2; 64]));
        assert_free(
            &layer.verify_state(state_cookie).layer(Trivial),
            "one with a state cookie",
        );
    }
}

#[test]
fn one_of_many_paths_is_found_without_an_allocation() {
    let paths = scene::requests::callback_paths(1_000);
    let layer = ConnectCallbackLayer::new(paths);
    assert_passes_without_allocation(&mut layer.layer(Trivial), "1000 paths");
}

#[test]
fn reading_what_a_callback_is_allocates_nothing() {
    for (redirect, path_and_query) in PUBLISHED {
        let uri = as_delivered(path_and_query);
        let allocations = measure(|| {
            let response = ConnectResponse::from_uri(&uri).unwrap().unwrap();
            if let ConnectResponse::Error(error) = &response {
                black_box(error.code());
            }
            black_box(response);
        });
        assert_eq!(allocations.count_total, 0, "{redirect}");
    }
}

#[test]
fn cloning_an_outcome_allocates_nothing() {
    for (redirect, path_and_query) in PUBLISHED {
        let response = ConnectResponse::from_uri(&as_delivered(path_and_query))
            .unwrap()
            .unwrap();
        let allocations = measure(|| drop(black_box(response.clone())));
        assert_eq!(allocations.count_total, 0, "{redirect}");
    }
}

#[test]
fn a_text_that_is_not_encoded_is_read_without_an_allocation() {
    let uri = as_delivered("/callback?error=access_denied&state=0facda3319");
    let Ok(Some(ConnectResponse::Error(error))) = ConnectResponse::from_uri(&uri) else {
        panic!("the callback is an error");
    };
    let allocations = measure(|| drop(black_box((error.error(), error.state(), error.description()))));
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn a_text_that_is_encoded_is_read_with_one_allocation() {
    let uri = as_delivered(OEM_CANCELLED_LOGIN.1);
    let Ok(Some(ConnectResponse::Error(error))) = ConnectResponse::from_uri(&uri) else {
        panic!("the callback is an error");
    };
    let allocations = measure(|| drop(black_box(error.description())));
    assert_eq!(allocations.count_total, 1);
}

#[test]
#[cfg_attr(feature = "metrics", ignore = "the counters allocate their labels")]
fn a_callback_allocates_what_a_ready_made_outcome_in_the_extensions_does() {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).response_headers(false);
    for (redirect, path_and_query) in PUBLISHED {
        let ready_made = InsertLayer::outcome_of(&as_delivered(path_and_query));
        assert_eq!(
            allocations_of_serving(&mut layer.layer(Trivial), path_and_query),
            allocations_of_serving(&mut ready_made.layer(Trivial), path_and_query),
            "{redirect}"
        );
    }
}

#[test]
#[cfg_attr(feature = "metrics", ignore = "the counters allocate their labels")]
fn an_error_for_a_handler_allocates_what_a_ready_made_outcome_in_the_extensions_does() {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH)
        .response_headers(false)
        .on_error(answer_error);
    for (redirect, path_and_query) in [OEM_CANCELLED_LOGIN, CONFIGURATION_ERROR] {
        let ready_made = InsertLayer::outcome_of(&as_delivered(path_and_query));
        assert_eq!(
            allocations_of_serving(&mut layer.layer(Trivial), path_and_query),
            allocations_of_serving(&mut ready_made.layer(Trivial), path_and_query),
            "{redirect}"
        );
    }
}

/// A response without headers has a map of headers without memory, which comes with the first header.
#[test]
fn response_headers_allocate_what_two_headers_in_an_empty_map_do() {
    let with_headers = ConnectCallbackLayer::new(CALLBACK_PATH);
    let without_headers = with_headers.clone().response_headers(false);
    let two_headers = measure(|| {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        drop(black_box(headers));
    });
    for (redirect, path_and_query) in PUBLISHED {
        let with_headers = allocations_of_serving(&mut with_headers.layer(Trivial), path_and_query);
        let without_headers = allocations_of_serving(&mut without_headers.layer(Trivial), path_and_query);
        assert_eq!(
            with_headers.count_total,
            without_headers.count_total + two_headers.count_total,
            "{redirect}"
        );
        assert_eq!(
            with_headers.bytes_total,
            without_headers.bytes_total + two_headers.bytes_total,
            "{redirect}"
        );
    }
}
