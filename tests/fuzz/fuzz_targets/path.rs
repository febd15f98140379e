//! The layer against models of tolerant routers, on arbitrary paths of a request line: no form of a
//! callback path bypasses the layer, and no other path is rejected.

#![no_main]

use std::convert::Infallible;

use futures_util::FutureExt;
use http::{Request, Response, Uri};
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode;
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectSuccess, RejectedCallback,
};

/// The routes as segments. `None` is any segment.
const LISTED: [&[Option<&str>]; 3] = [
    &[Some("callback")],
    &[Some("ends")],
    &[Some("a"), Some("b")],
];
const TENANTS: [&[Option<&str>]; 1] = [&[Some("tenants"), None, Some("callback")]];

fn listed_paths() -> ConnectCallbackLayer<AppVerifiesState> {
    ConnectCallbackLayer::new(["/callback", "/ends/", "/a/b"], AppVerifiesState)
}

/// The same paths with others, one of which is percent-encoded.
fn many_paths() -> ConnectCallbackLayer<AppVerifiesState> {
    let paths = ["/callback", "/ends/", "/a/b", "/c%2Fd", "/e", "/f"];
    ConnectCallbackLayer::new(paths, AppVerifiesState)
}

fn is_tenant_callback(uri: &Uri) -> bool {
    let id = uri
        .path()
        .strip_prefix("/tenants/")
        .and_then(|rest| rest.strip_suffix("/callback"));
    id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

fuzz_target!(|bytes: &[u8]| {
    let target = [b"/", bytes, b"?code=1"].concat();
    let Ok(uri) = Uri::try_from(&target[..]) else {
        return;
    };
    if uri.query() != Some("code=1") {
        return;
    }
    let path = uri.path().as_bytes();
    let is_routed = reaches(path, &LISTED);
    assert_eq!(is_detected(&listed_paths(), &uri), is_routed, "a few paths");
    if is_routed {
        assert!(is_detected(&many_paths(), &uri), "many paths");
    }
    let is_routed = reaches(path, &TENANTS);
    let tenants = CallbackPaths::matching(is_tenant_callback);
    let layer = ConnectCallbackLayer::new(tenants, AppVerifiesState);
    assert_eq!(is_detected(&layer, &uri), is_routed, "a predicate");
});

/// Returns whether a router delivers the path to one of the routes. The router decodes the path as
/// a whole or segment by segment, and ignores empty segments.
fn reaches(path: &[u8], routes: &[&[Option<&str>]]) -> bool {
    let whole: Vec<u8> = percent_decode(path).collect();
    let by_whole: Vec<_> = segments(&whole).map(<[u8]>::to_vec).collect();
    let by_segment: Vec<_> = segments(path)
        .map(|segment| percent_decode(segment).collect::<Vec<u8>>())
        .collect();
    routes
        .iter()
        .any(|route| matches_route(&by_whole, route) || matches_route(&by_segment, route))
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|segment| !segment.is_empty())
}

fn matches_route(segments: &[Vec<u8>], route: &[Option<&str>]) -> bool {
    let fits = |(segment, name): (&Vec<u8>, &Option<&str>)| {
        name.is_none_or(|name| segment == name.as_bytes())
    };
    segments.len() == route.len() && segments.iter().zip(route).all(fits)
}

/// Returns whether the layer takes the request for a callback or rejects it.
fn is_detected(layer: &ConnectCallbackLayer<AppVerifiesState>, uri: &Uri) -> bool {
    let inner = service_fn(async |request: Request<()>| {
        Ok::<_, Infallible>(Response::new(
            request.extensions().get::<ConnectSuccess>().is_some(),
        ))
    });
    let request = Request::get(uri.clone())
        .body(())
        .expect("the URI is valid");
    let Ok(response) = layer
        .layer(inner)
        .oneshot(request)
        .now_or_never()
        .expect("nothing waits");
    response.extensions().get::<RejectedCallback>().is_some() || response.into_body()
}
