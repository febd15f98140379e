//! What can go to another thread, be shared and be moved while it is polled. Most of it is checked by compiling.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::hash::Hash;
use std::rc::Rc;

use http::{Request, Response};
use tower::util::{BoxCloneService, BoxCloneSyncService};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::callback::{
    AnswerErrors, AsyncVerifier, CallbackPaths, EmptyResponse, NoVerifier, PassErrors, Verifier,
};
use tower_smartcar_connect::{
    ConnectCallback, ConnectCallbackLayer, ConnectError, ConnectResponse, ConnectSuccess, ErrorCode, InvalidCallback,
    InvalidCallbackKind, Resolution, Verdict, Verified,
};

type Shared = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;
type Unshared = BoxCloneService<Request<String>, Response<String>, Infallible>;

type OnError = fn(ConnectError, Request<String>) -> Ready<Response<String>>;
type OnInvalid = fn(InvalidCallback, Request<String>) -> Ready<Response<String>>;
type AtOnce = fn(&Request<String>, &str) -> bool;
type Later = fn(&Request<String>, &str) -> Ready<Verdict>;

type Plain = ConnectCallbackLayer;
type AtOnceLayer = ConnectCallbackLayer<CallbackPaths, AnswerErrors<OnError>, OnInvalid, Verifier<AtOnce>>;
type LaterLayer = ConnectCallbackLayer<CallbackPaths, AnswerErrors<OnError>, OnInvalid, AsyncVerifier<Later>>;

type FutureOf<L, S> = <<L as Layer<S>>::Service as Service<Request<String>>>::Future;

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
    value::<ConnectResponse>();
    value::<InvalidCallback>();
    value::<Verified>();
    kind::<ErrorCode>();
    kind::<InvalidCallbackKind>();
    kind::<Resolution>();
    error::<ConnectError>();
    error::<InvalidCallback>();
};

#[cfg(feature = "url")]
const _: () = {
    use tower_smartcar_connect::{InvalidRedirectUri, InvalidRedirectUriKind};
    value::<InvalidRedirectUri>();
    kind::<InvalidRedirectUriKind>();
    error::<InvalidRedirectUri>();
};

#[cfg(feature = "axum")]
const _: () = {
    use tower_smartcar_connect::{ConnectRejection, ConnectRejectionKind};
    value::<ConnectRejection>();
    kind::<ConnectRejectionKind>();
    error::<ConnectRejection>();
};

#[cfg(feature = "answers")]
const _: () = {
    use tower_smartcar_connect::answers::{
        ErrorPage, ErrorText, Failure, Negotiate, PopupMessage, ProblemDetails, RedirectTo, WithBody,
    };
    value::<ErrorPage>();
    value::<ErrorText>();
    value::<Negotiate<ErrorPage>>();
    value::<PopupMessage>();
    value::<ProblemDetails>();
    value::<RedirectTo>();
    value::<WithBody<ErrorPage, fn(Vec<u8>) -> String>>();
    kind::<Failure>();
    shared::<ConnectCallback<Shared, CallbackPaths, AnswerErrors<ErrorPage>, ErrorPage>>();
};

#[cfg(feature = "simulator")]
const _: () = {
    use tower_smartcar_connect::simulator::{AuthorizeRequest, InvalidAuthorizeRequest, Outcome, Simulator};
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
    shared::<ConnectCallback<Shared, CallbackPaths, PassErrors, EmptyResponse, Verifier<StateCookie>>>();
};

// Layers and services are what their parts are; an inner service that cannot be shared makes one that cannot.
const _: () = {
    value::<Plain>();
    value::<AtOnceLayer>();
    value::<LaterLayer>();
    value::<ConnectCallback<(), CallbackPaths, PassErrors, EmptyResponse, NoVerifier>>();
    shared::<<Plain as Layer<Shared>>::Service>();
    shared::<<AtOnceLayer as Layer<Shared>>::Service>();
    shared::<<LaterLayer as Layer<Shared>>::Service>();
    unshared::<<Plain as Layer<Unshared>>::Service>();
    unshared::<<LaterLayer as Layer<Unshared>>::Service>();
};

// Servers spawn the response future.
const _: () = {
    future::<FutureOf<Plain, Shared>>();
    future::<FutureOf<AtOnceLayer, Shared>>();
    future::<FutureOf<LaterLayer, Shared>>();
    future::<FutureOf<Plain, Unshared>>();
    future::<FutureOf<LaterLayer, Unshared>>();
};

#[test]
fn closures_and_async_blocks_make_a_service_that_servers_can_spawn() {
    fn assert_served<S>(_service: &S)
    where
        S: Service<Request<String>, Error = Infallible, Future: Send + 'static> + Clone + Send + Sync + 'static,
    {
    }
    let app = service_fn(async |request: Request<String>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let layer = ConnectCallbackLayer::matching(|uri: &http::Uri| uri.path() == "/callback")
        .on_error(async |_error: ConnectError, request: Request<String>| Response::new(request.into_body()))
        .on_invalid(async |_invalid: InvalidCallback, request: Request<String>| Response::new(request.into_body()))
        .verify_state_async(|_request: &Request<String>, state: &str| {
            let state = state.to_owned();
            async move { state == "right" }
        });
    assert_served(&layer.layer(app));
}

#[tokio::test]
async fn handlers_and_verifiers_that_stay_on_one_thread_need_not_be_send() {
    let name = Rc::new("handler".to_owned());
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error({
            let name = name.clone();
            move |_error: ConnectError, _request: Request<String>| ready(Response::new(String::clone(&name)))
        })
        .verify_state(move |_request: &Request<String>, _state: &str| *name == "handler");
    let app = service_fn(async |request: Request<String>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let request = Request::get("/callback?error=access_denied&state=s")
        .body(String::new())
        .unwrap();
    let Ok(response) = layer.layer(app).oneshot(request).await;
    assert_eq!(response.body(), "handler");
}
