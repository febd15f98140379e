//! Which requests may be callbacks, and what they bring.

use http::{Method, Request, Uri};

use super::layer::ConnectCallbackLayer;
use super::matcher::MatchCallback;
use super::spelling::{self, Spelling};
use super::verifier::{Begun, Verification};
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::response::ConnectResponse;

impl<M, E, I, V> ConnectCallbackLayer<M, E, I, V>
where
    M: MatchCallback,
{
    /// How the path of a request that may be a callback is spelled; `None` for every other request.
    #[inline]
    pub(super) fn spelling<B>(&self, request: &Request<B>) -> Option<Spelling> {
        // Connect puts everything into the query, so most requests end here.
        request.uri().query()?;
        addresses(request)
            .map(|uri| self.matcher.spelling(uri))
            .fold(None, Option::max)
    }

    /// What the request brings from Connect, or `None` if it is no callback.
    pub(super) fn read<B>(
        &self,
        request: &Request<B>,
        spelling: Spelling,
    ) -> Result<Option<ConnectResponse>, InvalidCallback> {
        let response = ConnectResponse::from_uri_within(request.uri(), self.options.max_query_bytes);
        if matches!(response, Ok(None)) {
            return response;
        }
        if let Spelling::NotCanonical = spelling {
            return if self.matches_respelled(request) {
                Err(InvalidCallback::new(InvalidCallbackKind::RespelledPath))
            } else {
                Ok(None)
            };
        }
        if response.is_ok() && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(InvalidCallback::new(InvalidCallbackKind::UnexpectedMethod));
        }
        response
    }

    /// Begins to verify a callback, if anybody does.
    pub(super) fn verify<B>(&self, request: &Request<B>, response: &ConnectResponse) -> Begun<V::Future>
    where
        V: Verification<B>,
    {
        let may_lack_state = self.options.errors_without_state && matches!(response, ConnectResponse::Error(_));
        if may_lack_state && response.state_to_verify().is_none() {
            return Begun::Unverified;
        }
        self.verification.begin(request, response)
    }

    fn matches_respelled<B>(&self, request: &Request<B>) -> bool {
        addresses(request)
            .flat_map(spelling::readings)
            // What cannot be asked about is not trusted.
            .any(|reading| reading.is_none_or(|uri| self.matcher.matches(&uri)))
    }
}

/// The URIs under which a request may be known to come to a callback path.
#[cfg(not(feature = "axum"))]
fn addresses<B>(request: &Request<B>) -> impl Iterator<Item = &Uri> {
    std::iter::once(request.uri())
}

/// The URIs under which a request may be known to come to a callback path: its own, and the one that it had before a
/// nested router cut off the prefix.
#[cfg(feature = "axum")]
fn addresses<B>(request: &Request<B>) -> impl Iterator<Item = &Uri> {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    std::iter::once(request.uri()).chain(original.map(|original| &original.0))
}
