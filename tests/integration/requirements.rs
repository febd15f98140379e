//! What types are required to be: `Send`, `Sync`, nameable, and small. Most of it is checked by
//! compiling.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Debug;
use std::future::{Ready, ready};
use std::hash::Hash;
use std::rc::Rc;

use http::request::Parts;
use http::{Request, Response};
use tower::util::{BoxCloneService, BoxCloneSyncService};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::callback::{ConnectCallback, EmptyResponse, NoHandler, ResponseFuture};
use tower_smartcar_connect::outcome::Unverified;
use tower_smartcar_connect::paths::{CallbackPaths, MatchedCallback};
use tower_smartcar_connect::states::{PendingCallback, VerifyFn};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectOutcome,
    ConnectSuccess, ErrorCode, RejectedCallback, RejectionReason, Resolution, Verified, verify_fn,
};

use crate::support::app::get;
use crate::support::rejections::{self, ByName};

type Shared = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;
type Unshared = BoxCloneService<Request<String>, Response<String>, Infallible>;

type OnFailure = fn(ConnectFailure, Parts) -> Ready<Response<String>>;
type OnSuccess = fn(ConnectSuccess, Parts) -> Ready<Response<String>>;
type Verify = fn(PendingCallback) -> Ready<Result<Verified, RejectionReason>>;

type Plain = ConnectCallbackLayer<AppVerifiesState>;
type Full = ConnectCallbackLayer<VerifyFn<Verify>, OnFailure, OnSuccess>;

type FutureOf<L, S> = <<L as Layer<S>>::Service as Service<Request<String>>>::Future;

const fn value<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
const fn kind<T: Copy + Eq + Hash + Debug + Send + Sync + Unpin + 'static>() {}
const fn error<T: Error + Clone + Send + Sync + Unpin + 'static>() {}
const fn shared<T: Clone + Send + Sync + Unpin + 'static>() {}
const fn unshared<T: Clone + Send + Unpin + 'static>() {}
const fn future<T: Future + Send + Unpin + 'static>() {}

// Outcomes are kept in extensions, cross threads and are logged.
const _: () = {
    value::<ConnectError>();
    value::<ConnectSuccess>();
    value::<ConnectOutcome>();
    value::<Unverified>();
    value::<CallbackPaths>();
    value::<MatchedCallback>();
    value::<PendingCallback>();
    kind::<ErrorCode>();
    kind::<RejectionReason>();
    kind::<Resolution>();
    error::<ConnectError>();
    error::<ConnectFailure>();
    error::<RejectedCallback>();
    error::<RejectionReason>();
};

#[cfg(feature = "url")]
const _: () = error::<tower_smartcar_connect::paths::InvalidRedirectUri>();

#[cfg(feature = "axum")]
const _: () = error::<tower_smartcar_connect::extract::OutcomeRejection>();

#[cfg(feature = "responses")]
const _: () = {
    use tower_smartcar_connect::paths::{InvalidOrigin, Origin};
    use tower_smartcar_connect::responses::{
        ErrorPage, ErrorText, PopupMessage, PopupText, ProblemDetails, RedirectTo,
    };
    value::<ErrorPage>();
    value::<ErrorText>();
    value::<PopupMessage>();
    value::<PopupText>();
    value::<ProblemDetails>();
    value::<RedirectTo>();
    value::<Origin>();
    error::<InvalidOrigin>();
    shared::<ConnectCallback<Shared, AppVerifiesState, ErrorPage>>();
};

#[cfg(feature = "state-cookie")]
const _: () = {
    use tower_smartcar_connect::states::{FlowPayload, FlowRecord, InvalidKey, Key, NotStarted};
    use tower_smartcar_connect::{ConnectUrl, Flow, StateCookie};
    value::<ConnectUrl>();
    value::<Flow>();
    value::<FlowPayload>();
    value::<FlowRecord>();
    value::<Key>();
    value::<StateCookie>();
    error::<InvalidKey>();
    error::<NotStarted>();
    shared::<ConnectCallback<Shared, StateCookie>>();
};

// Layers and services have the auto traits of their parts, so an inner service that is not `Sync`
// makes a service that is not. Servers spawn the response future.
const _: () = {
    value::<Plain>();
    value::<Full>();
    shared::<<Plain as Layer<Shared>>::Service>();
    shared::<<Full as Layer<Shared>>::Service>();
    unshared::<<Full as Layer<Unshared>>::Service>();
    future::<FutureOf<Plain, Shared>>();
    future::<FutureOf<Full, Shared>>();
    future::<FutureOf<Full, Unshared>>();
};

fn echo(request: Request<String>) -> Ready<Result<Response<String>, Infallible>> {
    ready(Ok(Response::new(request.into_body())))
}

#[test]
fn the_service_and_its_future_can_be_named() {
    fn forwarding<F, C>(_future: &ResponseFuture<F, C>) {}
    let layer: Plain = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let mut service: ConnectCallback<Shared, AppVerifiesState, EmptyResponse, NoHandler> =
        layer.layer(Shared::new(service_fn(echo)));
    forwarding(&service.call(get("/callback?code=1")));
}

#[test]
fn a_service_with_closures_and_async_blocks_can_be_spawned() {
    fn assert_served<S>(_service: &S)
    where
        S: Service<Request<String>, Error = Infallible, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
    }
    let captured = "captured".to_owned();
    let verifier = verify_fn({
        let captured = captured.clone();
        move |callback: PendingCallback| {
            let captured = captured.clone();
            async move {
                tokio::task::yield_now().await;
                Verified::by_comparing(&captured, callback.state())
            }
        }
    });
    let layer = ConnectCallbackLayer::new("/callback", verifier)
        .confirm(async |_: ConnectSuccess, request: Parts| {
            tokio::task::yield_now().await;
            Ok(request.method)
        })
        .on_failure(move |_: ConnectFailure, _: Parts| {
            let captured = captured.clone();
            async move { Response::new(captured) }
        })
        .on_success(async |_: ConnectSuccess, request: Parts| {
            Response::new(request.uri.path().to_owned())
        });
    assert_served(&layer.layer(service_fn(echo)));
}

#[tokio::test]
async fn handlers_and_verifiers_on_one_thread_need_not_be_send() {
    let name = Rc::new("handler".to_owned());
    let verifier = verify_fn({
        let name = name.clone();
        move |callback| ready(Verified::by_comparing(&name, callback.state()))
    });
    let layer = ConnectCallbackLayer::new("/callback", verifier)
        .on_failure(move |_: ConnectFailure, _: Parts| ready(Response::new((*name).clone())));
    let service = layer.layer(service_fn(echo));
    let Ok(response) = service
        .oneshot(get("/callback?error=x&state=handler"))
        .await;
    assert_eq!(response.body(), "handler");
}

/// A service whose future has this many words.
#[derive(Clone)]
struct Words<const WORDS: usize>;

struct WordsFuture<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Future for WordsFuture<WORDS> {
    type Output = Result<Response<String>, Infallible>;

    fn poll(
        self: std::pin::Pin<&mut Self>,
        _cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::task::Poll::Ready(Ok(Response::default()))
    }
}

impl<const WORDS: usize> Service<Request<String>> for Words<WORDS> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = WordsFuture<WORDS>;

    fn poll_ready(
        &mut self,
        _cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<String>) -> Self::Future {
        WordsFuture([0; WORDS])
    }
}

/// A server that spawns the future moves and stores it for every request, callback or not.
#[test]
fn the_response_future_is_at_most_one_word_larger_than_the_inner_one() {
    fn excess<L, S>(layer: &L, inner: &S) -> usize
    where
        L: Layer<S>,
        S: Service<Request<String>> + Clone,
        L::Service: Service<Request<String>>,
    {
        let _service = layer.layer(inner.clone());
        size_of::<FutureOf<L, S>>() - size_of::<S::Future>()
    }
    macro_rules! assert_small {
        ($($layer:expr),+) => {$(
            let layer = &$layer;
            for excess in [
                excess(layer, &Words::<1>),
                excess(layer, &Words::<16>),
                excess(layer, &Words::<128>),
                excess(layer, &service_fn(echo)),
            ] {
                assert!(excess <= size_of::<usize>(), "{excess} bytes by {}", stringify!($layer));
            }
        )+};
    }
    let large = verify_fn(async |callback: PendingCallback| {
        // This lives across an await.
        let values = [0_u64; 64];
        tokio::task::yield_now().await;
        Verified::by_comparing(&values.len().to_string(), callback.state())
    });
    assert_small!(
        ConnectCallbackLayer::new("/callback", AppVerifiesState),
        ConnectCallbackLayer::new("/callback", ByName),
        ConnectCallbackLayer::new("/callback", large),
        rejections::layer(),
        rejections::layer()
            .on_failure(async |failure: ConnectFailure, request: Parts| {
                tokio::task::yield_now().await;
                Response::new(format!("{} {}", failure.as_str(), request.method))
            })
            .on_success(async |_: ConnectSuccess, request: Parts| {
                tokio::task::yield_now().await;
                Response::new(request.method.to_string())
            })
    );
    #[cfg(feature = "state-cookie")]
    assert_small!(ConnectCallbackLayer::new(
        "/callback",
        tower_smartcar_connect::StateCookie::new(tower_smartcar_connect::states::Key::generate())
    ));
    #[cfg(feature = "responses")]
    assert_small!(
        ConnectCallbackLayer::new("/callback", ByName)
            .on_failure(tower_smartcar_connect::responses::ErrorPage::new("/garage"))
    );
}
