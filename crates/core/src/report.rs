//! What became of a solve: failure is data.

use serde::{Deserialize, Serialize};

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Status {
    /// The stopping rule was met.
    Converged,
    /// A budget ran out first.
    Exhausted {
        /// Which one.
        budget: Budget,
    },
    /// The numbers left the finite range.
    Diverged,
    /// The caller asked to stop.
    Interrupted,
}

/// The budgets that can run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Outer iterations or training steps.
    Iterations,
    /// Iterations of an inner solver.
    InnerIterations,
    /// Wall-clock seconds.
    Time,
    /// The floating-point format cannot resolve the tolerance asked for.
    Precision,
}

/// Status, effort and residuals of a solve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// Iterations, accepted steps or training steps done.
    pub iterations: usize,
    /// Named residuals at the end, for example `("marginal error", 3e-9)`.
    pub residuals: Vec<(String, f64)>,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The seed, where random numbers were used.
    pub seed: Option<u64>,
    /// What to try next, with a number where one is known.
    pub advice: Option<String>,
}

impl Report {
    /// A report with a status and nothing else yet.
    pub fn new(status: Status, iterations: usize) -> Self {
        Self { status, iterations, residuals: Vec::new(), seconds: 0.0, seed: None, advice: None }
    }

    /// Whether the stopping rule was met.
    pub fn converged(&self) -> bool {
        self.status == Status::Converged
    }

    /// Adds a named residual.
    #[must_use]
    pub fn residual(mut self, name: &str, value: f64) -> Self {
        self.residuals.push((name.to_owned(), value));
        self
    }

    /// Adds the wall-clock seconds since `start`.
    #[must_use]
    pub fn timed(mut self, start: std::time::Instant) -> Self {
        self.seconds = start.elapsed().as_secs_f64();
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}
