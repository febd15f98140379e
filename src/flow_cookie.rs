//! The names of the cookies of flows, which `state_cookie` sets and `telemetry` recognizes.

/// What every name begins with, after a `__Host-` in production. The name of the flow follows.
pub(crate) const PREFIX: &str = "smartcar-connect-";

/// What a name in production begins with: browsers only accept it from the host itself (RFC 6265bis,
/// section 4.1.3.2).
pub(crate) const HOST_PREFIX: &str = "__Host-";
