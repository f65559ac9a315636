//! `cargo xtask test`: everything CI checks, in the order in which it is cheapest to fail.

use crate::process::{RUST, Tally, cargo, example, program, run, say, target, works};
use crate::{Outcome, browser, deny, docs, layers, python};
use std::process::Command;
use std::time::Instant;

/// How a step ended, and what it counted on its way.
pub enum Ended {
    Passed(Tally),
    Failed(Tally, String),
    /// It could not be tried here; the sentence says what is missing.
    Skipped(String),
}

/// A step: a word, a sentence, and the work.
struct Step {
    name: &'static str,
    what: &'static str,
    work: fn() -> Ended,
}

const STEPS: &[Step] = &[
    Step { name: "format", what: "every Rust file is as rustfmt writes it", work: format },
    Step { name: "layers", what: "no crate depends on a layer above its own", work: || ended(layers::check()) },
    Step { name: "lint", what: "clippy has nothing to say about any target", work: lint },
    Step { name: "test", what: "the tests of every crate", work: tests },
    Step { name: "doctest", what: "the examples in the documentation compile and run", work: doctests },
    Step { name: "examples", what: "the example programs run to their end", work: examples },
    Step { name: "docs", what: "the book has a page for every method, written from the code", work: docs::step },
    Step { name: "demo", what: "the first command of the README leaves a whole run", work: demo },
    Step { name: "page", what: "the page of a run works in a browser, by mouse and by keyboard", work: browser::step },
    Step { name: "python", what: "the wheel builds, installs and passes its tests", work: python::step },
    Step { name: "deny", what: "licences and sources of the dependencies are allowed", work: deny::step },
];

/// Runs the steps until one fails.
///
/// # Errors
/// A step failed; the last line counts what passed and what failed.
pub fn all() -> Outcome {
    let (mut total, mut skipped) = (Tally::default(), Vec::new());
    let mut failure = None;
    for (number, step) in STEPS.iter().enumerate() {
        say(&format!("\n[{}/{}] {}: {}", number + 1, STEPS.len(), step.name, step.what));
        let start = Instant::now();
        let (tally, sentence) = match (step.work)() {
            Ended::Passed(tally) => (Tally { passed: tally.passed.max(1), ..tally }, None),
            Ended::Failed(tally, sentence) => (Tally { failed: tally.failed.max(1), ..tally }, Some(sentence)),
            Ended::Skipped(sentence) => {
                skipped.push(format!("{} was skipped: {sentence}", step.name));
                (Tally::default(), None)
            }
        };
        total.passed += tally.passed;
        total.failed += tally.failed;
        say(&format!("{} took {:.0} s", step.name, start.elapsed().as_secs_f64()));
        if let Some(sentence) = sentence {
            failure = Some(format!("{}: {sentence}", step.name));
            break;
        }
    }
    say("");
    skipped.iter().for_each(|line| say(line));
    // A step without tests of its own counts as one.
    let counts = format!("{} passed, {} failed", total.passed, total.failed);
    match failure {
        Some(sentence) => Err(format!("{sentence}\n{counts}")),
        None => {
            say(&counts);
            Ok(())
        }
    }
}

/// A program as a whole step.
pub fn of(command: &mut Command) -> Ended {
    match run(command) {
        (tally, Ok(())) => Ended::Passed(tally),
        (tally, Err(sentence)) => Ended::Failed(tally, sentence),
    }
}

/// A judgement as a whole step.
pub fn ended(outcome: Outcome) -> Ended {
    match outcome {
        Ok(()) => Ended::Passed(Tally::default()),
        Err(sentence) => Ended::Failed(Tally::default(), sentence),
    }
}

fn format() -> Ended {
    of(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Ended {
    of(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

fn tests() -> Ended {
    let nextest = works(&mut cargo(&["nextest", "--version"]));
    let words: &[&str] = if nextest { &["nextest", "run"] } else { &["test", "--lib", "--bins", "--tests"] };
    of(cargo(words).args(RUST))
}

fn doctests() -> Ended {
    of(cargo(&["test", "--doc", "--quiet"]).args(RUST))
}

/// The examples of the library that take no arguments; those with arguments are part of the steps that use them.
const EXAMPLES: [&str; 6] = ["snapshots", "steppers", "transport", "matching", "roads", "known_laws"];

fn examples() -> Ended {
    ended(EXAMPLES.iter().try_for_each(|name| run(&mut example(name, &[])?).1))
}

fn demo() -> Ended {
    ended(demo_run())
}

/// What a newcomer's first command must leave behind.
const LEFT: [&str; 5] = ["run.json", "model.safetensors", "metrics.json", "metrics.csv", "report.html"];

fn demo_run() -> Outcome {
    let folder = tempfile::tempdir().map_err(|e| format!("No temporary folder: {e}."))?;
    let left = folder.path().join("demo");
    // As the tests build it: the release profile of everything below the command is what the wheel is built from.
    run(cargo(&["build", "--quiet", "--bins"]).args(RUST)).1?;
    let command = target().join("debug/thalweg");
    run(program(command, &["demo", "--threads", "2", "-o"]).arg(&left)).1?;
    match LEFT.iter().find(|name| !left.join(name).is_file()) {
        Some(name) => Err(format!("The demo left no {name}.")),
        None => Ok(()),
    }
}
