//! The latent noise of a path: `gamma(t) z`.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use thalweg_core::{Error, Result};

/// How much independent noise a path carries at each time of `[0, 1]` (Albergo, Boffi, Vanden-Eijnden 2023).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Gamma {
    /// None.
    #[default]
    Zero,
    /// `sqrt(a t (1 - t))`: the spread of a Brownian bridge of variance `a`.
    Bridge {
        /// Variance of the Brownian motion over the unit interval, positive.
        a: f64,
    },
    /// `t (1 - t)`.
    Parabola,
    /// `sin²(pi t)`.
    SineSquared,
    /// The same spread at all times, ends included (the smoothing of Tong et al. 2023).
    Constant {
        /// Standard deviation, positive.
        sigma: f64,
    },
}

impl Gamma {
    /// `gamma(t)`.
    pub fn value(self, t: f64) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::Bridge { a } => (a * t * (1.0 - t)).max(0.0).sqrt(),
            Self::Parabola => t * (1.0 - t),
            Self::SineSquared => (PI * t).sin().powi(2),
            Self::Constant { sigma } => sigma,
        }
    }

    /// `gamma'(t)`; infinite at the ends of a bridge.
    pub fn rate(self, t: f64) -> f64 {
        match self {
            Self::Zero | Self::Constant { .. } => 0.0,
            Self::Bridge { a } => a * (1.0 - 2.0 * t) / (2.0 * self.value(t)),
            Self::Parabola => 1.0 - 2.0 * t,
            Self::SineSquared => PI * (2.0 * PI * t).sin(),
        }
    }

    /// `gamma(t) gamma'(t)`, finite for all `t` in `[0, 1]`.
    pub fn value_times_rate(self, t: f64) -> f64 {
        match self {
            Self::Bridge { a } => a * (1.0 - 2.0 * t) / 2.0,
            _ => self.value(t) * self.rate(t),
        }
    }

    /// Whether there is no noise at any time.
    pub fn is_zero(self) -> bool {
        self == Self::Zero
    }

    /// The largest value over `[0, 1]`.
    pub fn peak(self) -> f64 {
        match self {
            Self::Constant { sigma } => sigma,
            _ => self.value(0.5),
        }
    }

    /// Refuses parameters without a meaning.
    ///
    /// # Errors
    /// A variance or standard deviation that is not positive and finite.
    pub fn validate(self) -> Result<()> {
        let (name, value) = match self {
            Self::Bridge { a } => ("The variance `a` of a bridge", a),
            Self::Constant { sigma } => ("The constant spread `sigma`", sigma),
            _ => return Ok(()),
        };
        if value > 0.0 && value.is_finite() {
            return Ok(());
        }
        Err(Error::input(format!("{name} is {value}, but it must be positive and finite."))
            .advise("For a path without noise choose the kind \"zero\"."))
    }
}
