//! Guide: one page per subject.
//!
//! | page | answers |
//! | --- | --- |
//! | [`starting_a_flow`] | how browsers leave for Connect: buttons, `fetch`, htmx, iframes, popups |
//! | [`every_callback_is_rejected`] | why no flow ends well, from the symptom to the cause |
//! | [`responses`] | pages, redirects, JSON and popups, in other languages too |
//! | [`testing`] | a test of every way a flow can end, and the simulator |
//! | [`layer_order`] | frameworks, paths behind proxies, and other layers |
//! | [`performance`] | what the layer costs |

#[cfg(feature = "begin")]
#[doc = include_str!("starting_a_flow.md")]
pub mod starting_a_flow {}

#[doc = include_str!("every_callback_is_rejected.md")]
pub mod every_callback_is_rejected {}

#[doc = include_str!("responses.md")]
pub mod responses {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("layer_order.md")]
pub mod layer_order {}

#[doc = include_str!("performance.md")]
pub mod performance {}
