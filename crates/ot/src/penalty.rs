//! How strictly a marginal must be met.

use std::f64::consts::LOG2_E;
use thalweg_core::{Error, Result};

/// Exponents of two are kept in this range, inside which products of their powers with costs are finite.
const REACH: f64 = 400.0;

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
    /// `lambda sum |p - a|`: partial transport. Mass that is dearer to move than to leave out on both sides stays.
    TotalVariation {
        /// Cost of a unit of mass destroyed or created, in units of the cost.
        lambda: f64,
    },
}

impl MarginalPenalty {
    /// Refuses a weight that is not positive and finite.
    ///
    /// # Errors
    /// As said, naming the value.
    pub fn check(self) -> Result<()> {
        let (name, weight) = match self {
            Self::Exact => return Ok(()),
            Self::Kl { rho } => ("rho", rho),
            Self::TotalVariation { lambda } => ("lambda", lambda),
        };
        if weight > 0.0 && weight.is_finite() {
            return Ok(());
        }
        Err(Error::input(format!("The marginal penalty {name} is {weight}, but it must be positive and finite."))
            .advise(format!("Use an exact marginal in place of an infinite {name}.")))
    }

    /// Exponent `rho / (rho + epsilon)` by which a scaling step is damped; 1 for an exact marginal.
    ///
    /// Under total variation a step is cut, not damped, and the factor is 1 where it is not cut.
    pub fn damping(self, epsilon: f64) -> f64 {
        match self {
            Self::Exact | Self::TotalVariation { .. } => 1.0,
            Self::Kl { rho } => rho / (rho + epsilon),
        }
    }

    /// The mass that a potential asks of a point of weight `weight` which has `mass`, equal to it at the optimum:
    /// `a exp(-f / rho)` under KL, and under total variation `a` unless the next step ends at the bound of the potential, and
    /// then the mass after it. `potential` and `step` are over epsilon in powers of two.
    pub(crate) fn asked(self, weight: f64, mass: f64, potential: f64, step: f64, epsilon: f64) -> f64 {
        match self {
            Self::Exact => weight,
            Self::Kl { rho } => weight * (-potential * (epsilon / rho)).clamp(-REACH, REACH).exp2(),
            // Where no mass is left out or made the marginal must be met.
            Self::TotalVariation { .. } if !self.binds(step, epsilon) => weight,
            Self::TotalVariation { .. } => mass * (step - potential).clamp(-REACH, REACH).exp2(),
        }
    }

    /// Whether a potential over epsilon, in powers of two, lies at the bound of what the penalty allows.
    pub(crate) fn binds(self, potential: f64, epsilon: f64) -> bool {
        match self {
            Self::Exact | Self::Kl { .. } => false,
            Self::TotalVariation { lambda } => potential.abs() >= lambda / epsilon * LOG2_E,
        }
    }

    /// `epsilon / rho`: what the penalty adds to the curvature of the dual, per unit of mass asked.
    pub(crate) fn curvature(self, epsilon: f64) -> f64 {
        match self {
            Self::Exact | Self::TotalVariation { .. } => 0.0,
            Self::Kl { rho } => epsilon / rho,
        }
    }

    /// How much of a common shift of this side's potentials comes back as a change of mass, over epsilon: the
    /// derivative of the log of the mass. `None` where a shift has no such form.
    pub(crate) fn yielding(self, epsilon: f64) -> Option<f64> {
        match self {
            Self::Exact => Some(0.0),
            Self::Kl { rho } => Some(epsilon / (rho + epsilon)),
            Self::TotalVariation { .. } => None,
        }
    }

    /// The potential over epsilon, in powers of two, that is optimal against a log-sum in powers of two.
    pub(crate) fn potential(self, log_sum: f64, epsilon: f64) -> f64 {
        match self {
            Self::Exact => -log_sum,
            Self::Kl { .. } => -self.damping(epsilon) * log_sum,
            Self::TotalVariation { .. } => self.within(-log_sum, epsilon),
        }
    }

    /// A potential to begin with, over epsilon in powers of two: under total variation the least, at which no mass is
    /// made, since the way back from too much is long.
    pub(crate) fn first(self, epsilon: f64) -> f64 {
        match self {
            Self::Exact | Self::Kl { .. } => 0.0,
            Self::TotalVariation { .. } => self.within(f64::NEG_INFINITY, epsilon),
        }
    }

    /// The nearest potential over epsilon, in powers of two, that the penalty allows.
    pub(crate) fn within(self, potential: f64, epsilon: f64) -> f64 {
        match self {
            Self::Exact | Self::Kl { .. } => potential,
            Self::TotalVariation { lambda } => {
                let most = lambda / epsilon * LOG2_E;
                potential.clamp(-most, most)
            }
        }
    }

    /// The ratio `p / a` at the potential that is optimal against a log-sum in powers of two.
    pub(crate) fn row_ratio(self, log_sum: f64, epsilon: f64) -> f64 {
        match self {
            Self::Exact => 1.0,
            Self::Kl { rho } => (log_sum * (epsilon / (rho + epsilon))).clamp(-REACH, REACH).exp2(),
            Self::TotalVariation { .. } => (self.potential(log_sum, epsilon) + log_sum).clamp(-REACH, REACH).exp2(),
        }
    }

    /// The penalty itself; the caller guarantees an exact marginal is met.
    pub(crate) fn value(self, marginal: &[f64], weights: &[f64]) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl { rho } => {
                // Where the two are nearly the same, most digits of the three terms cancel.
                let term = |(p, a): (&f64, &f64)| match (p - a) / a {
                    _ if *p <= 0.0 => *a,
                    off if off.abs() < 0.5 => a * ((1.0 + off) * off.ln_1p() - off),
                    _ => p * (p / a).ln() - p + a,
                };
                rho * marginal.iter().zip(weights).map(term).sum::<f64>()
            }
            Self::TotalVariation { lambda } => {
                lambda * marginal.iter().zip(weights).map(|(p, a)| (p - a).abs()).sum::<f64>()
            }
        }
    }
}
