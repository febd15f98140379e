//! The auto traits of `begin`, checked by compiling.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::rc::Rc;

use http::request::Parts;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};
use tower_smartcar_connect::{BeginConnect, BeginFuture, ConnectUrl, InvalidConnectUrl};

use super::fixtures::{connect_url, request, state_cookie};

const fn value<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
const fn error<T: Error + Clone + PartialEq + Send + Sync + Unpin + 'static>() {}
const fn future<T: Future + Send + 'static>() {}

type Function = fn(Parts) -> Ready<Result<String, Response<String>>>;

const _: () = {
    value::<ConnectUrl>();
    value::<BeginConnect>();
    value::<BeginConnect<Function>>();
    error::<InvalidConnectUrl>();
    future::<BeginFuture<Ready<Result<String, Response<String>>>, String>>();
    future::<<BeginConnect as Service<Request<Rc<()>>>>::Future>();
};

#[tokio::test]
async fn a_service_with_an_async_function_can_be_boxed_and_spawned() {
    async fn user(_: Parts) -> Result<String, Response<String>> {
        tokio::task::yield_now().await;
        Ok("user-7".to_owned())
    }

    let service = BeginConnect::new(connect_url(), state_cookie()).payload(user);
    let service: BoxCloneSyncService<Request<String>, Response<String>, Infallible> =
        BoxCloneSyncService::new(service);
    let response = tokio::spawn(service.oneshot(request("POST", &[]).map(|_| String::new())))
        .await
        .unwrap();
    assert_eq!(response.unwrap().status(), 303);
}

#[tokio::test]
async fn a_body_that_is_not_send_leaves_the_future_send() {
    let mut service = BeginConnect::new(connect_url(), state_cookie());
    let future = service.call(request("POST", &[]).map(|_| Rc::new(())));
    assert_eq!(tokio::spawn(future).await.unwrap().unwrap().status(), 303);
}

#[tokio::test]
async fn a_function_need_not_be_clone_or_send() {
    struct NotClone(Rc<Cell<u32>>);

    let calls = NotClone(Rc::default());
    let service = BeginConnect::new(connect_url(), state_cookie()).payload(move |_| {
        let NotClone(calls) = &calls;
        calls.set(calls.get() + 1);
        ready(Ok::<_, Response<String>>(calls.get().to_string()))
    });
    for _ in 0..2 {
        let response = service.clone().oneshot(request("POST", &[])).await.unwrap();
        assert_eq!(response.status(), 303);
    }
}
