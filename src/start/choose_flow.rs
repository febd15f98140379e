//! Which flow a request starts.

use std::future::{Future, Ready, ready};

use http::Response;
use http::request::Parts;

use super::connect_url::ConnectUrl;
use super::flow::Flow;

/// Chooses the flow of each request: [`SameFlow`], or the function of
/// [`StartConnect::flow`](crate::StartConnect::flow).
pub trait ChooseFlow {
    /// A [`Flow`] or a [`ConnectUrl`].
    type Flow: Into<Flow>;
    /// The body of responses.
    type Body: From<String>;
    /// The future of the flow, or of a response if no flow starts.
    type Future: Future<Output = Result<Self::Flow, Response<Self::Body>>>;

    /// Chooses the flow of a request.
    fn choose(&self, base: &ConnectUrl, request: &Parts) -> Self::Future;
}

/// The same flow for each request: to the base address, without a payload.
#[derive(Clone, Copy, Debug)]
pub struct SameFlow;

impl ChooseFlow for SameFlow {
    type Flow = ConnectUrl;
    type Body = String;
    type Future = Ready<Result<ConnectUrl, Response<String>>>;

    fn choose(&self, base: &ConnectUrl, _request: &Parts) -> Self::Future {
        ready(Ok(base.clone()))
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut, L, R> ChooseFlow for F
where
    F: Fn(ConnectUrl, Parts) -> Fut,
    Fut: Future<Output = Result<L, Response<R>>>,
    L: Into<Flow>,
    R: From<String>,
{
    type Flow = L;
    type Body = R;
    type Future = Fut;

    fn choose(&self, base: &ConnectUrl, request: &Parts) -> Fut {
        self(base.clone(), request.clone())
    }
}
