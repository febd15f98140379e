//! Guide: one page per subject.
//!
//! | page | answers |
//! | --- | --- |
//! | [`starting_a_flow`] | how browsers leave for Connect: buttons, `fetch`, htmx, iframes, popups |
//! | [`every_callback_is_rejected`] | why no flow ends well, from the symptom to the cause |

#[cfg(feature = "begin")]
#[doc = include_str!("starting_a_flow.md")]
pub mod starting_a_flow {}

#[doc = include_str!("every_callback_is_rejected.md")]
pub mod every_callback_is_rejected {}
