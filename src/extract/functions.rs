//! Functions with extractors, as handlers, confirmations and flows.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::request::Parts;

use crate::RejectionReason;
#[cfg(feature = "start")]
use crate::{ConnectUrl, Flow};

/// Makes a handler of a function that takes the callback, and then extractors.
///
/// `state` is what `State` extracts: the one of your router, or `()`. The function returns anything
/// that is a response. An extractor that rejects the request responds instead.
///
/// ```
/// use axum::extract::State;
/// use axum::response::Html;
/// use tower_smartcar_connect::{
///     AppVerifiesState, ConnectCallbackLayer, ConnectFailure, extract,
/// };
///
/// #[derive(Clone)]
/// struct App {
///     support: String,
/// }
///
/// async fn not_connected(failure: ConnectFailure, State(app): State<App>) -> Html<String> {
///     Html(format!("<p>Not connected ({}). Write to {}.", failure.as_str(), app.support))
/// }
///
/// # let app = App { support: "support@example.com".to_owned() };
/// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
///     .on_failure(extract::handler(app, not_connected));
/// # let _: axum::Router = axum::Router::new().layer(layer);
/// ```
pub fn handler<T, S, A, F>(
    state: S,
    function: F,
) -> impl Fn(T, Parts) -> BoxFuture<'static, Response> + Clone
where
    T: Send + 'static,
    S: Clone + Send + Sync + 'static,
    F: ExtractorFn<T, S, A, Output: IntoResponse + Send + 'static>,
{
    move |callback, request| {
        let called = function.clone().call(callback, request, state.clone());
        Box::pin(async move {
            match called.await {
                Ok(response) => response.into_response(),
                Err(rejection) => rejection,
            }
        })
    }
}

/// Makes a confirmation of a function that takes the success, and then extractors.
///
/// [`ConnectCallbackLayer::confirm`](crate::ConnectCallbackLayer::confirm) says what it is for. If an
/// extractor rejects the request, the callback is
/// [`ConfirmationUnavailable`](RejectionReason::ConfirmationUnavailable).
///
/// ```
/// use axum::extract::{Extension, State};
/// use tower_smartcar_connect::states::VerifyState;
/// use tower_smartcar_connect::{
///     ConnectCallbackLayer, ConnectSuccess, RejectionReason, extract,
/// };
/// # #[derive(Clone)]
/// # struct App;
/// # #[derive(Clone)]
/// # struct User { external_id: String }
/// # #[derive(Clone)]
/// # struct Connection { user_id: String }
/// # impl App {
/// #     async fn connection(&self, _: &str) -> Result<Option<Connection>, ()> { Ok(None) }
/// # }
///
/// /// Asks for what Smartcar has of the user who is logged in, and compares what is claimed.
/// async fn confirm(
///     success: ConnectSuccess,
///     user: Extension<User>,
///     State(app): State<App>,
/// ) -> Result<Connection, RejectionReason> {
///     let connection = app.connection(&user.external_id).await;
///     let connection = connection.map_err(|_| RejectionReason::ConfirmationUnavailable)?;
///     connection
///         .filter(|connection| success.user_id() == Some(&*connection.user_id))
///         .ok_or(RejectionReason::NotConfirmed)
/// }
///
/// # fn layer(verifier: impl VerifyState, app: App) {
/// let layer = ConnectCallbackLayer::new("/callback", verifier)
///     .confirm(extract::confirm(app, confirm));
/// # }
/// ```
pub fn confirm<T, S, A, F, C>(
    state: S,
    function: F,
) -> impl Fn(T, Parts) -> BoxFuture<'static, Result<C, RejectionReason>> + Clone
where
    T: Send + 'static,
    S: Clone + Send + Sync + 'static,
    F: ExtractorFn<T, S, A, Output = Result<C, RejectionReason>>,
    C: 'static,
{
    move |success, request| {
        let called = function.clone().call(success, request, state.clone());
        Box::pin(async move {
            called.await.unwrap_or_else(|_response| {
                #[cfg(feature = "tracing")]
                tracing::error!(
                    target: "tower_smartcar_connect",
                    status = _response.status().as_u16(),
                    "an extractor of the confirmation has rejected the request",
                );
                Err(RejectionReason::ConfirmationUnavailable)
            })
        })
    }
}

/// Makes a flow of a function that takes the base address, and then extractors.
///
/// [`StartConnect::flow`](crate::StartConnect::flow) says what it is for. The function returns a
/// [`Flow`] or a [`ConnectUrl`], or anything that is a response instead. It runs before
/// [`bind_to`](crate::states::StartState::bind_to) asks who is logged in, so make the extractor of
/// your user optional.
///
/// ```
/// use axum::Extension;
/// use tower_smartcar_connect::states::{NotStarted, StartState};
/// use tower_smartcar_connect::{ConnectUrl, StartConnect, extract};
///
/// /// The user who is logged in.
/// #[derive(Clone)]
/// struct User(String);
///
/// async fn flow(
///     base: ConnectUrl,
///     user: Option<Extension<User>>,
/// ) -> Result<ConnectUrl, NotStarted> {
///     let user = user.ok_or(NotStarted::NotLoggedIn)?;
///     Ok(base.external_id(&user.0.0)?)
/// }
///
/// # fn start(connect_url: ConnectUrl, states: impl StartState) {
/// let start = StartConnect::new(connect_url, states).flow(extract::flow((), flow));
/// # }
/// ```
#[cfg(feature = "start")]
pub fn flow<S, A, F, L, E>(
    state: S,
    function: F,
) -> impl Fn(ConnectUrl, Parts) -> BoxFuture<'static, Result<Flow, Response>> + Clone
where
    S: Clone + Send + Sync + 'static,
    F: ExtractorFn<ConnectUrl, S, A, Output = Result<L, E>>,
    L: Into<Flow> + 'static,
    E: IntoResponse + 'static,
{
    move |base, request| {
        let called = function.clone().call(base, request, state.clone());
        Box::pin(async move {
            match called.await? {
                Ok(flow) => Ok(flow.into()),
                Err(response) => Err(response.into_response()),
            }
        })
    }
}

/// An async function that takes a value, and then up to eight extractors.
///
/// [`handler`], [`confirm`] and [`flow`] take it. `A` is the tuple of extractors, `S` the state that
/// they extract from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async function of a `{T}` and extractors",
    label = "not such a function",
    note = "the first argument is the `{T}`, each other one implements `FromRequestParts<{S}>`, and the future is `Send`"
)]
pub trait ExtractorFn<T, S, A>: Clone + Send + Sync + 'static {
    /// What the future returns.
    type Output;

    #[doc(hidden)]
    fn call(
        self,
        value: T,
        request: Parts,
        state: S,
    ) -> BoxFuture<'static, Result<Self::Output, Response>>;
}

macro_rules! extractor_fn {
    ($($extractor:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<F, Fut, T, S, $($extractor),*> ExtractorFn<T, S, ($($extractor,)*)> for F
        where
            F: Fn(T, $($extractor),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future + Send,
            T: Send + 'static,
            S: Send + Sync + 'static,
            $($extractor: FromRequestParts<S> + Send,)*
        {
            type Output = Fut::Output;

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn call(
                self,
                value: T,
                mut request: Parts,
                state: S,
            ) -> BoxFuture<'static, Result<Fut::Output, Response>> {
                Box::pin(async move {
                    $(
                        let $extractor = $extractor::from_request_parts(&mut request, &state)
                            .await
                            .map_err(IntoResponse::into_response)?;
                    )*
                    Ok(self(value, $($extractor),*).await)
                })
            }
        }
    };
}

extractor_fn!();
extractor_fn!(E1);
extractor_fn!(E1, E2);
extractor_fn!(E1, E2, E3);
extractor_fn!(E1, E2, E3, E4);
extractor_fn!(E1, E2, E3, E4, E5);
extractor_fn!(E1, E2, E3, E4, E5, E6);
extractor_fn!(E1, E2, E3, E4, E5, E6, E7);
extractor_fn!(E1, E2, E3, E4, E5, E6, E7, E8);
