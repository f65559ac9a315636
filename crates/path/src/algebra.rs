//! Velocity, score, denoiser and noise on a one-sided path: four names of one function.
//!
//! With a standard normal source and no latent noise, `x = alpha D + sigma E` and `v = alpha' D + sigma' E`,
//! where `D = E[x1 | x]`, `E = E[x0 | x]`, `sigma = beta`, and the score is `s = -E / sigma`. Each of the four
//! is therefore `p x + q y` in any other `y`, with two numbers that depend on time alone.

use crate::Coefficients;
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// What a network predicts on a path with a standard normal source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prediction {
    /// `v = E[dx/dt | x]`.
    Velocity,
    /// `s = grad log p_t(x)`.
    Score,
    /// `D = E[x1 | x]`.
    Denoiser,
    /// `E = E[x0 | x]`.
    Noise,
}

/// `out = of_point x + of_value y`, coordinate by coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// Weight of the point.
    pub of_point: f64,
    /// Weight of the given prediction.
    pub of_value: f64,
}

impl Conversion {
    const IDENTITY: Self = Self { of_point: 0.0, of_value: 1.0 };

    /// Converts one coordinate: `x` of the point, `y` of the given prediction.
    pub fn apply(self, x: f64, y: f64) -> f64 {
        self.of_point * x + self.of_value * y
    }

    fn blend(a: f64, first: Self, b: f64, second: Self) -> Self {
        Self { of_point: a * first.of_point + b * second.of_point, of_value: a * first.of_value + b * second.of_value }
    }
}

impl Coefficients {
    /// The conversion of a prediction `from` into the prediction `to` on this path at this time.
    ///
    /// # Errors
    /// The conversion divides by a coefficient that vanishes at this time (the score at `sigma = 0`, the
    /// denoiser from the noise at `alpha = 0`), or the path carries latent noise.
    pub fn convert(&self, from: Prediction, to: Prediction) -> Result<Conversion> {
        if self.gamma != 0.0 {
            return Err(Error::input(format!(
                "Predictions convert into each other only on a path without latent noise, and gamma is {} here.",
                self.gamma
            )));
        }
        if from == to {
            return Ok(Conversion::IDENTITY);
        }
        let conversion = self.predict(self.data_and_noise(from), to);
        if conversion.of_point.is_finite() && conversion.of_value.is_finite() {
            return Ok(conversion);
        }
        Err(Error::input(format!(
            "The {from:?} does not determine the {to:?} where alpha is {} and sigma is {}.",
            self.alpha, self.beta
        ))
        .advise("Stay away from the ends of the path."))
    }

    /// `(D, E)` from a prediction.
    fn data_and_noise(&self, from: Prediction) -> (Conversion, Conversion) {
        let (alpha, sigma) = (self.alpha, self.beta);
        let pair = |d: [f64; 2], e: [f64; 2]| {
            let build = |c: [f64; 2]| Conversion { of_point: c[0], of_value: c[1] };
            (build(d), build(e))
        };
        match from {
            Prediction::Velocity => {
                let det = alpha * self.d_beta - self.d_alpha * sigma;
                pair([self.d_beta / det, -sigma / det], [-self.d_alpha / det, alpha / det])
            }
            Prediction::Score => pair([1.0 / alpha, sigma * sigma / alpha], [0.0, -sigma]),
            Prediction::Denoiser => pair([0.0, 1.0], [1.0 / sigma, -alpha / sigma]),
            Prediction::Noise => pair([1.0 / alpha, -sigma / alpha], [0.0, 1.0]),
        }
    }

    /// A prediction from `(D, E)`.
    fn predict(&self, (d, e): (Conversion, Conversion), to: Prediction) -> Conversion {
        match to {
            Prediction::Velocity => Conversion::blend(self.d_alpha, d, self.d_beta, e),
            Prediction::Score => Conversion::blend(0.0, d, -1.0 / self.beta, e),
            Prediction::Denoiser => d,
            Prediction::Noise => e,
        }
    }

    /// The score from the conditional mean of the latent noise, `s = -E[z | x] / gamma`; infinite where
    /// `gamma` vanishes.
    pub fn score_of_latent(&self, eta: f64) -> f64 {
        -eta / self.gamma
    }

    /// The velocity `b = v0 - gamma gamma' s` from its noiseless part `v0 = E[alpha' x1 + beta' x0 | x]` and
    /// the score; finite at the ends.
    pub fn velocity_of_parts(&self, v0: f64, score: f64) -> f64 {
        v0 - self.gamma_d_gamma * score
    }
}
