//! If any form of a callback path reaches a route, the layer has handled the request as a callback.

use std::net::Ipv4Addr;

use axum::extract::Request;
use axum::routing::any;
use frameworks::client::Client;
use http::{Extensions, Method, Uri, Version};
use salvo::conn::tcp::TcpAcceptor;
use salvo::prelude::{Response, TowerLayerCompat, handler};
use tokio::net::TcpListener;
use tower::make::Shared;
use tower::{Layer, ServiceBuilder};
use tower_http::normalize_path::NormalizePathLayer;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectSuccess};
use warp::Filter;

/// Paths that some router may read as `/callback`.
const PATHS: &[&str] = &[
    "/callback",
    "/callback/",
    "/callback//",
    "//callback",
    "///callback",
    "/%63allback",
    "/callbac%6B",
    "/callbac%6B/",
    "/%2563allback",
    "/callback%2f",
    "/callback%2F",
    "/callback/%2f/",
    "/callback%252f",
    "/%2fcallback",
    "/./callback",
    "/%2e/callback",
    "/x/../callback",
    "/x/%2e%2e/callback",
    "/%ff/../callback",
    "/callback/.",
    "/callback/%2e",
    "/callback.",
    "/callback;",
    "/callback;x",
    "/callback%3bx",
    "/callback%3fx",
    "/callback%23x",
    "/callback%00",
    "/callback%09",
    "/callback%0a",
    "/callback%20",
    "/callback+",
    "/CALLBACK",
    "/Callback",
    "/\\callback",
    "/callback\\",
    "/%5ccallback",
    "/callback%5c",
    "/%E3%80%82callback",
];

/// Paths that some router may read as `/tenants/{id}`.
const TENANT_PATHS: &[&str] = &[
    "/tenants/a",
    "/tenants/a%2Fb",
    "/tenants/a%2fb",
    "/tenants/%2f",
    "/tenants//a",
    "/tenants/a//b",
    "//tenants/a",
    "/%74enants/a",
];

const CALLBACK: &str = "callback";
const NOT_A_CALLBACK: &str = "not a callback";

/// The response of the route: whether the layer has seen a callback.
fn describe(extensions: &Extensions) -> &'static str {
    if extensions.get::<ConnectSuccess>().is_some() {
        CALLBACK
    } else {
        NOT_A_CALLBACK
    }
}

fn is_callback_of_tenant(uri: &Uri) -> bool {
    uri.path()
        .strip_prefix("/tenants/")
        .and_then(|rest| rest.strip_suffix("/callback"))
        .is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

#[handler]
async fn salvo_route(request: &mut salvo::Request, response: &mut Response) {
    response.render(describe(request.extensions()));
}

fn salvo_routes() -> salvo::Router {
    salvo::Router::new()
        .push(salvo::Router::with_path("callback").goal(salvo_route))
        .push(salvo::Router::with_path("tenants/{id}/callback").goal(salvo_route))
}

async fn serve_salvo(listener: TcpListener, service: salvo::Service) {
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    salvo::Server::new(acceptor).serve(service).await;
}

async fn serve_warp(listener: TcpListener, layer: ConnectCallbackLayer<AppVerifiesState>) {
    let of_tenant = warp::path!("tenants" / String / "callback")
        .map(drop)
        .untuple_one();
    let route = warp::path!("callback")
        .or(of_tenant)
        .unify()
        .and(warp::ext::optional::<ConnectSuccess>())
        .map(|success: Option<ConnectSuccess>| success.map_or(NOT_A_CALLBACK, |_| CALLBACK));
    let service = ServiceBuilder::new()
        .layer(layer)
        .service(warp::service(route));
    frameworks::hyper::serve(listener, service).await;
}

/// Serves routes whose paths end in `slash`, behind a layer that normalizes paths to that form.
async fn serve_axum(
    listener: TcpListener,
    layer: ConnectCallbackLayer<AppVerifiesState>,
    (normalize, slash): (NormalizePathLayer, &str),
) {
    let route = any(async |request: Request| describe(request.extensions()));
    let routes = axum::Router::new()
        .route(&format!("/callback{slash}"), route.clone())
        .route(&format!("/tenants/{{id}}/callback{slash}"), route);
    let service = layer.layer(normalize.layer(routes));
    axum::serve(listener, Shared::new(service)).await.unwrap();
}

/// Starts a server, and returns a client of it.
async fn start<F>(serve: impl FnOnce(TcpListener) -> F) -> Client
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = Client::new(listener.local_addr().unwrap(), Version::HTTP_11);
    tokio::spawn(serve(listener));
    client
}

/// Sends a success to the `registered` callback path, which must reach the route, and to all its
/// forms below each of the `parents`.
async fn assert_no_bypass(
    layer: ConnectCallbackLayer<AppVerifiesState>,
    registered: &str,
    parents: &[&str],
) {
    let service_hoop = salvo::Service::new(salvo_routes()).hoop(layer.clone().compat());
    let router_hoop = salvo::Router::new()
        .hoop(layer.clone().compat())
        .push(salvo_routes());
    let trimming = (NormalizePathLayer::trim_trailing_slash(), "");
    let appending = (NormalizePathLayer::append_trailing_slash(), "/");
    for (server, client) in [
        (
            "salvo, hoop of the service",
            start(|listener| serve_salvo(listener, service_hoop)).await,
        ),
        (
            "salvo, hoop of the router",
            start(|listener| serve_salvo(listener, salvo::Service::new(router_hoop))).await,
        ),
        (
            "warp",
            start(|listener| serve_warp(listener, layer.clone())).await,
        ),
        (
            "axum, slashes trimmed",
            start(|listener| serve_axum(listener, layer.clone(), trimming)).await,
        ),
        (
            "axum, slashes appended",
            start(|listener| serve_axum(listener, layer.clone(), appending)).await,
        ),
    ] {
        let send = async |path: &str| {
            let response = client
                .send(&Method::GET, &format!("{path}?code=c-1&state=s-1"))
                .await;
            response.unwrap_or_else(|error| panic!("{server}, {registered}, {path}: {error}"))
        };
        assert_eq!(
            send(registered).await.body(),
            CALLBACK,
            "{server}, {registered}"
        );
        for parent in parents {
            for spelling in PATHS {
                let path = format!("{parent}{spelling}");
                assert_ne!(
                    send(&path).await.body(),
                    NOT_A_CALLBACK,
                    "{server}, {registered}, {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_form_of_a_callback_path_bypasses_the_layer() {
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    assert_no_bypass(layer, "/callback", &[""]).await;
}

#[tokio::test]
async fn no_form_of_a_callback_path_with_a_trailing_slash_bypasses_the_layer() {
    let layer = ConnectCallbackLayer::new("/callback/", AppVerifiesState);
    assert_no_bypass(layer, "/callback/", &[""]).await;
}

#[tokio::test]
async fn no_form_of_a_path_of_a_matcher_bypasses_the_layer() {
    let layer = ConnectCallbackLayer::new(
        CallbackPaths::matching(is_callback_of_tenant),
        AppVerifiesState,
    );
    assert_no_bypass(layer, "/tenants/a/callback", TENANT_PATHS).await;
}
