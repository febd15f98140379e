//! The simulator as a server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::header::{ALLOW, CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower::Service;

use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use super::page;
use super::registration::Simulator;
use super::request::{AuthorizeRequest, SIMULATED_OUTCOME};
use crate::document::response;

/// Answers an authorize request, on whatever path.
///
/// A body is not read. Responses have a [`String`] as theirs, which is an `http_body::Body`, so axum's routers and
/// hyper take them as they are; elsewhere, `tower::ServiceExt::map_response` makes another body of it.
impl<B> Service<Request<B>> for Simulator {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}

impl Simulator {
    fn respond<B>(&self, request: &Request<B>) -> Response<String> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = page::wrong_method();
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let answer = self
            .authorize(request.uri())
            .and_then(|request| match chosen(&request)? {
                Some(outcome) => Ok(found(&request.location(&outcome))),
                None => page::flow(&request),
            });
        answer.unwrap_or_else(|invalid| page::refused(self, invalid))
    }
}

/// The outcome that the request asks for at once.
fn chosen(request: &AuthorizeRequest) -> Result<Option<Outcome>, InvalidAuthorizeRequest> {
    let Some(name) = request.parameter(SIMULATED_OUTCOME) else {
        return Ok(None);
    };
    match Outcome::from_name(&name) {
        Some(outcome) => Ok(Some(outcome)),
        None => Err(InvalidAuthorizeRequest::UnsupportedValue(SIMULATED_OUTCOME)),
    }
}

fn found(location: &str) -> Response<String> {
    let mut response = response(StatusCode::FOUND, String::new());
    let location = HeaderValue::try_from(location).expect("a URL is printable ASCII");
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CONTENT_SECURITY_POLICY, page::POLICY.clone());
    response
}
