//! The book: its method pages come from the code, so they cannot say anything else.

use crate::Outcome;
use crate::process::{cargo, program, root, run, say, works};
use crate::test::{Ended, ended};

/// Writes the method pages and sees that the book has each of them in its contents.
pub fn step() -> Ended {
    ended(pages())
}

/// The pages, and the book as HTML where mdbook is installed.
///
/// # Errors
/// A page is missing from the contents, or a program failed.
pub fn book() -> Outcome {
    pages()?;
    if works(&mut program("mdbook", &["--version"])) {
        run(&mut program("mdbook", &["build", "docs"])).1
    } else {
        say("The pages lie in docs/src/methods. `cargo install mdbook` and run this again for the book as HTML.");
        Ok(())
    }
}

fn pages() -> Outcome {
    let (folder, contents) = ("docs/src/methods", "docs/src/SUMMARY.md");
    run(&mut cargo(&["run", "--quiet", "--package", "thalweg", "--example", "method_pages", "--", folder])).1?;
    let listed = std::fs::read_to_string(root().join(contents)).map_err(|e| format!("{contents}: {e}."))?;
    let written = std::fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}."))?;
    for name in written.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        if !listed.contains(&format!("(methods/{name})")) {
            return Err(format!("{contents} does not list methods/{name}."));
        }
    }
    Ok(())
}
