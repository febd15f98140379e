//! The table of the suite's README.

use crate::placements::{Difference, Example, PLACEMENTS, Placement, Reach};

/// The lines between which the README has the table.
pub const BEGIN: &str = "<!-- printed by the frameworks suite: begin -->\n\n";
pub const END: &str = "\n<!-- printed by the frameworks suite: end -->\n";

/// Returns the table of all placements, with links relative to the folder of the README.
pub fn table() -> String {
    let mut table = String::from(
        "| placement | how it takes the layer | example | reached by | what is different |\n",
    );
    table.push_str("| --- | --- | --- | --- | --- |\n");
    for placement in PLACEMENTS {
        let Example { file, .. } = placement.example;
        let (first, last) = lines(&placement.example);
        let differences: Vec<_> = placement
            .differences
            .iter()
            .copied()
            .map(describe)
            .collect();
        let cells = [
            placement.name,
            placement.takes,
            &format!("[`{file}`](src/{file}#L{first}-L{last})"),
            reached_by(placement),
            &differences.join("; "),
        ];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

/// Returns what a README has between the two marks; `None` if they are missing.
pub fn block(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once(BEGIN)?;
    Some(rest.split_once(END)?.0)
}

/// The first and the last line of the function that an example shows.
fn lines(example: &Example) -> (usize, usize) {
    let start = format!("fn {}(", example.function);
    let mut lines = (1..).zip(example.source.lines());
    let first = lines.find(|(_, line)| line.contains(&start));
    let last = lines.find(|(_, line)| *line == "}");
    match (first, last) {
        (Some((first, _)), Some((last, _))) => (first, last),
        _ => panic!("{} has no function {}", example.file, example.function),
    }
}

fn reached_by(placement: &Placement) -> &'static str {
    match placement.reached_by {
        Reach::Sockets { .. } => "HTTP/1.1, HTTP/2",
        Reach::Events(_) => "event documents",
    }
}

fn describe(difference: Difference) -> &'static str {
    match difference {
        Difference::NonCanonicalPathsHaveNoRoute => {
            "a callback on a non-canonical path is a `404`: it has no route, so it does not reach the layer"
        }
        Difference::PageForRejected => {
            "the `400` has a page of the framework, because its body is empty"
        }
        Difference::NoBareParameters => {
            "`?text` arrives as `?text=`, so the published `oem_cancelled_login` redirect has no description"
        }
        Difference::LastOfDuplicates => {
            "only the last of several equal parameters reaches the function"
        }
    }
}
