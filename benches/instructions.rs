//! How many instructions does a request take, whatever the mood of the machine?
//!
//! It needs valgrind, and the runner of the same version as the `gungraun` in `Cargo.lock`:
//!
//! ```text
//! cargo install gungraun-runner --version 0.20.0
//! cargo bench --bench instructions
//! ```
//!
//! The serving of one request is counted as a whole, from the clone of its URI to the drop of its response: what a
//! layer takes is the difference from `directly`.
#![allow(missing_docs, reason = "the macros make modules that nobody can document")]

mod scene;

use std::fmt::Debug;
use std::hint::black_box;

use axum::body::Body;
use axum::extract::Query;
use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, OutputFormat, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Uri};
use tower::{Layer, Service};
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectResponse};

use scene::peers::{Callback, InsertLayer, validate_path};
use scene::requests::{CALLBACK_PATH, CONFIGURATION_ERROR, OEM_CANCELLED_LOGIN, OTHERS, as_delivered};
use scene::services::{App, Boxing, Trivial, answer_error, read_every_field, serve, verify_at_once};

/// Serves a request once before it is counted, so that nothing is counted that happens only the first time.
fn ready_to_serve<S>(service: S, path_and_query: &str) -> (S, Uri)
where
    S: Service<Request<Body>, Error: Debug>,
{
    let (mut service, uri) = (service, as_delivered(path_and_query));
    drop(serve(&mut service, &uri));
    (service, uri)
}

fn directly(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    ready_to_serve(app, path_and_query)
}

fn through_validate_request(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    let layer = ValidateRequestHeaderLayer::custom(validate_path);
    ready_to_serve(layer.layer(app), path_and_query)
}

fn through_this_layer(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    ready_to_serve(ConnectCallbackLayer::new(CALLBACK_PATH).layer(app), path_and_query)
}

fn through_this_layer_with_on_error(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).on_error(answer_error);
    ready_to_serve(layer.layer(app), path_and_query)
}

fn through_this_layer_with_verify_state(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).verify_state(verify_at_once);
    ready_to_serve(layer.layer(app), path_and_query)
}

/// Reads a redirect in every way before it is counted.
fn read_before((_redirect, path_and_query): (&str, &str)) -> Uri {
    let uri = as_delivered(path_and_query);
    every_field_is_read(&uri);
    drop(Query::<Callback>::try_from_uri(&uri));
    uri
}

fn every_field_is_read(uri: &Uri) {
    if let Ok(Some(ConnectResponse::Error(error))) = ConnectResponse::from_uri(black_box(uri)) {
        read_every_field(&error);
    }
}

const WITHOUT_QUERY: &str = OTHERS[0].1;
const WITH_QUERY: &str = OTHERS[1].1;

#[library_benchmark]
#[bench::directly(directly(Trivial, WITHOUT_QUERY))]
#[bench::through_validate_request(through_validate_request(Trivial, WITHOUT_QUERY))]
#[bench::through_this_layer(through_this_layer(Trivial, WITHOUT_QUERY))]
#[bench::through_this_layer_with_on_error(through_this_layer_with_on_error(Trivial, WITHOUT_QUERY))]
#[bench::through_this_layer_with_verify_state(through_this_layer_with_verify_state(Trivial, WITHOUT_QUERY))]
fn without_a_query<S: App>((mut service, uri): (S, Uri)) -> (S, Uri) {
    drop(black_box(serve(&mut service, black_box(&uri))));
    (service, uri)
}

#[library_benchmark]
#[bench::directly(directly(Trivial, WITH_QUERY))]
#[bench::through_validate_request(through_validate_request(Trivial, WITH_QUERY))]
#[bench::through_this_layer(through_this_layer(Trivial, WITH_QUERY))]
#[bench::through_this_layer_with_on_error(through_this_layer_with_on_error(Trivial, WITH_QUERY))]
#[bench::through_this_layer_with_verify_state(through_this_layer_with_verify_state(Trivial, WITH_QUERY))]
fn with_a_query<S: App>((mut service, uri): (S, Uri)) -> (S, Uri) {
    drop(black_box(serve(&mut service, black_box(&uri))));
    (service, uri)
}

#[library_benchmark]
#[bench::directly(directly(Boxing, WITH_QUERY))]
#[bench::through_validate_request(through_validate_request(Boxing, WITH_QUERY))]
#[bench::through_this_layer(through_this_layer(Boxing, WITH_QUERY))]
#[bench::through_this_layer_with_on_error(through_this_layer_with_on_error(Boxing, WITH_QUERY))]
#[bench::through_this_layer_with_verify_state(through_this_layer_with_verify_state(Boxing, WITH_QUERY))]
fn with_a_query_to_a_boxing_service<S: App>((mut service, uri): (S, Uri)) -> (S, Uri) {
    drop(black_box(serve(&mut service, black_box(&uri))));
    (service, uri)
}

fn with_a_ready_made_outcome(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    let layer = InsertLayer::outcome_of(&as_delivered(path_and_query));
    ready_to_serve(layer.layer(app), path_and_query)
}

fn through_this_layer_without_headers(app: impl App, path_and_query: &str) -> (impl App, Uri) {
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).response_headers(false);
    ready_to_serve(layer.layer(app), path_and_query)
}

#[library_benchmark]
#[bench::directly(directly(Trivial, OEM_CANCELLED_LOGIN.1))]
#[bench::with_a_ready_made_outcome(with_a_ready_made_outcome(Trivial, OEM_CANCELLED_LOGIN.1))]
#[bench::through_this_layer_without_headers(through_this_layer_without_headers(Trivial, OEM_CANCELLED_LOGIN.1))]
#[bench::through_this_layer(through_this_layer(Trivial, OEM_CANCELLED_LOGIN.1))]
fn whole_callback<S: App>((mut service, uri): (S, Uri)) -> (S, Uri) {
    drop(black_box(serve(&mut service, black_box(&uri))));
    (service, uri)
}

#[library_benchmark]
#[bench::configuration_error(read_before(CONFIGURATION_ERROR))]
#[bench::oem_cancelled_login(read_before(OEM_CANCELLED_LOGIN))]
fn code_read(uri: Uri) -> Uri {
    if let Ok(Some(ConnectResponse::Error(error))) = ConnectResponse::from_uri(black_box(&uri)) {
        black_box(error.code());
    }
    uri
}

#[library_benchmark]
#[bench::configuration_error(read_before(CONFIGURATION_ERROR))]
#[bench::oem_cancelled_login(read_before(OEM_CANCELLED_LOGIN))]
fn every_field_read(uri: Uri) -> Uri {
    every_field_is_read(&uri);
    uri
}

#[library_benchmark]
#[bench::configuration_error(read_before(CONFIGURATION_ERROR))]
#[bench::oem_cancelled_login(read_before(OEM_CANCELLED_LOGIN))]
fn typed_query(uri: Uri) -> Uri {
    drop(black_box(Query::<Callback>::try_from_uri(black_box(&uri))));
    uri
}

library_benchmark_group!(
    name = another_path,
    benchmarks = [without_a_query, with_a_query, with_a_query_to_a_boxing_service]
);
library_benchmark_group!(name = callback, benchmarks = [whole_callback]);
library_benchmark_group!(name = parse, benchmarks = [code_read, every_field_read, typed_query]);
main!(
    config = LibraryBenchmarkConfig::default()
        .tool(Callgrind::default().format([EventKind::Ir]))
        .output_format(OutputFormat::default().truncate_description(Some(0))),
    library_benchmark_groups = [another_path, callback, parse]
);
