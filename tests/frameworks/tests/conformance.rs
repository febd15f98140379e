//! Sends the cases to every placement, and prints one line for each, with its failed cases below.
//!
//! ```text
//! cargo test --package frameworks --test conformance
//! cargo test --package frameworks --test conformance -- salvo    # the placements whose name contains the word
//! ```

use std::process::ExitCode;

use frameworks::{conformance, placements};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<String> = arguments
        .into_iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let chosen = match placements::named(&words) {
        Ok(chosen) => chosen,
        Err(unknown) => {
            eprintln!("no placement has one of {unknown:?} in its name");
            return ExitCode::FAILURE;
        }
    };

    let mut has_failed = false;
    for placement in chosen {
        let checked = conformance::run(placement).await;
        let failed: Vec<_> = checked
            .iter()
            .filter(|(_, result)| result.is_err())
            .collect();
        let name = placement.name.replace('`', "");
        match failed.len() {
            0 => println!("{name:<52}ok      {} cases", checked.len()),
            count => println!("{name:<52}FAILED  {count} of {} cases", checked.len()),
        }
        for (case, result) in failed {
            has_failed = true;
            println!("    {}: {}", shortened(case), result.as_ref().unwrap_err());
        }
    }
    ExitCode::from(u8::from(has_failed))
}

/// A case on one line of a terminal.
fn shortened(case: &str) -> String {
    match case.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &case[..end]),
        None => case.to_owned(),
    }
}
