//! The tasks of the workspace, one word each: `cargo xtask test`, `cargo xtask docs`, `cargo xtask deny`.
//!
//! This crate depends on none of the others, so that it is built in seconds and can judge them all.

mod browser;
mod deny;
mod docs;
mod layers;
mod process;
mod python;
mod test;

use std::process::ExitCode;

/// What went wrong, as a whole sentence for the person at the terminal.
type Outcome<T = ()> = Result<T, String>;

const USAGE: &str = "\
cargo xtask TASK

  test   everything CI checks: style, lints, layers, tests, examples, the book, the demo, the page, Python
  docs   the book, its method pages written from the code; as HTML in docs/book where mdbook can be had
  deny   licences, sources and advisories of the dependencies; needs the network for the last
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test::all(),
        ["docs"] => docs::book(),
        ["deny"] => deny::all(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            process::say(&sentence);
            ExitCode::FAILURE
        }
    }
}
