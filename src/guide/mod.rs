//! Guide: one page per subject.
//!
//! | page | answers |
//! | --- | --- |
//! | [`every_callback_is_rejected`] | why no flow ends well, from the symptom to the cause |

#[doc = include_str!("every_callback_is_rejected.md")]
pub mod every_callback_is_rejected {}
