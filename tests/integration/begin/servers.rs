//! A flow from the button to the callback, over real sockets, on axum and on hyper.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::steer::Steer;
use tower::util::BoxCloneSyncService;
use tower::{Layer, service_fn};
use tower_smartcar_connect::state_cookie::StatePayload;
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess};

use super::fixtures::{connect_url, location, simulator, state_cookie};
use super::flow::{ORIGIN, assert_flows, connected, user};
use crate::support::browser::{Browser, Initiator, serve};

#[tokio::test]
async fn on_axum_as_a_route_service() {
    let begin_connect = BeginConnect::new(connect_url(), state_cookie())
        .payload(user::<String>)
        .trust_origin("https://front.example")
        .unwrap();
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_with(state_cookie());
    let route = async |success: ConnectSuccess, payload: StatePayload| {
        connected(Some(&success), Some(&payload))
    };
    // The layer is also around the route that starts flows.
    let app = Router::new()
        .route("/callback", get(route))
        .route_service("/connect", begin_connect)
        .layer(layer);
    assert_flows(serve(app).await).await;
}

#[tokio::test]
async fn on_hyper_without_a_framework() {
    type Body = Full<Bytes>;
    type App = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

    let begin_connect = BeginConnect::new(connect_url(), state_cookie())
        .payload(user::<Body>)
        .trust_origin("https://front.example")
        .unwrap();
    let pages = service_fn(async |request: Request<Incoming>| {
        let extensions = request.extensions();
        let text = connected(extensions.get(), extensions.get());
        Ok::<_, Infallible>(Response::new(Body::from(text)))
    });
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_with(state_cookie());
    let routes: [App; 2] = [
        BoxCloneSyncService::new(begin_connect),
        BoxCloneSyncService::new(layer.layer(pages)),
    ];
    let app = Steer::new(routes, |request: &Request<Incoming>, _: &[_]| {
        usize::from(request.uri().path() != "/connect")
    });

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(app.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                server.serve_connection(TokioIo::new(stream), service).await
            });
        }
    });
    assert_flows(server).await;
}

/// The app sends browsers to a simulator on its own server, set by `ConnectUrl::origin`.
#[tokio::test]
async fn a_flow_passes_through_a_simulator_on_another_server() {
    let connect = serve(Router::new().route_service("/oauth/authorize", simulator())).await;
    let url = connect_url().origin(format!("http://{connect}")).unwrap();
    let layer = ConnectCallbackLayer::new(&url).verify_state_with(state_cookie());
    let app = Router::new()
        .route("/callback", get(async |_: ConnectSuccess| "connected"))
        .layer(layer)
        .route_service("/connect", BeginConnect::new(url, state_cookie()));
    let app = serve(app).await;

    let mut browser = Browser::on(ORIGIN);
    let started = browser
        .navigate(Initiator::App, "POST", (app, "/connect"), "")
        .await;
    let address = location(&started);
    assert_eq!(address.authority().unwrap().as_str(), connect.to_string());
    let target = format!(
        "{}&simulated_outcome=authorization_code",
        address.path_and_query().unwrap()
    );
    let ended = Browser::on(&format!("http://{connect}"))
        .navigate(Initiator::App, "GET", (connect, &target), "")
        .await;
    assert_eq!(ended.status(), StatusCode::FOUND);
    let callback = location(&ended);
    let target = callback.path_and_query().unwrap().as_str();
    let connected = browser
        .navigate(Initiator::OtherSite, "GET", (app, target), "")
        .await;
    assert_eq!(connected.body(), "connected");
}

#[tokio::test]
async fn over_http_2_a_flow_starts_only_from_the_servers_authority() {
    let app =
        Router::new().route_service("/connect", BeginConnect::new(connect_url(), state_cookie()));
    let server = serve(app).await;
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    for (origin, status) in [
        (format!("http://{server}"), StatusCode::SEE_OTHER),
        ("https://evil.example".to_owned(), StatusCode::FORBIDDEN),
    ] {
        let request = Request::post(format!("http://{server}/connect")).header("origin", &origin);
        let response = client
            .request(request.body(Full::<Bytes>::default()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{origin}");
    }
}
