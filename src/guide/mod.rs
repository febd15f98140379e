//! Guide: one page per subject.
//!
//! | page | read it to |
//! | --- | --- |
//! | [`getting_started`] | build a first app, from an empty project to a verified callback |
//! | [`handling_outcomes`] | exchange the code, respond to errors, and decide who responds |
//! | [`verifying_state`] | choose how to verify `state`: a cookie, a session, a single-page app, a mobile app |
//! | [`starting_a_flow`] | send browsers to Connect: buttons, `fetch`, htmx, iframes, popups |
//! | [`responses`] | respond with pages, redirects, JSON and popups, in other languages too |
//! | [observability](crate::telemetry) | see events and metrics, and keep the query out of other logs |
//! | [`testing`] | test every way a flow can end, and use the simulator |
//! | [`security`] | know what the crate protects against, and what it leaves to you |
//! | [`layer_order`] | use other frameworks, paths behind proxies, and other layers |
//! | [`performance`] | know what the layer costs |
//! | [framework authors](crate::framework_authors) | read callbacks without tower |
//! | [`every_callback_is_rejected`] | find the cause if no flow ends well |

#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("handling_outcomes.md")]
pub mod handling_outcomes {}

#[doc = include_str!("verifying_state.md")]
pub mod verifying_state {}

#[cfg(feature = "begin")]
#[doc = include_str!("starting_a_flow.md")]
pub mod starting_a_flow {}

#[doc = include_str!("responses.md")]
pub mod responses {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("security.md")]
pub mod security {}

#[doc = include_str!("layer_order.md")]
pub mod layer_order {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("every_callback_is_rejected.md")]
pub mod every_callback_is_rejected {}
