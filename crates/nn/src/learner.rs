//! What every method that learns a model from snapshots has in common: its signature and where it writes.

use crate::{Checkpoints, Fit, FitConfig, Fitted, Footprint, JsonLines, Model, Objective, TensorBoard};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use thalweg_core::{Context, Error, Method, Report, Result, Snapshots};

/// What a method leaves: a law that can be evaluated, moved along and saved, and how the learning went.
pub struct Learned {
    /// The law.
    pub model: Model,
    /// How the learning ended. Divergence is reported here, with the last good model.
    pub report: Report,
}

/// Learns a model from snapshots under a method's configuration (JSON, missing entries at their defaults).
///
/// # Errors
/// A setting is unknown or out of range; the data do not suit the method; a file cannot be written; the caller
/// asked to stop.
pub type Learn = fn(&Snapshots, &Value, &Workspace, &Context) -> Result<Learned>;

/// Refuses a configuration, or data that do not suit the method, before any work is done.
///
/// # Errors
/// A setting is unknown or out of range; the data do not suit the method.
pub type Validate = fn(&Value, &Snapshots) -> Result<()>;

/// What learning from these snapshots takes in memory on so many threads, before any work is done.
///
/// # Errors
/// As [`Validate`].
pub type Weigh = fn(&Value, &Snapshots, usize) -> Result<Footprint>;

/// A line of a family's table of methods that learn.
pub struct Learner {
    /// What the registry knows about the method.
    pub method: Method,
    /// Refuses what [`Learner::learn`] would refuse, without working.
    pub validate: Validate,
    /// Tells the memory that [`Learner::learn`] takes.
    pub weigh: Weigh,
    /// The method.
    pub learn: Learn,
}

/// Where a learning keeps its checkpoints and its logs.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    folder: Option<PathBuf>,
}

impl Workspace {
    /// Nothing is written.
    pub fn none() -> Self {
        Self::default()
    }

    /// Checkpoints go to `folder/checkpoints`, events to `folder/events` as JSON lines (`<training>.jsonl`) and
    /// as TensorBoard files. A training whose checkpoints are there is continued from the newest.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// Runs the training `name` from `params`, or continues it from its checkpoints.
    ///
    /// `identity` is whatever else decides the result (settings, [`crate::fingerprint`] of the data); a
    /// checkpoint under another identity is refused. A method with several trainings gives each its own name.
    ///
    /// # Errors
    /// As [`Fit::resume`].
    pub fn fit<O: Objective>(
        &self,
        name: &str,
        objective: &O,
        config: &FitConfig,
        identity: Value,
        params: Vec<f32>,
        ctx: &Context,
    ) -> Result<Fitted> {
        let mut fit = Fit::new(objective, config)?.named(name).identity(identity);
        if let Some(folder) = &self.folder {
            let events = folder.join("events");
            fs::create_dir_all(&events)
                .map_err(|e| Error::system(format_args!("make the folder {}", events.display()), e))?;
            fit = fit
                .checkpoints(Checkpoints::new(folder.join("checkpoints"), name))
                .log(JsonLines::new(events.join(format!("{name}.jsonl"))))
                .log(TensorBoard::new(&events, name));
        }
        fit.resume(ctx, params)
    }
}
