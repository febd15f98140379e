use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::{Router, body::Body, http::Request};
use tower::ServiceExt;
use tower_smartcar_connect::simulator::{Outcome, Simulator};

pub(crate) async fn every_outcome_gets_the_right_response(app: Router) {
    // Start a flow: the response has a cookie, and redirects to Connect.
    let start = Request::post("/connect").body(Body::empty()).unwrap();
    let started = app.clone().oneshot(start).await.unwrap();
    let connect = started.headers()[LOCATION].to_str().unwrap();
    let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();

    // Let the simulator end it in every way.
    let simulator = Simulator::new("client-1", ["http://localhost:8000/callback"]).unwrap();
    let request = simulator.authorize(&connect.parse().unwrap()).unwrap();
    for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
        let callback = Request::get(request.redirect(&outcome))
            .header(COOKIE, cookie)
            .body(Body::empty());
        let response = app.clone().oneshot(callback.unwrap()).await.unwrap();
        let succeeded = outcome.error_code().is_none();
        assert_eq!(response.status().is_success(), succeeded, "{outcome}");
    }
}
