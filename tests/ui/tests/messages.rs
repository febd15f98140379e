//! What the compiler says about common mistakes with the layer: what is wrong, what is expected,
//! and what to do.
//!
//! The words are those of Rust 1.95, the toolchain of `.ci/run`. After a change, look at what is
//! said now, and if it is good, keep it with `TRYBUILD=overwrite`.

#[test]
fn the_compiler_says_what_is_wrong_and_what_is_expected() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
