//! All that a training carries from one step to the next, and its form on disk.

use super::Event;
use crate::archive::{self, Archive, Array};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use thalweg_core::Result;

/// The scalars of a state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counters {
    /// Steps done.
    pub(super) step: u64,
    /// Sum and number of losses since the last event.
    pub(super) window: (f64, u64),
    /// The largest absolute loss of a few batches before the first step: the yardstick of an explosion.
    pub(super) yardstick: f64,
    /// Steps in a row with an exploded loss.
    pub(super) streak: u64,
    /// Validations since the best one.
    pub(super) stale: u64,
    /// Value of the best validation and the step it was taken at.
    pub(super) best: Option<(f64, u64)>,
    /// Seconds of training, all calls together.
    pub(super) seconds: f64,
    /// Whether the stopping rule was met.
    pub(super) finished: bool,
}

/// All that a training carries from one step to the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) counters: Counters,
    pub(super) params: Vec<f32>,
    /// First and second moments of the gradient.
    pub(super) moments: [Vec<f32>; 2],
    pub(super) average: Option<Vec<f32>>,
    /// The parameters of the best validation.
    pub(super) best: Option<Vec<f32>>,
    pub(super) history: Vec<Event>,
}

impl State {
    pub(super) fn new(params: Vec<f32>, averaged: bool) -> Self {
        let zeros = vec![0.0; params.len()];
        Self {
            counters: Counters::default(),
            moments: [zeros.clone(), zeros],
            average: averaged.then(|| params.clone()),
            best: None,
            history: Vec::new(),
            params,
        }
    }

    /// The parameters that stand for the training at this moment.
    pub(super) fn current(&self) -> &[f32] {
        self.average.as_deref().unwrap_or(&self.params)
    }

    /// The parameters that the training would hand over at this moment.
    pub(super) fn result(&self) -> &[f32] {
        self.best.as_deref().unwrap_or(self.current())
    }

    /// Writes the state to `path`, with `settings`: what must be equal for a training to continue from it.
    pub(super) fn write(&self, path: &Path, settings: &Value) -> Result<()> {
        let header = json!({ "kind": "checkpoint", "format": 1, "settings": settings, "counters": self.counters });
        let history: Vec<f64> = self.history.iter().flat_map(to_row).collect();
        // What is absent is written as an empty array, so that every checkpoint has the same names.
        let arrays = [
            ("average", Array::F32(self.average.as_deref().unwrap_or(&[]))),
            ("best", Array::F32(self.best.as_deref().unwrap_or(&[]))),
            ("history", Array::F64(&history)),
            ("moment1", Array::F32(&self.moments[0])),
            ("moment2", Array::F32(&self.moments[1])),
            ("params", Array::F32(&self.params)),
        ];
        archive::write(path, &header, &arrays)
    }

    /// Reads a state and its settings.
    pub(super) fn read(path: &Path) -> Result<(Self, Value)> {
        let mut file = archive::read(path)?;
        if file.header["kind"] != "checkpoint" || file.header["format"] != 1 {
            return Err(file.broken("it is not a checkpoint of format 1"));
        }
        let counters: Counters = serde_json::from_value(file.header["counters"].take()).map_err(|e| file.broken(e))?;
        let params = file.f32("params")?;
        let present = |name: &str| sized(&file, name, params.len());
        let state = Self {
            moments: [required(&file, "moment1", params.len())?, required(&file, "moment2", params.len())?],
            average: present("average")?,
            best: present("best")?,
            history: file.f64("history")?.as_chunks().0.iter().map(from_row).collect(),
            counters,
            params,
        };
        let settings = file.header["settings"].take();
        Ok((state, settings))
    }
}

/// The array `name`, absent if empty.
fn sized(file: &Archive, name: &str, length: usize) -> Result<Option<Vec<f32>>> {
    let values = file.f32(name)?;
    match values.len() {
        0 => Ok(None),
        n if n == length => Ok(Some(values)),
        n => Err(file.broken(format_args!("{name} has {n} numbers for {length} parameters"))),
    }
}

fn required(file: &Archive, name: &str, length: usize) -> Result<Vec<f32>> {
    Ok(sized(file, name, length)?.unwrap_or_else(|| vec![0.0; length]))
}

fn to_row(e: &Event) -> [f64; 7] {
    let validation = e.validation.unwrap_or(f64::NAN);
    [e.step as f64, e.loss, e.learning_rate, e.gradient_norm, validation, e.seconds, e.wall]
}

fn from_row(&[step, loss, learning_rate, gradient_norm, validation, seconds, wall]: &[f64; 7]) -> Event {
    let validation = Some(validation).filter(|v| !v.is_nan());
    Event { step: step as u64, loss, learning_rate, gradient_norm, validation, seconds, wall }
}
