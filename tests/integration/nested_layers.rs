//! A request that passes two layers: an outcome that one of them has verified stays verified, the
//! inner one has the last word, and the callback is counted once.

use std::convert::Infallible;

use http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::{Request, Response};
use tower::util::BoxCloneSyncServiceLayer;
use tower::{Layer, Service};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectSuccess, RejectionReason,
    Verified, verify_fn,
};

use crate::support::app::{App, Served, get, serve};
use crate::support::rejections::{self, ByName, Payload, USED_UP};

type BoxedLayer = BoxCloneSyncServiceLayer<App, Request<String>, Response<String>, Infallible>;

fn boxed<L>(layer: L) -> BoxedLayer
where
    L: Layer<App> + Send + Sync + 'static,
    L::Service: Service<Request<String>, Response = Response<String>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    BoxCloneSyncServiceLayer::new(layer)
}

/// Returns a layer that does not verify.
fn unverified() -> ConnectCallbackLayer<AppVerifiesState> {
    ConnectCallbackLayer::new("/callback", AppVerifiesState)
}

/// Returns a layer that accepts the state `right`.
fn verifying() -> ConnectCallbackLayer<ByName> {
    ConnectCallbackLayer::new("/callback", ByName)
}

/// Returns a layer that accepts no state.
fn rejecting() -> BoxedLayer {
    boxed(ConnectCallbackLayer::new(
        "/callback",
        verify_fn(async |_callback| Err::<Verified, _>(RejectionReason::StateExpired)),
    ))
}

/// Sends a request through both layers, and asserts that it is counted once, as what it is.
async fn serve_nested(outer: &BoxedLayer, inner: &BoxedLayer, uri: &str) -> Served {
    #[cfg(feature = "metrics")]
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let served = {
        #[cfg(feature = "metrics")]
        let _recorder = metrics::set_default_local_recorder(&recorder);
        serve(&(outer.clone(), inner.clone()), get(uri)).await
    };
    #[cfg(feature = "metrics")]
    {
        let counted = crate::verifying::counted(recorder);
        let [counted] = &counted[..] else {
            panic!("{uri} was counted as {counted:?}")
        };
        assert!(
            served.summary().contains(&**counted),
            "{counted}: {served:?}"
        );
    }
    served
}

#[tokio::test]
async fn two_layers_of_which_one_verifies_are_like_that_one() {
    for (order, outer, inner) in [
        ("outer", boxed(verifying()), boxed(unverified())),
        ("inner", boxed(unverified()), boxed(verifying())),
    ] {
        for (query, expected) in [
            ("code=1&state=right", "app: verified success"),
            (
                "error=access_denied&state=right",
                "app: verified error access_denied",
            ),
            ("code=1&state=wrong", "rejected: state_mismatch"),
            (
                "error=access_denied&state=wrong",
                "rejected: state_mismatch",
            ),
            ("code=1", "rejected: state_missing"),
            ("error=access_denied&state=", "rejected: state_missing"),
            ("code=&state=right", "rejected: empty_parameter"),
        ] {
            let case = format!("{query} verified by the {order} layer");
            let served = serve_nested(&outer, &inner, &format!("/callback?{query}")).await;
            assert_eq!(served.summary(), expected, "{case}");
            assert_eq!(served.values(CACHE_CONTROL), ["no-store"], "{case}");
            assert_eq!(served.values(REFERRER_POLICY), ["no-referrer"], "{case}");
            match &served.reached {
                Some(request) => {
                    assert!(request.extensions().get::<Payload>().is_some(), "{case}");
                    assert_eq!(served.values(SET_COOKIE), ["app=1", USED_UP], "{case}");
                }
                None => assert_eq!(served.values(SET_COOKIE), [""; 0], "{case}"),
            }
        }
    }
}

#[tokio::test]
async fn what_no_layer_verifies_stays_unverified() {
    let accepting = || boxed(verifying().accept_errors_without_state());
    for (outer, inner, query, expected) in [
        (
            boxed(unverified()),
            boxed(unverified()),
            "code=1",
            "app: success",
        ),
        (accepting(), accepting(), "error=x", "app: error x"),
        (accepting(), boxed(unverified()), "error=x", "app: error x"),
        (boxed(unverified()), accepting(), "error=x", "app: error x"),
    ] {
        let served = serve_nested(&outer, &inner, &format!("/callback?{query}")).await;
        assert_eq!(served.summary(), expected, "{query}");
        assert_eq!(served.values(SET_COOKIE), ["app=1"], "{query}");
    }
}

#[tokio::test]
async fn a_rejection_by_the_inner_layer_lets_the_outer_state_stay() {
    for outer in [boxed(verifying()), boxed(verifying().always_end_flows())] {
        for query in ["code=1&state=right", "error=access_denied&state=right"] {
            let served = serve_nested(&outer, &rejecting(), &format!("/callback?{query}")).await;
            assert_eq!(served.summary(), "rejected: state_expired", "{query}");
            assert_eq!(served.values(SET_COOKIE), [""; 0], "{query}");
        }
    }
    // The outer state has no part in what the inner layer has accepted and not confirmed.
    for &reason in RejectionReason::ALL {
        let uri = format!("/callback?vehicle_id={}&state=right", reason.as_str());
        let inner = boxed(rejections::layer());
        let served = serve_nested(&boxed(verifying()), &inner, &uri).await;
        assert_eq!(served.rejected(), Some(reason));
        let inner_headers = usize::from(!reason.keeps_state());
        assert_eq!(served.values(SET_COOKIE).len(), inner_headers, "{reason:?}");
    }
}

#[tokio::test]
async fn a_handler_of_the_inner_layer_gets_what_the_outer_layer_has_verified() {
    async fn handler<T>(_callback: T, request: Parts) -> Response<String> {
        Response::new(format!("{:?}", request.extensions.get::<Payload>()))
    }
    let inner = boxed(
        unverified()
            .on_failure(handler::<ConnectFailure>)
            .on_success(handler::<ConnectSuccess>),
    );
    for (query, expected) in [
        ("code=1&state=right", "handler: verified success"),
        ("error=x&state=right", "handler: verified error x"),
    ] {
        let uri = format!("/callback?{query}");
        let served = serve_nested(&boxed(verifying()), &inner, &uri).await;
        assert_eq!(served.summary(), expected);
        assert_eq!(
            served.response.body(),
            "Some(Payload(\"of right\"))",
            "{query}"
        );
        assert_eq!(served.values(SET_COOKIE), [USED_UP], "{query}");
    }
}

#[tokio::test]
async fn a_callback_of_one_layer_only_is_counted_once() {
    let other = || boxed(ConnectCallbackLayer::new("/other", AppVerifiesState));
    for (outer, inner) in [
        (other(), boxed(unverified())),
        (boxed(unverified()), other()),
    ] {
        for uri in [
            "/callback?code=1",
            "/callback?code=",
            "/other?error=x",
            "/other?error=",
        ] {
            serve_nested(&outer, &inner, uri).await;
        }
    }
}
