//! The policy of pages that this crate writes.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sha2::{Digest, Sha256};

/// A `Content-Security-Policy` that allows one inline style and perhaps one inline script, by their digests, and
/// nothing else.
pub(crate) fn allowing_only(style: &str, script: Option<&str>) -> HeaderValue {
    let mut policy = format!("default-src 'none'; style-src {}", source(style));
    if let Some(script) = script {
        write!(policy, "; script-src {}", source(script)).expect("a string takes what is written");
    }
    policy.push_str("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).expect("a policy is printable ASCII")
}

/// The digest of an inline text, as CSP Level 3 wants it, section 2.3.1.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
