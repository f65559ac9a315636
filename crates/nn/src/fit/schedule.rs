//! The learning rate as a function of the step.

use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// How the learning rate changes over a training; every value is a factor on `learning_rate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// 1 throughout.
    #[default]
    Constant,
    /// Linear from 0 (not reached) to 1 over `steps`, then 1.
    Warmup {
        /// Steps until the full rate.
        steps: u64,
    },
    /// Linear warm-up over `warmup` steps, then half a cosine from 1 down to `floor`.
    Cosine {
        /// Steps until the full rate; 0 for none.
        #[serde(default)]
        warmup: u64,
        /// Factor approached at the end.
        #[serde(default)]
        floor: f64,
    },
    /// Geometric from 1 to `end` at the last step.
    Exponential {
        /// Factor at the end.
        end: f64,
    },
}

impl Schedule {
    /// The factor of `step` (counted from 0) of `steps`.
    pub fn factor(&self, step: u64, steps: u64) -> f64 {
        let ramp = |warmup: u64| (step + 1) as f64 / warmup.max(1) as f64;
        match *self {
            Self::Constant => 1.0,
            Self::Warmup { steps } => ramp(steps).min(1.0),
            Self::Cosine { warmup, .. } if step < warmup => ramp(warmup),
            Self::Cosine { warmup, floor } => {
                let done = (step - warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
                floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos())
            }
            Self::Exponential { end } => end.powf(step as f64 / steps.saturating_sub(1).max(1) as f64),
        }
    }

    pub(super) fn check(&self, steps: u64) -> Result<()> {
        match *self {
            Self::Cosine { floor, .. } if !(0.0..=1.0).contains(&floor) => Err(Error::input(format!(
                "The floor of the cosine schedule is {floor}, but it is a factor from 0 to 1."
            ))),
            Self::Exponential { end } if !(end > 0.0 && end <= 1.0) => Err(Error::input(format!(
                "The end of the exponential schedule is {end}, but it is a factor above 0 and at most 1."
            ))),
            Self::Warmup { steps: warmup } | Self::Cosine { warmup, .. } if warmup > steps => {
                Err(Error::input(format!("The warm-up takes {warmup} steps, but the training has only {steps}."))
                    .advise(format!("Use at most {} warm-up steps.", steps / 10)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-15, "{a} and {b}");
    }

    #[test]
    fn values_by_hand() {
        near(Schedule::Constant.factor(7, 10), 1.0);
        let warm = Schedule::Warmup { steps: 4 };
        near(warm.factor(0, 10), 0.25);
        near(warm.factor(3, 10), 1.0);
        near(warm.factor(9, 10), 1.0);
        let cosine = Schedule::Cosine { warmup: 2, floor: 0.1 };
        near(cosine.factor(0, 10), 0.5);
        near(cosine.factor(2, 10), 1.0);
        near(cosine.factor(6, 10), 0.55);
        near(cosine.factor(10, 10), 0.1);
        let exponential = Schedule::Exponential { end: 1e-2 };
        near(exponential.factor(0, 11), 1.0);
        near(exponential.factor(5, 11), 0.1);
        near(exponential.factor(10, 11), 0.01);
    }

    #[test]
    fn bad_values_are_named() {
        let refused = |s: Schedule| s.check(100).unwrap_err().to_string();
        assert!(refused(Schedule::Cosine { warmup: 0, floor: -0.5 }).contains("-0.5"));
        assert!(refused(Schedule::Exponential { end: 0.0 }).contains('0'));
        assert!(refused(Schedule::Warmup { steps: 101 }).contains("101"));
    }
}
