//! The terminal: results on stdout, progress and complaints on stderr.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use thalweg_core::{Context, Error, Progress, Result};

use crate::args::Resources;

/// Writes a result to stdout. A reader that went away (`| head`) is not an error.
pub fn print(text: &str) -> Result<ExitCode> {
    print_bytes(text.as_bytes())
}

/// As [`print`], for bytes.
pub fn print_bytes(bytes: &[u8]) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::system("write to stdout", e)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes a value as indented JSON to stdout.
pub fn print_json(value: &impl serde::Serialize) -> Result<ExitCode> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::failed(format!("The result could not be written as JSON: {e}.")))?;
    print(&format!("{text}\n"))
}

/// A line for the user that is not the result.
pub fn note(text: &str) {
    // Nowhere to complain to if stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// An error, its advice on a line of its own.
pub fn complain(error: &Error) {
    note(&format!("error: {}", error.message()));
    if let Some(advice) = error.advice() {
        note(&format!("  try: {advice}"));
    }
}

/// The context of a verb: threads, memory, progress bar, and Ctrl-C that stops at the next safe point.
pub fn context(seed: u64, resources: &Resources) -> Result<Context> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            // The user insists; checkpoints are whole at any moment.
            std::process::exit(130);
        }
    })
    .map_err(|e| Error::system("listen for Ctrl-C", e))?;
    let context = Context::new(seed, resources.threads)?.with_memory(resources.memory).with_stop(stop);
    Ok(if std::io::stderr().is_terminal() { context.with_progress(Arc::new(Bar::new())) } else { context })
}

/// One progress bar, a phase at a time.
struct Bar {
    bar: ProgressBar,
    phase: Mutex<String>,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{prefix:>14} {wide_bar} {pos}/{len} {msg} [{elapsed}<{eta}]") {
            bar.set_style(style);
        }
        Self { bar, phase: Mutex::new(String::new()) }
    }
}

impl Progress for Bar {
    fn update(&self, phase: &str, done: u64, total: u64, note: &str) {
        let mut current = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != phase {
            phase.clone_into(&mut current);
            self.bar.reset();
            self.bar.set_prefix(phase.to_owned());
        }
        self.bar.set_length(total);
        self.bar.set_message(note.to_owned());
        self.bar.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
