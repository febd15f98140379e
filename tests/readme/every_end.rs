use axum::{Router, body::Body, http::Request, http::Uri};
use tower::ServiceExt;
use tower_smartcar_connect::simulator::{Outcome, Simulator};

/// `connect` is where the app sends the browser to begin a flow.
pub(crate) async fn every_end_of_a_flow_is_answered(app: Router, connect: &Uri) {
    let simulator = Simulator::new("client-1", "http://localhost:8000/callback").unwrap();
    let request = simulator.authorize(connect).expect("the app asks as documented");
    for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
        let callback = Request::get(request.redirect(&outcome));
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
