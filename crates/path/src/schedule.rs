//! The two weights of a path: `alpha(t)` on the target and `beta(t)` on the source.

use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, PI};
use thalweg_core::{Error, Result};

/// How a path leaves the source and reaches the target, over `[0, 1]`.
///
/// With a Gaussian source, `beta` is the `sigma` of the diffusion literature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Schedule {
    /// `alpha = t`, `beta = 1 - (1 - sigma_min) t`: straight lines (Lipman et al. 2023; Liu et al. 2023).
    Linear {
        /// What is left of the source at `t = 1`, in `[0, 1)`.
        #[serde(default)]
        sigma_min: f64,
    },
    /// `alpha = sin(pi t / 2)`, `beta = cos(pi t / 2)`, each times `sqrt(1 - gamma²)`: constant variance.
    Trigonometric {},
    /// `alpha = exp(-¼ (1-t)² (b1 - b0) - ½ (1-t) b0)`, `beta = sqrt(1 - alpha²)` (Song et al. 2021).
    VariancePreserving {
        /// Noise rate at the data end, positive.
        #[serde(default = "default_b0")]
        b0: f64,
        /// Noise rate at the noise end, at least `b0`.
        #[serde(default = "default_b1")]
        b1: f64,
    },
    /// `alpha = 1`, `beta = sigma_min sqrt((sigma_max / sigma_min)^(2 - 2 t) - 1)` (Song et al. 2021).
    VarianceExploding {
        /// Sets the geometric rate, positive.
        #[serde(default = "default_sigma_min")]
        sigma_min: f64,
        /// Spread at `t = 0` (to a relative `sigma_min² / sigma_max²`), above `sigma_min`.
        sigma_max: f64,
    },
    /// `beta = cos²(pi t)` before one half, `alpha = cos²(pi t)` after it: through pure noise.
    EncodingDecoding {},
    /// `alpha = 1`, `beta = 0`: the target plus noise, there and back.
    Mirror {},
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Linear { sigma_min: 0.0 }
    }
}

fn default_b0() -> f64 {
    0.1
}

fn default_b1() -> f64 {
    20.0
}

fn default_sigma_min() -> f64 {
    0.01
}

/// `alpha`, `beta`, their derivatives, and `beta beta'`, which stays finite where `beta'` does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    pub alpha: f64,
    pub beta: f64,
    pub d_alpha: f64,
    pub d_beta: f64,
    pub beta_d_beta: f64,
}

impl Weights {
    fn new(alpha: f64, beta: f64, d_alpha: f64, d_beta: f64) -> Self {
        Self { alpha, beta, d_alpha, d_beta, beta_d_beta: beta * d_beta }
    }

    /// From `beta²` and its derivative, for schedules whose `beta` ends like a square root.
    fn from_variance(alpha: f64, d_alpha: f64, variance: f64, d_variance: f64) -> Self {
        let beta = variance.max(0.0).sqrt();
        let beta_d_beta = 0.5 * d_variance;
        Self { alpha, beta, d_alpha, d_beta: beta_d_beta / beta, beta_d_beta }
    }
}

impl Schedule {
    pub(crate) fn at(self, t: f64) -> Weights {
        match self {
            Self::Linear { sigma_min } => Weights::new(t, 1.0 - (1.0 - sigma_min) * t, 1.0, sigma_min - 1.0),
            Self::Trigonometric {} => {
                let (sin, cos) = (FRAC_PI_2 * t).sin_cos();
                Weights::new(sin, cos, FRAC_PI_2 * cos, -FRAC_PI_2 * sin)
            }
            Self::VariancePreserving { b0, b1 } => {
                let s = 1.0 - t;
                let log_alpha = -0.25 * s * s * (b1 - b0) - 0.5 * s * b0;
                let d_log_alpha = 0.5 * s * (b1 - b0) + 0.5 * b0;
                let alpha = log_alpha.exp();
                let d_alpha = alpha * d_log_alpha;
                Weights::from_variance(alpha, d_alpha, -(2.0 * log_alpha).exp_m1(), -2.0 * alpha * d_alpha)
            }
            Self::VarianceExploding { sigma_min, sigma_max } => {
                let rate = 2.0 * (sigma_max / sigma_min).ln();
                let excess = (rate * (1.0 - t)).exp_m1();
                let floor = sigma_min * sigma_min;
                Weights::from_variance(1.0, 0.0, floor * excess, -floor * rate * (excess + 1.0))
            }
            Self::EncodingDecoding {} => {
                let square = (PI * t).cos().powi(2);
                let d_square = -PI * (2.0 * PI * t).sin();
                if t < 0.5 {
                    Weights::new(0.0, square, 0.0, d_square)
                } else {
                    Weights::new(square, 0.0, d_square, 0.0)
                }
            }
            Self::Mirror {} => Weights::new(1.0, 0.0, 0.0, 0.0),
        }
    }

    /// Refuses parameters without a meaning.
    ///
    /// # Errors
    /// A parameter outside the range its variant names.
    pub fn validate(self) -> Result<()> {
        let sentence = match self {
            Self::Linear { sigma_min } if !(0.0..1.0).contains(&sigma_min) => {
                format!("`sigma_min` of a linear path is {sigma_min}, but it must lie in [0, 1).")
            }
            Self::VariancePreserving { b0, b1 } if !(b0 > 0.0 && b1 >= b0 && b1.is_finite()) => {
                format!("A variance-preserving path needs 0 < b0 <= b1, and they are {b0} and {b1}.")
            }
            Self::VarianceExploding { sigma_min, sigma_max }
                if !(sigma_min > 0.0 && sigma_max > sigma_min && sigma_max.is_finite()) =>
            {
                format!(
                    "A variance-exploding path needs 0 < sigma_min < sigma_max, and they are {sigma_min} and {sigma_max}."
                )
            }
            _ => return Ok(()),
        };
        Err(Error::input(sentence))
    }
}
