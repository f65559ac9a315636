//! Programs as steps: run from the root of the repository, echoed as they speak, their tests counted.

use crate::Outcome;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Tests that passed and failed, as the programs themselves report them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    // The manifest of this crate lies one folder below it.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A line for the person who watches. A closed terminal is nobody's problem.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The cargo that runs this program.
pub fn cargo(words: &[&str]) -> Command {
    program(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), words)
}

/// The crates with Rust tests. The Python extension has none: they would have to link an interpreter.
pub const RUST: [&str; 3] = ["--workspace", "--exclude", "thalweg-py"];

/// An example program of any crate, built as the tests build it: for its crate alone, half of what it stands on would
/// be compiled again with other features.
///
/// # Errors
/// The examples do not compile.
pub fn example(name: &str, words: &[&str]) -> Outcome<Command> {
    run(cargo(&["build", "--quiet", "--examples"]).args(RUST)).1?;
    Ok(program(target().join("debug/examples").join(name), words))
}

/// Where cargo leaves what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}

/// A program that starts in the root of the repository.
pub fn program(name: impl AsRef<std::ffi::OsStr>, words: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(words).current_dir(root());
    command
}

/// Whether the program runs at all; its output is not shown.
pub fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Runs to the end, output passed through. The tally is there also when the program fails.
pub fn run(command: &mut Command) -> (Tally, Outcome) {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(e) => return (Tally::default(), Err(format!("{shown} could not be started: {e}."))),
    };
    let total = Mutex::new(Tally::default());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| echo(out, &total));
        echo(err, &total);
    });
    let tally = total.into_inner().unwrap_or_default();
    let outcome = match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} failed: {status}.")),
        Err(e) => Err(format!("{shown} could not be waited for: {e}.")),
    };
    (tally, outcome)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn echo(pipe: Option<impl Read>, total: &Mutex<Tally>) {
    let Some(pipe) = pipe else { return };
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        say(&line);
        if let Ok(mut total) = total.lock() {
            let seen = tally(&line);
            total.passed += seen.passed;
            total.failed += seen.failed;
        }
    }
}

/// What the closing line of nextest, libtest or pytest says; nothing for any other line.
fn tally(line: &str) -> Tally {
    let line = line.trim();
    // With `-q`, pytest closes with "3 passed in 0.12s", without any frame.
    let framed = line.starts_with("Summary [") || line.starts_with("test result:") || line.starts_with("==");
    let bare = line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(" in ") && line.ends_with('s');
    if !framed && !bare {
        return Tally::default();
    }
    let words: Vec<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let before = |word: &str| {
        let pairs = words.windows(2).filter(|pair| pair[1] == word);
        pairs.filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
    };
    Tally { passed: before("passed"), failed: before("failed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_no_others() {
        let cases = [
            ("     Summary [  12.345s] 120 tests run: 119 passed (2 slow), 1 failed, 3 skipped", 119, 1),
            ("test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s", 7, 0),
            ("======= 1 failed, 31 passed, 2 skipped in 12.20s =======", 31, 1),
            ("31 passed, 2 skipped in 12.20s", 31, 0),
            ("test tests::ten_passed ... ok", 0, 0),
            ("the other 3 passed", 0, 0),
        ];
        for (line, passed, failed) in cases {
            assert_eq!(tally(line), Tally { passed, failed }, "{line}");
        }
    }
}
