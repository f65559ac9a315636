//! What a user chooses about an integration, as plain data.

use crate::{EulerMaruyama, RungeKutta, Stepper, StochasticHeun, tableau};
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// The integration schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Explicit Euler, order 1, one evaluation a step.
    Euler,
    /// Explicit midpoint, order 2, two evaluations a step.
    Midpoint,
    /// Heun's trapezoidal rule, order 2, two evaluations a step.
    Heun,
    /// The classical method of Kutta, order 4, four evaluations a step.
    Rk4,
    /// Dormand and Prince's pair of orders 5 and 4, adaptive, six evaluations a step, dense output of order 4.
    DormandPrince,
    /// Euler-Maruyama for `dx = b dt + sigma dW`, in the sense of Itô: weak order 1, strong order 1/2, and
    /// strong order 1 for additive noise.
    EulerMaruyama,
    /// Stochastic Heun. For the additive noise `sigma(t)` of a vector field the Itô and Stratonovich senses
    /// agree: weak order 2, strong order 1.
    StochasticHeun,
}

impl Scheme {
    /// Whether the scheme draws noise.
    pub fn is_stochastic(self) -> bool {
        matches!(self, Self::EulerMaruyama | Self::StochasticHeun)
    }

    /// Whether the scheme chooses its own step lengths.
    pub fn is_adaptive(self) -> bool {
        matches!(self, Self::DormandPrince)
    }

    /// A fresh stepper of this scheme.
    pub fn stepper(self) -> Box<dyn Stepper> {
        match self {
            Self::Euler => Box::new(RungeKutta::new(&tableau::EULER)),
            Self::Midpoint => Box::new(RungeKutta::new(&tableau::MIDPOINT)),
            Self::Heun => Box::new(RungeKutta::new(&tableau::HEUN)),
            Self::Rk4 => Box::new(RungeKutta::new(&tableau::RK4)),
            Self::DormandPrince => Box::new(RungeKutta::new(&tableau::DORMAND_PRINCE)),
            Self::EulerMaruyama => Box::new(EulerMaruyama::default()),
            Self::StochasticHeun => Box::new(StochasticHeun::default()),
        }
    }
}

/// Which states to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaveAt {
    /// The end of the span only.
    End,
    /// The start and every step. An adaptive scheme then takes one common step length for all rows, so that
    /// they share their times, and runs on one thread.
    Steps,
    /// This many equally spaced times, both ends included (at least 2).
    Even(usize),
    /// These times, in the order of integration, within the span.
    Times(Vec<f64>),
}

/// Configuration of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Integrate {
    /// The scheme.
    pub scheme: Scheme,
    /// Equal steps over the whole span, for schemes of fixed step. Steps land on the saved times, so each
    /// interval between two of them gets its share, rounded up.
    pub steps: usize,
    /// Relative tolerance of an adaptive scheme.
    pub rtol: f64,
    /// Absolute tolerance of an adaptive scheme, in units of the state.
    pub atol: f64,
    /// What to keep.
    pub save: SaveAt,
    /// Most steps a row may take, rejected ones included.
    pub max_steps: usize,
    /// Wall-clock budget in seconds.
    pub max_seconds: Option<f64>,
}

impl Default for Integrate {
    /// Dormand-Prince with tolerances 1e-6, the end saved, at most 100,000 steps.
    fn default() -> Self {
        Self {
            scheme: Scheme::DormandPrince,
            steps: 100,
            rtol: 1e-6,
            atol: 1e-6,
            save: SaveAt::End,
            max_steps: 100_000,
            max_seconds: None,
        }
    }
}

impl Integrate {
    /// A scheme of fixed step with this many steps over the span.
    pub fn fixed(scheme: Scheme, steps: usize) -> Self {
        Self { scheme, steps, max_steps: steps.max(100_000).saturating_mul(2), ..Self::default() }
    }

    /// Dormand-Prince with `rtol = atol = tolerance`.
    pub fn adaptive(tolerance: f64) -> Self {
        Self { rtol: tolerance, atol: tolerance, ..Self::default() }
    }

    /// The same, keeping other states.
    #[must_use]
    pub fn saving(self, save: SaveAt) -> Self {
        Self { save, ..self }
    }

    /// Refuses settings that no integration can follow.
    ///
    /// # Errors
    /// Tolerances, step counts or budgets out of range; the message names the value.
    pub fn validate(&self) -> Result<()> {
        if self.steps == 0 && !self.scheme.is_adaptive() {
            return Err(Error::input("The number of steps is 0, but a scheme of fixed step needs at least 1."));
        }
        if self.max_steps == 0 {
            return Err(Error::input("max_steps is 0, but an integration needs at least 1 step."));
        }
        let finite = |v: f64| v.is_finite() && v >= 0.0;
        if !finite(self.rtol) || !finite(self.atol) || self.rtol + self.atol <= 0.0 {
            return Err(Error::input(format!(
                "The tolerances are rtol = {} and atol = {}, but both must be finite and not negative, and one of them positive.",
                self.rtol, self.atol
            )));
        }
        match self.max_seconds {
            Some(s) if !(s.is_finite() && s > 0.0) => {
                Err(Error::input(format!("max_seconds is {s}, but a time budget must be finite and positive.")))
            }
            _ => Ok(()),
        }
    }
}
