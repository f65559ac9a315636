//! The path `x_t = alpha(t) x1 + beta(t) x0 + gamma(t) z` and its velocity.

use crate::{Gamma, Schedule};
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// Values and time derivatives of the coefficients of a path at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// Weight of the target.
    pub alpha: f64,
    /// Weight of the source.
    pub beta: f64,
    /// Weight of the noise.
    pub gamma: f64,
    /// `alpha'`.
    pub d_alpha: f64,
    /// `beta'`; infinite at the data end of variance-preserving and -exploding schedules.
    pub d_beta: f64,
    /// `gamma'`; infinite at both ends of a Brownian bridge.
    pub d_gamma: f64,
    /// `beta beta'`, finite everywhere.
    pub beta_d_beta: f64,
    /// `gamma gamma'`, finite everywhere.
    pub gamma_d_gamma: f64,
}

impl Coefficients {
    /// Writes `x_t` of one draw, all slices of equal length. Without noise, `z` is not read.
    pub fn point(&self, x0: &[f64], x1: &[f64], z: &[f64], out: &mut [f64]) {
        combine([self.beta, self.alpha, self.gamma], x0, x1, z, out);
    }

    /// Writes `dx_t/dt` of one draw, all slices of equal length. Without noise, `z` is not read.
    pub fn velocity(&self, x0: &[f64], x1: &[f64], z: &[f64], out: &mut [f64]) {
        combine([self.d_beta, self.d_alpha, self.d_gamma], x0, x1, z, out);
    }
}

fn combine(weights: [f64; 3], x0: &[f64], x1: &[f64], z: &[f64], out: &mut [f64]) {
    let [a, b, c] = weights;
    for (k, o) in out.iter_mut().enumerate() {
        *o = a * x0[k] + b * x1[k];
    }
    if c != 0.0 {
        out.iter_mut().zip(z).for_each(|(o, z)| *o += c * z);
    }
}

/// A point between two draws, its velocity and its spread.
pub trait Path: Send + Sync {
    /// The coefficients at `t` in `[0, 1]`.
    fn at(&self, t: f64) -> Coefficients;

    /// Standard deviation of the point given both draws.
    fn spread(&self, t: f64) -> f64 {
        self.at(t).gamma
    }

    /// Whether the path carries noise of its own, so that a `z` has to be drawn.
    fn is_noisy(&self) -> bool;
}

/// A path as plain data: a schedule of the two ends and a latent noise.
///
/// In a configuration: `{"schedule": {"kind": "linear"}, "gamma": {"kind": "bridge", "a": 1.0}}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AffinePath {
    /// Weights of source and target.
    pub schedule: Schedule,
    /// Weight of the noise.
    pub gamma: Gamma,
}

impl AffinePath {
    /// A path without noise.
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, gamma: Gamma::Zero }
    }

    /// Straight lines without noise.
    pub fn linear() -> Self {
        Self::default()
    }

    /// The same schedule under another noise.
    #[must_use]
    pub fn with_gamma(self, gamma: Gamma) -> Self {
        Self { gamma, ..self }
    }

    /// Refuses combinations without a meaning.
    ///
    /// # Errors
    /// A parameter out of range; a trigonometric path whose noise reaches 1, where its variance is used up; an
    /// encoding-decoding path without noise in the middle, where it would be a single point.
    pub fn validate(&self) -> Result<()> {
        self.schedule.validate()?;
        self.gamma.validate()?;
        let peak = self.gamma.peak();
        match self.schedule {
            Schedule::Trigonometric {} if peak >= 1.0 => Err(Error::input(format!(
                "The noise of a trigonometric path reaches {peak}, but it must stay below 1."
            ))
            .advise("Use a bridge with `a` below 4, or a linear path.")),
            Schedule::EncodingDecoding {} if peak == 0.0 => {
                Err(Error::input("An encoding-decoding path without noise collapses to one point at t = 1/2.")
                    .advise("Use the noise \"sine-squared\"."))
            }
            _ => Ok(()),
        }
    }
}

impl Path for AffinePath {
    fn at(&self, t: f64) -> Coefficients {
        let mut w = self.schedule.at(t);
        let gamma = self.gamma.value(t);
        let gamma_d_gamma = self.gamma.value_times_rate(t);
        if matches!(self.schedule, Schedule::Trigonometric {}) && gamma_d_gamma.abs() + gamma > 0.0 {
            // d sqrt(1 - gamma²) = -gamma gamma' / sqrt(1 - gamma²).
            let left = (1.0 - gamma * gamma).max(0.0).sqrt();
            let d_left = -gamma_d_gamma / left;
            w.d_alpha = w.d_alpha * left + w.alpha * d_left;
            w.d_beta = w.d_beta * left + w.beta * d_left;
            w.alpha *= left;
            w.beta *= left;
            w.beta_d_beta = w.beta * w.d_beta;
        }
        Coefficients {
            alpha: w.alpha,
            beta: w.beta,
            gamma,
            d_alpha: w.d_alpha,
            d_beta: w.d_beta,
            d_gamma: self.gamma.rate(t),
            beta_d_beta: w.beta_d_beta,
            gamma_d_gamma,
        }
    }

    fn is_noisy(&self) -> bool {
        !self.gamma.is_zero()
    }
}
