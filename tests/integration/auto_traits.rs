//! The auto traits of public types: `Send`, `Sync` and `Unpin`. Most of it is checked by compiling.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::hash::Hash;
use std::rc::Rc;

use http::request::Parts;
use http::{Request, Response};
use tower::util::{BoxCloneService, BoxCloneSyncService};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    AsyncVerifier, CallbackPaths, ConnectCallback, ConnectCallbackLayer, ConnectError,
    ConnectFailure, ConnectOutcome, ConnectSuccess, ErrorCode, InvalidCallback,
    InvalidCallbackKind, Resolution, ResponseFuture, Verified,
};

type Shared = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;
type Unshared = BoxCloneService<Request<String>, Response<String>, Infallible>;

type OnError = fn(ConnectError, Parts) -> Ready<Response<String>>;
type OnInvalid = fn(InvalidCallback, Parts) -> Ready<Response<String>>;
type OnFailure = fn(ConnectFailure, Parts) -> Ready<Response<String>>;
type OnSuccess = fn(ConnectSuccess, Parts) -> Ready<Response<String>>;
type SyncFn = fn(&Parts, &str) -> bool;
type AsyncFn = fn(Parts, String) -> Ready<Result<Verified, InvalidCallbackKind>>;

type Plain = ConnectCallbackLayer<Infallible>;
type SyncVerifierLayer = ConnectCallbackLayer<SyncFn, OnError, OnInvalid>;
type AsyncVerifierLayer =
    ConnectCallbackLayer<AsyncVerifier<AsyncFn>, Infallible, Infallible, OnFailure, OnSuccess>;

type FutureOf<L, S> = <<L as Layer<S>>::Service as Service<Request<String>>>::Future;

/// The same future by its public name.
type PlainFuture<S> =
    ResponseFuture<S, Infallible, Infallible, (), Infallible, Infallible, String, String>;

const fn value<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
const fn kind<T: Copy + Eq + Hash + Debug + Send + Sync + Unpin + 'static>() {}
const fn error<T: Error + Send + Sync + Unpin + 'static>() {}
const fn shared<T: Clone + Send + Sync + Unpin + 'static>() {}
const fn unshared<T: Clone + Send + Unpin + 'static>() {}
const fn future<T: Future + Send + Unpin + 'static>() {}

// Outcomes are kept in extensions, cross threads and are logged.
const _: () = {
    value::<ConnectError>();
    value::<ConnectSuccess>();
    value::<ConnectOutcome>();
    value::<InvalidCallback>();
    value::<ConnectFailure>();
    value::<CallbackPaths>();
    value::<Verified>();
    kind::<ErrorCode>();
    kind::<InvalidCallbackKind>();
    kind::<Resolution>();
    error::<ConnectError>();
    error::<InvalidCallback>();
};

#[cfg(feature = "url")]
const _: () = {
    use tower_smartcar_connect::InvalidRedirectUri;
    value::<InvalidRedirectUri>();
    error::<InvalidRedirectUri>();
};

#[cfg(feature = "axum")]
const _: () = {
    use tower_smartcar_connect::ConnectRejection;
    value::<ConnectRejection>();
    error::<ConnectRejection>();
};

#[cfg(feature = "answers")]
const _: () = {
    use tower_smartcar_connect::answers::{
        ErrorPage, ErrorText, Negotiate, PopupMessage, PopupText, ProblemDetails, RedirectTo,
    };
    value::<ErrorPage>();
    value::<ErrorText>();
    value::<Negotiate<ErrorPage>>();
    value::<PopupMessage>();
    value::<ProblemDetails>();
    value::<RedirectTo>();
    value::<PopupText>();
    shared::<ConnectCallback<Shared, Infallible, Infallible, Infallible, ErrorPage>>();
};

#[cfg(feature = "simulator")]
const _: () = {
    use tower_smartcar_connect::simulator::{
        AuthorizeRequest, InvalidAuthorizeRequest, Outcome, Simulator,
    };
    value::<AuthorizeRequest>();
    value::<Outcome>();
    value::<Simulator>();
    kind::<InvalidAuthorizeRequest>();
    error::<InvalidAuthorizeRequest>();
    future::<<Simulator as Service<Request<String>>>::Future>();
};

#[cfg(feature = "state-cookie")]
const _: () = {
    use tower_smartcar_connect::StateCookie;
    use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, Key, StatePayload};
    value::<StateCookie>();
    value::<IssueError>();
    value::<IssuedState>();
    value::<Key>();
    value::<StatePayload>();
    error::<IssueError>();
    shared::<ConnectCallback<Shared, StateCookie>>();
};

// Layers and services have the auto traits of their parts, so an inner service that is not `Sync`
// makes a service that is not.
const _: () = {
    value::<Plain>();
    value::<SyncVerifierLayer>();
    value::<AsyncVerifierLayer>();
    value::<ConnectCallback<()>>();
    shared::<<Plain as Layer<Shared>>::Service>();
    shared::<<SyncVerifierLayer as Layer<Shared>>::Service>();
    shared::<<AsyncVerifierLayer as Layer<Shared>>::Service>();
    unshared::<<Plain as Layer<Unshared>>::Service>();
    unshared::<<AsyncVerifierLayer as Layer<Unshared>>::Service>();
};

// Servers spawn the response future.
const _: () = {
    future::<FutureOf<Plain, Shared>>();
    future::<FutureOf<SyncVerifierLayer, Shared>>();
    future::<FutureOf<AsyncVerifierLayer, Shared>>();
    future::<FutureOf<Plain, Unshared>>();
    future::<FutureOf<AsyncVerifierLayer, Unshared>>();
};

#[test]
fn the_service_and_its_future_can_be_named() {
    fn same<T>(service: T) -> T {
        service
    }
    let layer: Plain = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let app = service_fn(async |request: Request<String>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let mut service = same::<ConnectCallback<Shared, Infallible>>(layer.layer(Shared::new(app)));
    let future = service.call(
        Request::get("/callback?code=1")
            .body(String::new())
            .unwrap(),
    );
    drop(same::<PlainFuture<Shared>>(future));
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
    let app = service_fn(async |request: Request<String>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let layer = ConnectCallbackLayer::matching(|uri| uri.path() == "/callback")
        .on_error(async |_error, request| Response::new(request.uri.path().to_owned()))
        .on_invalid(async |_invalid, request| Response::new(request.uri.path().to_owned()))
        .on_success(async |_: ConnectSuccess, request: Parts| {
            Response::new(request.uri.path().to_owned())
        })
        .verify_state_async(async |_request, state| state == "right");
    assert_served(&layer.layer(app));
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(|_request, state| state == "right")
        .on_failure(async |_: ConnectFailure, request: Parts| {
            Response::new(request.uri.path().to_owned())
        });
    assert_served(&layer.layer(app));
}

#[tokio::test]
async fn handlers_and_verifiers_on_one_thread_need_not_be_send() {
    let name = Rc::new("handler".to_owned());
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error({
            let name = name.clone();
            move |_error, _request| ready(Response::new(String::clone(&name)))
        })
        .verify_state(move |_request, _state| *name == "handler");
    let app = service_fn(async |request: Request<String>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let request = Request::get("/callback?error=access_denied&state=s")
        .body(String::new())
        .unwrap();
    let Ok(response) = layer.layer(app).oneshot(request).await;
    assert_eq!(response.body(), "handler");
}
