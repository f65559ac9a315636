//! What two sites do when they meet: a random column-stochastic matrix.

use crate::demand;
use crate::mass_exchange::NAME;
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result, Stream};

/// One matrix of a law, `u' = p u + q v`, `v' = (1 - p) u + (1 - q) v`, and how often it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its probability.
    pub probability: f64,
    /// What the first site keeps of its own.
    pub p: f64,
    /// What it takes of the other.
    pub q: f64,
}

/// The law of the matrix. Which of the two sites is the first is drawn with probability 1/2 each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Exchange {
    /// One site takes all but a fraction of the mass of both: near 0 masses merge, at 1/2 they level.
    PairSum {
        /// The fraction that is left to the other, 0 to 1.
        kept: f64,
    },
    /// The first site takes the mass of both: aggregation.
    Aggregation {},
    /// A uniform share of the mass of both: Kipnis, Marchioro and Presutti.
    UniformShare {},
    /// The first site gives all but a fraction of its own mass.
    OneWay {
        /// The fraction that it keeps, 0 to 1.
        kept: f64,
    },
    /// The first site gives a uniform fraction of its own mass: Takayasu's without injection.
    UniformGift {},
    /// Any finite law.
    Any {
        /// Its matrices; probabilities of sum 1.
        choices: Vec<Choice>,
    },
}

impl Exchange {
    /// Refuses parameters out of range.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::PairSum { kept } | Self::OneWay { kept } => {
                demand((0.0..=1.0).contains(kept), NAME, "exchange.kept", kept, "between 0 and 1")
            }
            Self::Any { choices } => {
                let share = |v: f64| (0.0..=1.0).contains(&v);
                let sum: f64 = choices.iter().map(|c| c.probability).sum();
                if (sum - 1.0).abs() > 1e-9
                    || choices.iter().any(|c| !(share(c.probability) && share(c.p) && share(c.q)))
                {
                    return Err(Error::input(format!(
                        "The {} choices of the exchange are no law: their probabilities sum to {sum}.",
                        choices.len()
                    ))
                    .advise("Give probabilities, p and q between 0 and 1, the probabilities of sum 1."));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A matrix `(p, q)`; the first site has been drawn.
    pub(super) fn draw(&self, stream: &mut Stream) -> (f64, f64) {
        match self {
            Self::PairSum { kept } => (1.0 - kept, 1.0 - kept),
            Self::Aggregation {} => (1.0, 1.0),
            Self::UniformShare {} => {
                let share = stream.uniform();
                (share, share)
            }
            Self::OneWay { kept } => (*kept, 0.0),
            Self::UniformGift {} => (stream.uniform(), 0.0),
            Self::Any { choices } => {
                let mut left = stream.uniform();
                for choice in choices {
                    if left < choice.probability {
                        return (choice.p, choice.q);
                    }
                    left -= choice.probability;
                }
                choices.last().map_or((1.0, 0.0), |c| (c.p, c.q))
            }
        }
    }

    /// Means of `p^2`, `q^2`, `(1 - p)^2`, `(1 - q)^2`, of `p q` and of `(1 - p)(1 - q)`.
    fn squares(&self) -> [f64; 6] {
        let of =
            |p: f64, q: f64| [p * p, q * q, (1.0 - p) * (1.0 - p), (1.0 - q) * (1.0 - q), p * q, (1.0 - p) * (1.0 - q)];
        let third = 1.0 / 3.0;
        match self {
            Self::PairSum { kept } => of(1.0 - kept, 1.0 - kept),
            Self::Aggregation {} => of(1.0, 1.0),
            Self::UniformShare {} => [third; 6],
            Self::OneWay { kept } => of(*kept, 0.0),
            Self::UniformGift {} => [third, 0.0, third, 1.0, 0.0, 0.5],
            Self::Any { choices } => choices.iter().fold([0.0; 6], |sum, c| {
                let one = of(c.p, c.q);
                std::array::from_fn(|i| sum[i] + c.probability * one[i])
            }),
        }
    }

    /// The ratio of `<u^2>` to the product of two different sites in the steady state, `kappa`; infinite where all mass gathers.
    ///
    /// A meeting leaves `<u^2>` of the two as it is on average: with `C_0 = kappa C` and all other products equal to `C`,
    /// `2 kappa = (a + b) kappa + 2 c`, where `a`, `b` are the means of the squares taken of the first and the second site and `c`
    /// that of the products.
    pub fn kappa(&self) -> f64 {
        let [p, q, p1, q1, pq, pq1] = self.squares();
        let lost = 2.0 - (p + q + p1 + q1);
        if lost > 0.0 { 2.0 * (pq + pq1) / lost } else { f64::INFINITY }
    }

    /// The second moment in the steady state on `sites` sites, in units of the squared mean density:
    /// `kappa sites / (sites - 1 + kappa)`, on rings and in mean field alike.
    pub fn second_moment(&self, sites: usize) -> f64 {
        let (n, kappa) = (sites as f64, self.kappa());
        if kappa.is_finite() { kappa * n / (n - 1.0 + kappa) } else { n }
    }
}
