//! The tables of the READMEs.

use crate::placements::{Difference, Example, PLACEMENTS, Placement, Reach};

/// The lines between which a README has a table.
pub const BEGIN: &str = "<!-- printed by the frameworks suite: begin -->\n\n";
pub const END: &str = "\n<!-- printed by the frameworks suite: end -->\n";

/// How each framework takes the layer, for the README of the crate.
pub fn table() -> String {
    let rows = PLACEMENTS.iter().map(|placement| {
        let Example { file, .. } = placement.example;
        let (first, last) = lines(&placement.example);
        let link = format!("[`{file}`](tests/frameworks/src/{file}#L{first}-L{last})");
        [placement.name.to_owned(), placement.takes.to_owned(), link]
    });
    markdown(["framework", "how it takes the layer", "example"], rows)
}

/// What is not the same everywhere, for the README of the suite.
pub fn differences() -> String {
    let rows = PLACEMENTS.iter().map(|placement| {
        let differences: Vec<_> = placement.differences.iter().copied().map(in_words).collect();
        [
            placement.name.to_owned(),
            reached_by(placement).to_owned(),
            differences.join("; "),
        ]
    });
    markdown(["framework", "reached by", "what is different"], rows)
}

/// What a README has between its two marks; `None` if they are not there.
pub fn block(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once(BEGIN)?;
    Some(rest.split_once(END)?.0)
}

fn markdown<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    table
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

fn in_words(difference: Difference) -> &'static str {
    match difference {
        Difference::RespelledPathsHaveNoRoute => {
            "a callback on another spelling of its path has no route, so it is a `404` and never comes to the layer"
        }
        Difference::PageForRefused => "the `400` gets a page of the framework's own, since its body is empty",
        Difference::NoBareParameters => {
            "`?text` comes as `?text=`, so the published `oem_cancelled_login` redirect has no description"
        }
        Difference::LastOfDuplicates => "of a parameter that is given twice, only the last one comes to the function",
    }
}
