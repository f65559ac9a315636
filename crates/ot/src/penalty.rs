//! How strictly a marginal must be met.

use thalweg_core::{Error, Result};

/// Penalty on the distance of a plan's marginal `p` from its measure `a`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MarginalPenalty {
    /// The marginal must be met: `p = a`.
    Exact,
    /// `rho KL(p | a)` with `KL(p | a) = sum p log(p / a) - p + a`; `rho` is in units of the cost.
    Kl {
        /// Cost of destroying or creating mass; infinity recovers [`MarginalPenalty::Exact`].
        rho: f64,
    },
}

impl MarginalPenalty {
    /// Refuses a `rho` that is not positive and finite.
    ///
    /// # Errors
    /// As said, naming the value.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Kl { rho } if !(rho > 0.0 && rho.is_finite()) => {
                Err(Error::input(format!("The marginal penalty rho is {rho}, but it must be positive and finite."))
                    .advise("Use an exact marginal in place of an infinite rho."))
            }
            _ => Ok(()),
        }
    }

    /// Exponent `rho / (rho + epsilon)` by which a scaling step is damped; 1 for an exact marginal.
    pub fn damping(self, epsilon: f64) -> f64 {
        match self {
            Self::Exact => 1.0,
            Self::Kl { rho } => rho / (rho + epsilon),
        }
    }

    /// The ratio `p / a` that is optimal at the potential `f`: `exp(-f / rho)`, and 1 for an exact marginal.
    pub fn ratio(self, potential: f64) -> f64 {
        match self {
            Self::Exact => 1.0,
            Self::Kl { rho } => (-potential / rho).exp(),
        }
    }

    /// The penalty itself; the caller guarantees an exact marginal is met.
    pub(crate) fn value(self, marginal: &[f64], weights: &[f64]) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl { rho } => {
                let terms =
                    marginal.iter().zip(weights).map(|(p, a)| if *p > 0.0 { p * (p / a).ln() - p + a } else { *a });
                rho * terms.sum::<f64>()
            }
        }
    }
}
