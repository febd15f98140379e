//! The names of the cookies of flows, which `state_cookie` sets and `telemetry` recognizes.

/// The prefix of every name. In production, `__Host-` precedes it. The name of the flow follows.
pub(crate) const PREFIX: &str = "smartcar-connect-";

/// The prefix of names in production. Browsers only accept it from the host itself (RFC 6265bis,
/// section 4.1.3.2).
pub(crate) const HOST_PREFIX: &str = "__Host-";
