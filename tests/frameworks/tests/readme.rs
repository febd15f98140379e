//! The tables of the READMEs are those of the suite.

use frameworks::markdown::{BEGIN, END, block, differences, table};

#[test]
fn the_readme_of_the_crate_has_the_table_of_the_suite() {
    assert_is_printed("README.md", include_str!("../../../README.md"), &table());
}

#[test]
fn the_readme_of_the_suite_has_its_differences() {
    assert_is_printed(
        "tests/frameworks/README.md",
        include_str!("../README.md"),
        &differences(),
    );
}

fn assert_is_printed(name: &str, readme: &str, expected: &str) {
    assert!(
        block(readme) == Some(expected),
        "{name} has to say, between its two marks:\n\n{BEGIN}{expected}{END}"
    );
}
