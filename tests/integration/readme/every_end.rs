use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::{Router, body::Body, http::Request};
use tower::ServiceExt;
use tower_smartcar_connect::simulator::{Outcome, Simulator};

pub(crate) async fn every_end_of_a_flow_is_answered(app: Router) {
    let simulator = Simulator::new("client-1", ["http://localhost:8000/callback"]).unwrap();
    // The app sends the browser to Connect, with a cookie that it brings back.
    let begin = Request::post("/connect").body(Body::empty()).unwrap();
    let begun = app.clone().oneshot(begin).await.unwrap();
    let connect = begun.headers()[LOCATION].to_str().unwrap().parse().unwrap();
    let cookie = begun.headers()[SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let request = simulator
        .authorize(&connect)
        .expect("the app asks as documented");
    for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
        let callback = Request::get(request.redirect(&outcome)).header(COOKIE, cookie);
        let response = app
            .clone()
            .oneshot(callback.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(
            response.status().is_success(),
            outcome.error_code().is_none(),
            "{outcome}"
        );
    }
}
