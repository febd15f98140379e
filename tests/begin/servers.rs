//! A flow from its button to its callback, over real sockets, on axum, on hyper and beside gRPC.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::routing::get;
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::health_reporter;
use tower::steer::Steer;
use tower::util::{BoxCloneSyncService, MapResponse};
use tower::{Layer, service_fn};
use tower_smartcar_connect::simulator::Outcome;
use tower_smartcar_connect::state_cookie::StatePayload;
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess};

use crate::browser::{Browser, Initiator, serve};
use crate::service::{connect_url, location, set_cookies, simulator, state_cookie};

const ORIGIN: &str = "https://app.example";

async fn user<R: From<String>>(request: Parts) -> Result<String, Response<R>> {
    if request.headers.contains_key("x-anonymous") {
        let mut response = Response::new(R::from("Log in first.".to_owned()));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Err(response);
    }
    Ok("user-7".to_owned())
}

/// Runs every flow and every refusal on the server, whose callback says which user has started the
/// flow.
async fn check(server: SocketAddr) {
    redirects_and_verifies(server).await;
    responds_with_json(server).await;
    refuses(server).await;
}

async fn redirects_and_verifies(server: SocketAddr) {
    let mut browser = Browser::on(ORIGIN);
    // The body of the form is not read.
    let response = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "a=b")
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(set_cookies(&response).len(), 1);
    assert_eq!(browser.cookies.iter_unexpired().count(), 1);
    let callback = simulator()
        .authorize(&location(&response))
        .unwrap()
        .redirect(&Outcome::authorization_code())
        .unwrap();
    let target = callback.path_and_query().unwrap().as_str();

    let mut other = Browser::on(ORIGIN);
    let refused = other
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let verified = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(verified.body(), "connected: user-7, verified: true");
    assert_eq!(
        browser.cookies.iter_unexpired().count(),
        0,
        "the cookie of the flow is cleared"
    );
    let again = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

async fn responds_with_json(server: SocketAddr) {
    let mut browser = Browser::on(ORIGIN);
    let response = send(
        &browser,
        server,
        "POST",
        &[
            ("accept", "application/json"),
            ("sec-fetch-site", "same-origin"),
        ],
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1);
    browser.keep(cookies[0]);
    let body: Value = serde_json::from_str(response.body()).unwrap();
    let request = simulator()
        .authorize(&body["url"].as_str().unwrap().parse().unwrap())
        .unwrap();
    assert_eq!(
        request.parameter("state").as_deref(),
        body["state"].as_str()
    );
    let callback = request.redirect(&Outcome::authorization_code()).unwrap();
    let target = callback.path_and_query().unwrap().as_str();
    let verified = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(verified.body(), "connected: user-7, verified: true");
}

async fn refuses(server: SocketAddr) {
    let browser = Browser::on(ORIGIN);
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        let response = send(&browser, server, method, &[]).await;
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{method}"
        );
        assert_eq!(response.headers()["allow"], "POST", "{method}");
        assert_eq!(set_cookies(&response), [""; 0], "{method}");
    }
    for (headers, status, body) in [
        (
            [("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
            "",
        ),
        (
            [("origin", "https://evil.example")],
            StatusCode::FORBIDDEN,
            "",
        ),
        (
            [("x-anonymous", "1")],
            StatusCode::UNAUTHORIZED,
            "Log in first.",
        ),
    ] {
        let response = send(&browser, server, "POST", &headers).await;
        assert_eq!(response.status(), status, "{headers:?}");
        assert_eq!(response.body(), body, "{headers:?}");
        assert_eq!(set_cookies(&response), [""; 0], "{headers:?}");
        assert_eq!(
            response.headers()["cache-control"],
            "no-store",
            "{headers:?}"
        );
    }
    for origin in [ORIGIN, "https://front.example"] {
        let response = send(&browser, server, "POST", &[("origin", origin)]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{origin}");
    }
}

async fn send(
    browser: &Browser,
    server: SocketAddr,
    method: &str,
    headers: &[(&'static str, &'static str)],
) -> Response<String> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    browser
        .send(method, (server, "/connect"), headers, "")
        .await
}

fn connected(success: Option<&ConnectSuccess>, payload: Option<&StatePayload>) -> String {
    let payload = payload.map_or("nobody", StatePayload::as_str);
    let is_verified = success.is_some_and(ConnectSuccess::is_verified);
    format!("connected: {payload}, verified: {is_verified}")
}

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
    // The layer stands around the route that starts flows, too.
    let app = Router::new()
        .route("/callback", get(route))
        .route_service("/connect", begin_connect)
        .layer(layer);
    check(serve(app).await).await;
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
    check(server).await;
}

#[tokio::test]
async fn beside_grpc_on_one_port() {
    let begin_connect = BeginConnect::new(connect_url(), state_cookie())
        .payload(user::<String>)
        .trust_origin("https://front.example")
        .unwrap();
    let route = async |success: ConnectSuccess, payload: StatePayload| {
        connected(Some(&success), Some(&payload))
    };
    let pages = Router::new().route("/callback", get(route)).route_service(
        "/connect",
        MapResponse::new(begin_connect, |response: Response<String>| {
            response.map(axum::body::Body::from)
        }),
    );
    let (reporter, health) = health_reporter();
    reporter
        .set_service_status("cars", tonic_health::ServingStatus::Serving)
        .await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let server = listener.local_addr().unwrap();
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_with(state_cookie());
    let grpc = Server::builder()
        .accept_http1(true)
        .layer(layer)
        .add_routes(Routes::from(pages).add_service(health));
    tokio::spawn(grpc.serve_with_incoming(TcpIncoming::from(listener)));
    check(server).await;

    let endpoint = Endpoint::from_shared(format!("http://{server}")).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let health = HealthCheckRequest {
        service: "cars".to_owned(),
    };
    assert!(client.check(health).await.is_ok());
}

/// The app sends browsers to a simulator on a server of its own, by `ConnectUrl::origin`.
#[tokio::test]
async fn a_browser_goes_through_a_simulator_and_back() {
    let connect = serve(Router::new().route_service("/oauth/authorize", simulator())).await;
    let url = connect_url().origin(format!("http://{connect}")).unwrap();
    let layer = ConnectCallbackLayer::new(&url).verify_state_with(state_cookie());
    let app = Router::new()
        .route("/callback", get(async |_: ConnectSuccess| "connected"))
        .layer(layer)
        .route_service("/connect", BeginConnect::new(url, state_cookie()));
    let app = serve(app).await;

    let mut browser = Browser::on(ORIGIN);
    let begun = browser
        .navigate(Initiator::App, "POST", (app, "/connect"), "")
        .await;
    let address = location(&begun);
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
async fn over_http_2_a_flow_starts_from_the_authority_of_the_server_only() {
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
