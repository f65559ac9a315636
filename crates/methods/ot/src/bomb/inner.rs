//! The problem between two batches.

use super::NAME;
use crate::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Points, Result};
use thalweg_ot::{GroundCost, Sinkhorn, partial_matrix, transport_matrix};

/// Transport between two batches with cost `|x - y|^2` and weights `1 / m`. Parameters are in squared units of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Inner {
    /// Exact transport.
    Exact {},
    /// Entropic transport; its value is the whole objective.
    Entropic {
        /// Positive.
        epsilon: f64,
    },
    /// Entropic transport with both marginals relaxed by `rho KL`.
    Unbalanced {
        /// Positive.
        epsilon: f64,
        /// Positive.
        rho: f64,
    },
    /// Exact partial transport: mass further apart than `sqrt(2 lambda)` stays.
    Partial {
        /// Positive.
        lambda: f64,
    },
}

/// A solved inner problem: its value and the entries of its plan.
pub(super) struct Coupled {
    pub(super) value: f64,
    pub(super) entries: Vec<(usize, usize, f64)>,
}

impl Inner {
    pub(super) fn check(&self) -> Result<()> {
        let positive = |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), NAME, name, v, "positive and finite");
        match *self {
            Self::Exact {} => Ok(()),
            Self::Entropic { epsilon } => positive("inner.epsilon", epsilon),
            Self::Unbalanced { epsilon, rho } => {
                positive("inner.epsilon", epsilon)?;
                positive("inner.rho", rho)
            }
            Self::Partial { lambda } => positive("inner.lambda", lambda),
        }
    }

    pub(super) fn solve(&self, ctx: &Context, x: &Points, y: &Points) -> Result<Coupled> {
        let cost = GroundCost::SquaredEuclidean.matrix(x, y)?;
        let (a, b) = (vec![1.0 / x.len() as f64; x.len()], vec![1.0 / y.len() as f64; y.len()]);
        let mut entries = Vec::new();
        let entropic = |solver: Sinkhorn| {
            // Mini-batches are small, and their plans are differentiated.
            let solved = Sinkhorn { tolerance: 1e-9, ..solver }.solve_matrix(&a, &b, &cost, None)?;
            let plan = solved.matrix(&a, &b, &cost);
            let entries = plan.into_iter().enumerate().map(|(e, p)| (e / b.len(), e % b.len(), p)).collect();
            Ok(Coupled { value: solved.objective, entries })
        };
        match *self {
            Self::Exact {} => {
                let exact = transport_matrix(ctx, &a, &b, &cost)?;
                exact.plan.for_each(|i, j, mass| entries.push((i, j, mass)));
                Ok(Coupled { value: exact.plan.cost(), entries })
            }
            Self::Partial { lambda } => {
                let solved = partial_matrix(ctx, &a, &b, &cost, lambda)?;
                solved.plan.for_each(|i, j, mass| entries.push((i, j, mass)));
                Ok(Coupled { value: solved.objective, entries })
            }
            Self::Entropic { epsilon } => entropic(Sinkhorn::balanced(epsilon)),
            Self::Unbalanced { epsilon, rho } => entropic(Sinkhorn::unbalanced(epsilon, rho)),
        }
    }
}
