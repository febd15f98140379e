//! Fixtures that several modules use.

#![allow(dead_code, reason = "tests of fewer features need a part of it")]

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod log;
pub(crate) mod parameters;
pub(crate) mod rejections;
