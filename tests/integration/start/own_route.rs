//! `Flow::start` in a route of an app's own.

use http::request::Parts;
use http::{Response, StatusCode};
use tower_smartcar_connect::states::NotStarted;
use tower_smartcar_connect::{ConnectUrl, Flow};

use super::fixtures::{REDIRECT_URI, States, connect_url, header, request, starts};

fn parts(headers: &[(&'static str, &str)]) -> Parts {
    request("POST", headers).into_parts().0
}

#[tokio::test]
async fn a_started_flow_has_the_address_the_state_and_the_headers() {
    let states = States::default();
    let flow = Flow::from(connect_url()).start(&states, parts(&[]));
    let started = flow.await.unwrap();
    assert_eq!(started.state(), states.flow().state());
    let address = connect_url().with_state(started.state()).unwrap();
    assert_eq!(*started.address(), address);
    assert_eq!(started.headers()["set-cookie"], "flow=1");
    let debug = format!("{started:?}");
    assert!(!debug.contains(started.state()) && debug.contains(REDIRECT_URI));
}

#[tokio::test]
async fn a_started_flow_is_the_response_to_its_request() {
    for (headers, name) in [
        ([("accept", "text/html")], "location"),
        ([("hx-request", "true")], "hx-redirect"),
        ([("accept", "application/json")], "content-type"),
    ] {
        let flow = Flow::to(connect_url()).start(&States::default(), parts(&headers));
        let response: Response<String> = flow.await.unwrap().into();
        assert_ne!(header(&response, name), "", "{headers:?}");
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert!(starts(&response), "{headers:?}");
    }
}

/// As an app writes it.
async fn route(
    base: ConnectUrl,
    states: &States,
    id: &str,
) -> Result<Response<String>, Response<String>> {
    let flow = Flow::to(base.external_id(id)?).payload("/garage");
    Ok(flow.start(states, parts(&[])).await?.into())
}

#[tokio::test]
async fn errors_convert_into_responses() {
    let started = route(connect_url(), &States::default(), "owner-7").await;
    assert_eq!(started.unwrap().status(), StatusCode::SEE_OTHER);
    let invalid = route(connect_url(), &States::default(), "").await;
    let status = invalid.unwrap_err().status();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let states = States::that_cannot_start(NotStarted::Unavailable);
    let unavailable = route(connect_url(), &states, "owner-7").await;
    let status = unavailable.unwrap_err().status();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}
