//! The messages of the compiler about common mistakes with the layer.
//!
//! The messages are those of Rust 1.95, the toolchain of `.ci/run`. If they change, read the new
//! ones, and save them with `TRYBUILD=overwrite`.

#[test]
fn compiler_messages_name_the_mistake_and_the_expected_type() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
