//! What a run is asked to do, from Python.

use crate::errors::raise;
use pyo3::prelude::*;
use std::path::PathBuf;
use thalweg_core::{Error, Result};
use thalweg_run::{Config, Destination, Existing};

/// What to learn and where to leave it; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Job {
    /// A `Config` as JSON; settings may be named `a.b`, as `--set` takes them.
    config: String,
    /// The call, for the record.
    pub command: String,
    /// Sentences about the data, for the record.
    pub warnings: Vec<String>,
    /// The run folder.
    pub output: Option<PathBuf>,
    /// Whether a run in the folder is continued.
    resume: bool,
}

impl Job {
    /// The configuration, its dotted settings unfolded.
    ///
    /// # Errors
    /// An unknown or mistyped field, or a setting whose path runs through a value.
    pub fn config(&self) -> Result<Config> {
        let mut config: Config = parse(&self.config)?;
        let (dotted, plain) = std::mem::take(&mut config.settings).into_iter().partition(|(key, _)| key.contains('.'));
        config.settings = plain;
        let dotted: serde_json::Map<_, _> = dotted;
        for (key, value) in dotted {
            config.set(&format!("{key}={value}"))?;
        }
        Ok(config)
    }

    /// Where the run writes.
    pub fn destination(&self) -> Option<Destination<'_>> {
        let existing = if self.resume { Existing::Resume } else { Existing::Refuse };
        self.output.as_deref().map(|root| Destination { root, existing })
    }
}

/// A value from JSON that Python wrote.
pub fn parse<T: for<'a> serde::Deserialize<'a>>(text: &str) -> Result<T> {
    let value = serde_json::from_str(text).map_err(|e| Error::input(format!("The settings are not JSON: {e}.")))?;
    thalweg_measure::read_settings(value)
}

/// A value as JSON for Python to read.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::failed(format!("The result could not be written as JSON: {e}.")))
}

/// The configuration file at `path` as JSON, defaults included.
#[pyfunction]
pub fn read_config(path: PathBuf) -> PyResult<String> {
    Config::read(&path).and_then(|config| json(&config)).map_err(raise)
}

/// Bytes from a size such as "4GiB" or "800MB".
#[pyfunction]
pub fn parse_bytes(text: &str) -> PyResult<u64> {
    thalweg_core::parse_bytes(text).map_err(|e| raise(Error::input(format!("The memory budget is not a size: {e}."))))
}
