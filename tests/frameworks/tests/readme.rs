//! The README of the suite contains its table.

use frameworks::markdown::{BEGIN, END, block, table};

#[test]
fn the_readme_of_the_suite_contains_its_table() {
    let expected = table();
    assert!(
        block(include_str!("../README.md")) == Some(&expected),
        "tests/frameworks/README.md must have this between its two marks:\n\n{BEGIN}{expected}{END}"
    );
}
