//! The function that chooses the flow of each request.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{pending, ready};
use std::rc::Rc;

use http::request::Parts;
use http::{Request, Response, StatusCode};
use tokio_test::{assert_pending, task};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};
use tower_smartcar_connect::states::NotStarted;
use tower_smartcar_connect::{ConnectUrl, Flow, StartConnect};

use super::fixtures::{
    States, connect_url, header, parameters, request, send, start_connect, starts,
};
use super::responses::assert_line;

#[derive(Clone)]
struct User(&'static str);

/// Starts the flow of the user in the extensions.
async fn flow(base: ConnectUrl, request: Parts) -> Result<Flow, Response<String>> {
    let user = request.extensions.get::<User>();
    let User(id) = user.ok_or(NotStarted::NotLoggedIn)?;
    let url = base.external_id(*id)?.make("TESLA")?;
    Ok(Flow::to(url).payload(format!("from {}", request.uri)))
}

fn request_of(user: User) -> Request<super::fixtures::Unread> {
    let mut request = request("POST", &[]);
    request.extensions_mut().insert(user);
    request
}

#[tokio::test]
async fn each_request_gets_the_address_and_the_payload_of_its_owner() {
    for id in ["owner-7", "owner-8"] {
        let states = States::default();
        let service = StartConnect::new(connect_url(), states.clone()).flow(flow);
        let response = send(&service, request_of(User(id))).await;
        let address = header(&response, "location").parse().unwrap();
        let sent = parameters(&address);
        for (name, value) in [
            ("make", "TESLA"),
            ("external_id", id),
            ("state", states.flow().state()),
        ] {
            assert!(
                sent.contains(&(name.to_owned(), value.to_owned())),
                "{address}"
            );
        }
        assert!(!address.to_string().contains("from"), "{address}");
        let record = states.flow().record().to_text();
        assert!(record.contains("from /connect"), "{record}");
    }
}

#[tokio::test]
async fn a_reauthentication_starts_in_the_same_way() {
    let service = start_connect().flow(async |base: ConnectUrl, _: Parts| {
        Ok::<_, Response<String>>(base.reauthentication("vehicle-1")?)
    });
    let response = send(&service, request("POST", &[])).await;
    let address = header(&response, "location");
    assert!(
        address.contains("/oauth/reauthenticate?response_type=vehicle_id&"),
        "{address}"
    );
    assert!(starts(&response));
}

#[tokio::test]
async fn the_function_can_respond_instead() {
    let service = start_connect().flow(async |base: ConnectUrl, request: Parts| {
        if request.headers.contains_key("authorization") {
            return Ok(base);
        }
        let response = Response::builder()
            .status(StatusCode::UNAUTHORIZED)
            .header("www-authenticate", "Basic")
            .header("cache-control", "public");
        Err(response.body("Log in first.".to_owned()).unwrap())
    });
    let service = service.login_page("/login");
    for accept in ["text/html", "application/json"] {
        let response = send(&service, request("POST", &[("accept", accept)])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "www-authenticate"), "Basic");
        assert_eq!(response.body(), "Log in first.");
        assert!(!starts(&response));
    }
    let response = send(&service, request("POST", &[("authorization", "Basic x")])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_owner_without_a_login_or_a_valid_id_starts_no_flow() {
    let service = start_connect().flow(flow);
    let response = send(&service, request("POST", &[])).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let response = send(&service.clone().login_page("/login"), request("POST", &[])).await;
    assert_eq!(header(&response, "location"), "/login");

    for id in ["", "null", "owner\n7"] {
        let response = send(&service, request_of(User(id))).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{id}");
        assert_line(response.body(), "Please try again later");
        assert!(!starts(&response), "{id}");
    }
    let long = async |base: ConnectUrl, _: Parts| {
        Ok::<_, Response<String>>(Flow::to(base).payload("x".repeat(256)))
    };
    let response = send(&start_connect().flow(long), request("POST", &[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let reason = response.extensions().get::<NotStarted>();
    assert_eq!(reason, Some(&NotStarted::PayloadTooLong { bytes: 256 }));
}

#[tokio::test]
async fn the_body_can_be_any_type_that_converts_from_a_string() {
    use axum::body::Body;
    let service =
        start_connect().flow(async |base: ConnectUrl, _: Parts| Ok::<_, Response<Body>>(base));
    let response: Response<Body> = service.oneshot(request("POST", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);

    type Full = http_body_util::Full<hyper::body::Bytes>;
    let service =
        start_connect().flow(async |base: ConnectUrl, _: Parts| Ok::<_, Response<Full>>(base));
    let response: Response<Full> = service.oneshot(request("POST", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[test]
fn the_service_awaits_the_function() {
    let mut service = start_connect().flow(|_, _| pending::<Result<Flow, Response<String>>>());
    let mut future = task::spawn(service.call(request("POST", &[])));
    assert_pending!(future.poll());
}

#[tokio::test]
async fn a_service_with_an_async_function_can_be_boxed_and_spawned() {
    let service: BoxCloneSyncService<Request<String>, Response<String>, Infallible> =
        BoxCloneSyncService::new(start_connect().flow(flow));
    let request = request_of(User("owner-7")).map(|_| String::new());
    let response = tokio::spawn(service.oneshot(request)).await.unwrap();
    assert_eq!(response.unwrap().status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_body_that_is_not_send_leaves_the_future_send() {
    let mut service = start_connect();
    let future = service.call(request("POST", &[]).map(|_| Rc::new(())));
    let response = tokio::spawn(future).await.unwrap();
    assert_eq!(response.unwrap().status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_function_need_not_be_clone_or_send() {
    struct NotClone(Rc<Cell<u32>>);

    let calls = NotClone(Rc::default());
    let count = calls.0.clone();
    let service = start_connect().flow(move |base, _| {
        let NotClone(calls) = &calls;
        calls.set(calls.get() + 1);
        ready(Ok::<_, Response<String>>(base))
    });
    for _ in 0..2 {
        assert!(starts(&send(&service, request("POST", &[])).await));
    }
    assert_eq!(count.get(), 2);
}

#[test]
fn debug_shows_the_address_without_private_values() {
    let url = connect_url().external_id("owner-7").unwrap();
    let service = StartConnect::new(url.clone(), States::default());
    let flow = Flow::to(url).payload("payload-7");
    let debug = format!("{service:?} {flow:?}");
    assert!(debug.contains("http://localhost:8000/callback"), "{debug}");
    assert!(
        !debug.contains("owner-7") && !debug.contains("payload-7"),
        "{debug}"
    );
}
