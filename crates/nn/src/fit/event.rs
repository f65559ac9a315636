//! What a training says about itself, and where it is written.

use crate::archive::replace;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use thalweg_core::{Error, Result};

/// The figures of a training after a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Steps done.
    pub step: u64,
    /// Mean loss since the event before.
    pub loss: f64,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Euclidean norm of the gradient of the step, before clipping.
    pub gradient_norm: f64,
    /// Loss on held-out data, where it was computed.
    pub validation: Option<f64>,
    /// Seconds of training, all calls together.
    pub seconds: f64,
    /// Seconds since 1970.
    pub wall: f64,
}

/// A place to which events are written.
pub trait EventLog: Send {
    /// Starts over with `events`: those of the checkpoint from which training continues, or none.
    ///
    /// # Errors
    /// The operating system refused.
    fn restart(&mut self, events: &[Event]) -> Result<()>;

    /// Appends an event.
    ///
    /// # Errors
    /// The operating system refused.
    fn record(&mut self, event: &Event) -> Result<()>;

    /// Makes what was recorded visible to readers.
    ///
    /// # Errors
    /// The operating system refused.
    fn flush(&mut self) -> Result<()>;
}

/// Events as lines of JSON: `{"step":100,"loss":0.5,...}`.
pub struct JsonLines(Appender);

impl JsonLines {
    /// A log in the file `path`, whose folder must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Appender::new(path.into()))
    }
}

impl EventLog for JsonLines {
    fn restart(&mut self, events: &[Event]) -> Result<()> {
        self.0.restart(&events.iter().flat_map(line).collect::<Vec<_>>())
    }

    fn record(&mut self, event: &Event) -> Result<()> {
        self.0.append(&line(event))
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }
}

fn line(event: &Event) -> Vec<u8> {
    // An event is a flat struct of numbers, which JSON always takes.
    let mut line = serde_json::to_vec(event).unwrap_or_default();
    line.push(b'\n');
    line
}

/// A file that is replaced once and then appended to.
pub(super) struct Appender {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Appender {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(super) fn restart(&mut self, bytes: &[u8]) -> Result<()> {
        self.file = None;
        replace(&self.path, |file| file.write_all(bytes))?;
        let file = OpenOptions::new().append(true).open(&self.path).map_err(|e| refused(&self.path, &e))?;
        self.file = Some(BufWriter::new(file));
        Ok(())
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if self.file.is_none() {
            self.restart(&[])?;
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|e| refused(&self.path, &e)),
            None => Ok(()),
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        match &mut self.file {
            Some(file) => file.flush().map_err(|e| refused(&self.path, &e)),
            None => Ok(()),
        }
    }
}

fn refused(path: &Path, cause: &std::io::Error) -> Error {
    Error::system(format_args!("append to the log {}", path.display()), cause)
}
