//! The one training loop of the project.
//!
//! [`Fit`] minimises an [`Objective`] with a first-order method. It draws batches ahead of the steps that use
//! them, writes checkpoints and events, stops on divergence, and continues a training that was cut off to the
//! same bytes.

mod checkpoints;
mod config;
mod event;
mod optimiser;
mod outcome;
mod schedule;
mod state;
mod tensorboard;
mod train;

pub use checkpoints::Checkpoints;
pub use config::{EarlyStop, FitConfig, Optimiser, decisive};
pub use event::{Event, EventLog, JsonLines};
pub use schedule::Schedule;
pub use tensorboard::TensorBoard;

use crate::Objective;
use serde_json::{Value, json};
use state::State;
use thalweg_core::{Context, Error, Report, Result};

/// A training: what is minimised, how, and where its traces go.
///
/// ```
/// # use thalweg_core::{Context, Result};
/// # use thalweg_nn::{Fit, FitConfig, Objective};
/// struct Distance; // |p - 3|²
/// impl Objective for Distance {
///     type Batch = ();
///     fn draw(&self, _step: u64) -> Result<()> {
///         Ok(())
///     }
///     fn loss_grad(&self, params: &[f32], _batch: &(), grad: &mut [f32]) -> Result<f64> {
///         grad[0] = 2.0 * (params[0] - 3.0);
///         Ok(f64::from(params[0] - 3.0).powi(2))
///     }
/// }
/// let config = FitConfig { steps: 500, learning_rate: 0.05, ..FitConfig::default() };
/// let fitted = Fit::new(&Distance, &config)?.run(&Context::new(0, 1)?, vec![0.0])?;
/// assert!((fitted.params[0] - 3.0).abs() < 1e-3);
/// # Ok::<(), thalweg_core::Error>(())
/// ```
pub struct Fit<'a, O: Objective> {
    objective: &'a O,
    config: FitConfig,
    phase: String,
    identity: Value,
    checkpoints: Option<Checkpoints>,
    logs: Vec<Box<dyn EventLog + 'a>>,
}

/// What a training leaves.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The result: the parameters of the best validation under early stopping, else their moving average where
    /// that is on, else the last ones. After a divergence: the last good ones.
    pub params: Vec<f32>,
    /// How it ended. Residuals: `loss` (mean since the last event), `gradient norm`, and `validation` (the
    /// best) where there is one.
    pub report: Report,
    /// The events of the training from its first step, earlier calls included.
    pub history: Vec<Event>,
}

impl<'a, O: Objective> Fit<'a, O> {
    /// A training of `objective` under `config`.
    ///
    /// # Errors
    /// A setting is out of range ([`FitConfig::check`]).
    pub fn new(objective: &'a O, config: &FitConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            objective,
            config: config.clone(),
            phase: "training".to_owned(),
            identity: Value::Null,
            checkpoints: None,
            logs: Vec::new(),
        })
    }

    /// Calls the training `phase` in its progress (default: "training").
    #[must_use]
    pub fn named(mut self, phase: impl Into<String>) -> Self {
        self.phase = phase.into();
        self
    }

    /// Keeps checkpoints in `store`.
    #[must_use]
    pub fn checkpoints(mut self, store: Checkpoints) -> Self {
        self.checkpoints = Some(store);
        self
    }

    /// Writes events to `log`; call it again for another.
    #[must_use]
    pub fn log(mut self, log: impl EventLog + 'a) -> Self {
        self.logs.push(Box::new(log));
        self
    }

    /// What else decides the result, for example the method's settings and a checksum of the data: a checkpoint
    /// under another identity is refused by [`Fit::resume`].
    #[must_use]
    pub fn identity(mut self, identity: Value) -> Self {
        self.identity = identity;
        self
    }

    /// Trains from `params`. Checkpoints of an earlier training under the same name are removed.
    ///
    /// Each step costs one [`Objective::loss_grad`] and a pass over the parameters; two blocks of 16 batches are in
    /// memory at a time. The result does not depend on the number of threads, bit for bit.
    ///
    /// # Errors
    /// The objective fails; a file cannot be written; the caller asked to stop (a checkpoint is written first).
    /// Divergence is not an error: the report says so.
    pub fn run(self, ctx: &Context, params: Vec<f32>) -> Result<Fitted> {
        if let Some(store) = &self.checkpoints {
            store.clear()?;
        }
        let state = State::new(params, self.config.ema.is_some());
        self.train(ctx, state)
    }

    /// Trains from the newest readable checkpoint to the result that an uninterrupted training would have, bit
    /// for bit; without a checkpoint, trains from `params`.
    ///
    /// # Errors
    /// As [`Fit::run`]; also if the checkpoint was made with other settings, another seed or another number of
    /// parameters, or if there are checkpoints and all are damaged.
    pub fn resume(self, ctx: &Context, params: Vec<f32>) -> Result<Fitted> {
        let found = match &self.checkpoints {
            Some(store) => store.load()?,
            None => None,
        };
        let Some((state, settings)) = found else {
            return self.run(ctx, params);
        };
        let expected = self.settings(ctx, params.len());
        if let Some((key, was, is)) = first_difference(&settings, &expected, "") {
            return Err(Error::input(format!(
                "The checkpoint at step {} was made with {key} = {was}, but now it is {is}.",
                state.counters.step
            ))
            .advise("Continue with the settings of before, or start a new run in another folder."));
        }
        if state.params.len() != params.len() || state.average.is_some() != self.config.ema.is_some() {
            return Err(Error::input(format!(
                "The checkpoint holds {} parameters and the network has {}.",
                state.params.len(),
                params.len()
            )));
        }
        self.train(ctx, state)
    }

    /// What must be equal for a training to continue from a checkpoint.
    fn settings(&self, ctx: &Context, parameters: usize) -> Value {
        decisive(&json!({
            "fit": self.config,
            "identity": self.identity,
            "parameters": parameters,
            "seed": ctx.seed(),
        }))
    }
}

/// The first place where two JSON values differ: its dotted path and both values.
fn first_difference(a: &Value, b: &Value, path: &str) -> Option<(String, String, String)> {
    if let (Value::Object(left), Value::Object(right)) = (a, b) {
        let keys = left.keys().chain(right.keys().filter(|k| !left.contains_key(*k)));
        return keys.into_iter().find_map(|key| {
            let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            first_difference(&a[key.as_str()], &b[key.as_str()], &place)
        });
    }
    (a != b).then(|| (path.to_owned(), a.to_string(), b.to_string()))
}
