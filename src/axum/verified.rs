//! `Verified` as a part of a response.

use std::convert::Infallible;

use axum_core::response::{IntoResponseParts, ResponseParts};

use crate::verified::Verified;

/// Adds the headers to the response: `(verified, StatusCode::NO_CONTENT)`.
impl IntoResponseParts for Verified {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        for (name, value) in self.headers() {
            response.headers_mut().append(name, value.clone());
        }
        Ok(response)
    }
}
