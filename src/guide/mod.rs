//! Guide: one page per subject, in the order in which you will need them.
//!
//! | page | read it to |
//! | --- | --- |
//! | [`getting_started`] | build a first app, from an empty project to a verified callback |
//! | [`replacing_a_route`] | see what this crate catches that your own callback route does not |
//! | [`app_with_users`] | connect vehicles to accounts, and confirm what a callback claims |
//! | [`handling_outcomes`] | respond to successes, errors and rejected callbacks |
//! | [`states`] | choose how to verify `state`: a cookie, a store, or code of your own |
//! | [`starting_a_flow`] | send browsers to Connect: buttons, `fetch`, htmx, popups |
//! | [`responses`] | respond with pages, redirects, JSON and popups, in other languages too |
//! | [`testing`] | test every way a flow can end |
//! | [observability](crate::telemetry) | see events and metrics, and keep credentials out of logs |
//! | [`several_servers`] | deploy more than one server, and replace keys |
//! | [`troubleshooting`] | find the cause of a symptom |
//! | [`security`] | know what the crate protects against, and what it leaves to you |
//! | [`layer_order`] | use other frameworks, and order your layers |
//! | [`framework_authors`] | read callbacks without tower |
//! | [`performance`] | know what the layer costs |
// The examples need all features. The pages themselves need none.
#![cfg(any(not(doctest), feature = "full"))]

#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("replacing_a_route.md")]
pub mod replacing_a_route {}

#[doc = include_str!("app_with_users.md")]
pub mod app_with_users {}

#[doc = include_str!("handling_outcomes.md")]
pub mod handling_outcomes {}

#[doc = include_str!("states.md")]
pub mod states {}

#[doc = include_str!("starting_a_flow.md")]
pub mod starting_a_flow {}

#[doc = include_str!("responses.md")]
pub mod responses {}

// Its example needs the simulator too, so the demo tests it.
#[cfg_attr(not(doctest), doc = include_str!("testing.md"))]
pub mod testing {}

#[doc = include_str!("several_servers.md")]
pub mod several_servers {}

#[doc = include_str!("troubleshooting.md")]
pub mod troubleshooting {}

#[doc = include_str!("security.md")]
pub mod security {}

// Its example needs tonic, so `tests/frameworks` tests it.
#[cfg_attr(not(doctest), doc = include_str!("layer_order.md"))]
pub mod layer_order {}

#[doc = include_str!("framework_authors.md")]
pub mod framework_authors {}

#[doc = include_str!("performance.md")]
pub mod performance {}
