//! An app behind a layer, without a server.

use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex};

use http::header::{HeaderValue, SET_COOKIE};
use http::{Extensions, HeaderName, Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    ConnectError, ConnectOutcome, ConnectSuccess, RejectedCallback, RejectionReason,
};

pub(crate) type App = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;

pub(crate) fn get(uri: &str) -> Request<String> {
    Request::get(uri).body("body".to_owned()).expect(uri)
}

/// A request that was sent through layers.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) response: Response<String>,
    /// The request as it reached the app, which is called once at most.
    pub(crate) reached: Option<Request<String>>,
}

/// Sends a request through a layer, or through several, to an app that responds with the status of
/// the request's header `respond`, or with `200 OK`, and sets a cookie of its own.
pub(crate) async fn serve<L>(layer: &L, request: Request<String>) -> Served
where
    L: Layer<App>,
    L::Service: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let reached = Arc::new(Mutex::new(None));
    let app = service_fn({
        let reached = reached.clone();
        move |request: Request<String>| {
            let status = request.headers().get("respond");
            let status = status.map_or(200, |status| status.to_str().unwrap().parse().unwrap());
            let before = reached.lock().unwrap().replace(request);
            assert!(before.is_none(), "the app was called twice");
            let mut response = Response::new("app".to_owned());
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            let cookie = HeaderValue::from_static("app=1");
            response.headers_mut().insert(SET_COOKIE, cookie);
            ready(Ok(response))
        }
    });
    let Ok(response) = layer.layer(App::new(app)).oneshot(request).await;
    let reached = reached.lock().unwrap().take();
    Served { response, reached }
}

impl Served {
    /// Returns why the callback was rejected.
    pub(crate) fn rejected(&self) -> Option<RejectionReason> {
        let rejected = self.response.extensions().get::<RejectedCallback>();
        rejected.map(RejectedCallback::reason)
    }

    /// Says who responded to what: `app: no callback`, `app: verified success`, `handler: error
    /// no_vehicles`, `rejected: state_missing`.
    ///
    /// # Panics
    ///
    /// If the layers told the app and the layers outside of them two different things.
    pub(crate) fn summary(&self) -> String {
        let outside = describe(self.response.extensions());
        match (&self.reached, self.rejected()) {
            (None, Some(reason)) => {
                assert_eq!(outside, "no callback", "{self:?}");
                format!("rejected: {}", reason.as_str())
            }
            (Some(request), None) => {
                assert_eq!(outside, describe(request.extensions()), "{self:?}");
                format!("app: {outside}")
            }
            (None, None) => format!("handler: {outside}"),
            (Some(_), Some(_)) => panic!("the app was called for a rejected callback: {self:?}"),
        }
    }

    /// Returns the values of a header of the response.
    pub(crate) fn values(&self, name: HeaderName) -> Vec<&str> {
        let values = self.response.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    /// Asserts that request and response passed as if there were no layer.
    #[track_caller]
    pub(crate) fn assert_untouched(&self, case: &str) {
        let reached = self.reached.as_ref().expect(case);
        assert!(reached.extensions().is_empty(), "{case}: {self:?}");
        assert_eq!(reached.body(), "body", "{case}");
        assert_eq!(self.response.headers().len(), 1, "{case}: {self:?}");
        assert!(self.response.extensions().is_empty(), "{case}: {self:?}");
    }
}

/// Describes the outcome in the extensions of a request or of a response.
pub(crate) fn describe(extensions: &Extensions) -> String {
    let error = extensions.get::<ConnectError>().cloned();
    let success = extensions.get::<ConnectSuccess>().cloned();
    let outcome = match (error, success) {
        (None, None) => return "no callback".to_owned(),
        (Some(error), None) => ConnectOutcome::Error(error),
        (None, Some(success)) => ConnectOutcome::Success(success),
        both => panic!("two outcomes: {both:?}"),
    };
    let verified = if outcome.is_verified() {
        "verified "
    } else {
        ""
    };
    match &outcome {
        ConnectOutcome::Success(_) => format!("{verified}success"),
        ConnectOutcome::Error(error) => format!("{verified}error {}", error.raw_code()),
    }
}
