//! What a training is told: defaults, ranges, and which settings decide the result.

use super::Schedule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_core::{Error, Result};

/// The rule that turns gradients into steps; moments decay with 0.9 and 0.999, `eps = 1e-8`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015).
    #[default]
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay a unit of learning rate.
        weight_decay: f64,
    },
}

/// Stops once the loss on held-out data no longer falls; the result is the best parameters seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStop {
    /// Validations without a new best before training stops.
    pub patience: u64,
    /// Steps between validations.
    pub every: u64,
}

/// Settings of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Optimiser steps.
    pub steps: u64,
    /// Optimiser.
    pub optimiser: Optimiser,
    /// Learning rate, above 0.
    pub learning_rate: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Largest Euclidean norm of the gradient; longer ones are scaled down to it.
    pub clip: Option<f64>,
    /// Decay of an exponential moving average of the parameters, from 0 to below 1; the average is then the
    /// result. At step `t`, from 1, the decay is `min(ema, (1 + t) / (10 + t))`, so that early steps are forgotten.
    pub ema: Option<f64>,
    /// Early stopping on held-out data.
    pub early_stop: Option<EarlyStop>,
    /// A loss whose absolute value exceeds this multiple of the largest of eight batches before the first step, ten
    /// steps in a row, is divergence, upward or downward; so is one that exceeds it by the multiple once more.
    pub explosion: f64,
    /// Wall-clock budget of one call in seconds.
    pub max_seconds: Option<f64>,
    /// Steps between events of the log; 0 for none.
    pub log_every: u64,
    /// Steps between checkpoints; 0 for none but the last.
    pub checkpoint_every: u64,
    /// Seconds between checkpoints, whatever the steps.
    pub checkpoint_seconds: Option<f64>,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            steps: 10_000,
            optimiser: Optimiser::Adam,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            clip: None,
            ema: None,
            early_stop: None,
            explosion: 1e3,
            max_seconds: None,
            log_every: 100,
            checkpoint_every: 1000,
            checkpoint_seconds: Some(30.0),
        }
    }
}

impl FitConfig {
    /// Refuses settings outside their range, naming the value.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, value: Option<f64>, advice: &str| match value {
            Some(v) if !(v > 0.0 && v.is_finite()) => {
                Err(Error::input(format!("{name} is {v}, but it must be positive and finite.")).advise(advice))
            }
            _ => Ok(()),
        };
        if self.steps == 0 {
            return Err(Error::input("A training of 0 steps learns nothing.").advise("Set steps to 1 or more."));
        }
        positive("The learning rate", Some(self.learning_rate), "Values near 0.001 are common.")?;
        positive("The clipping norm", self.clip, "Values near 1 are common; leave it out for no clipping.")?;
        positive("The time budget in seconds", self.max_seconds, "Leave it out for no budget.")?;
        positive("The time between checkpoints", self.checkpoint_seconds, "Values near 30 seconds are common.")?;
        if let Optimiser::AdamW { weight_decay: w } = self.optimiser
            && !(w >= 0.0 && w.is_finite())
        {
            return Err(Error::input(format!("The weight decay is {w}, but it must be finite and not negative.")));
        }
        if let Some(decay) = self.ema
            && !(0.0..1.0).contains(&decay)
        {
            return Err(Error::input(format!("The averaging decay is {decay}, but it must be from 0 to below 1."))
                .advise("Values near 0.999 are common; leave it out for no averaging."));
        }
        if let Some(EarlyStop { patience, every }) = self.early_stop
            && (patience == 0 || every == 0)
        {
            return Err(Error::input(format!(
                "Early stopping has patience {patience} and validates every {every} steps; both must be 1 or more."
            )));
        }
        if self.explosion.is_nan() || self.explosion <= 1.0 {
            return Err(Error::input(format!("The explosion factor is {}, but it must exceed 1.", self.explosion)));
        }
        self.schedule.check(self.steps)
    }

    /// The learning rate of `step`, counted from 0.
    pub fn rate(&self, step: u64) -> f64 {
        self.learning_rate * self.schedule.factor(step, self.steps)
    }
}

/// What only says how long a training may take and what it notes on its way.
const FREE: [&str; 4] = ["max_seconds", "log_every", "checkpoint_every", "checkpoint_seconds"];

/// `settings` (JSON of a method, or of a [`FitConfig`] under the name `fit`) without what does not decide the trained
/// bytes: a training is continued only under the same rest.
pub fn decisive(settings: &Value) -> Value {
    let Value::Object(entries) = settings else { return settings.clone() };
    let kept = entries.iter().map(|(name, value)| match value {
        Value::Object(fit) if name == "fit" => {
            let fit = fit.iter().filter(|(key, _)| !FREE.contains(&key.as_str()));
            (name.clone(), Value::Object(fit.map(|(key, value)| (key.clone(), value.clone())).collect()))
        }
        other => (name.clone(), decisive(other)),
    });
    Value::Object(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_checked_by_name() {
        let refused = |c: FitConfig| c.check().unwrap_err().to_string();
        let d = FitConfig::default;
        assert!(d().check().is_ok());
        assert!(refused(FitConfig { steps: 0, ..d() }).contains("0 steps"));
        assert!(refused(FitConfig { learning_rate: -1.0, ..d() }).contains("rate is -1"));
        assert!(refused(FitConfig { learning_rate: f64::NAN, ..d() }).contains("NaN"));
        assert!(refused(FitConfig { clip: Some(0.0), ..d() }).contains("norm is 0"));
        assert!(refused(FitConfig { ema: Some(1.0), ..d() }).contains("decay is 1"));
        assert!(refused(FitConfig { max_seconds: Some(f64::INFINITY), ..d() }).contains("inf"));
        assert!(refused(FitConfig { optimiser: Optimiser::AdamW { weight_decay: -0.1 }, ..d() }).contains("-0.1"));
        assert!(
            refused(FitConfig { early_stop: Some(EarlyStop { patience: 0, every: 5 }), ..d() }).contains("patience 0")
        );
        assert!(refused(FitConfig { explosion: 1.0, ..d() }).contains("factor is 1"));
    }

    #[test]
    fn settings_round_trip_and_unknown_ones_are_refused() {
        let config: FitConfig = serde_json::from_str(
            r#"{"steps": 50, "optimiser": {"kind": "adamw", "weight_decay": 0.1}, "schedule": {"kind": "cosine", "warmup": 5}}"#,
        )
        .unwrap();
        assert_eq!(config.schedule, Schedule::Cosine { warmup: 5, floor: 0.0 });
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<FitConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<FitConfig>(r#"{"stepz": 50}"#).unwrap_err().to_string().contains("stepz"));
    }
}
