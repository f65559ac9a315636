//! Costs of a displacement that the engine has no name for.

use rayon::prelude::*;
use thalweg_core::{Context, Points, Result};
use thalweg_ot::{CostMatrix, Entropic, Metric, PairCosts, Sinkhorn, Translation};

/// What a displacement costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Apart {
    /// `sum |z_k|`.
    Cityblock,
    /// `|z|^2 / 2 + gamma sum |z_k|`: displacements have few coordinates.
    Elastic { gamma: f64 },
}

impl Apart {
    /// The cost between two points.
    pub(super) fn between(self, x: &[f64], y: &[f64]) -> f64 {
        let sum = |of: &dyn Fn(f64) -> f64| x.iter().zip(y).map(|(a, b)| of(a - b)).sum::<f64>();
        match self {
            Self::Cityblock => sum(&f64::abs),
            Self::Elastic { gamma } => sum(&|z| 0.5 * z * z + gamma * z.abs()),
        }
    }

    /// All costs between two clouds. Runs in the calling pool.
    pub(super) fn matrix(self, x: &Points, y: &Points) -> Result<CostMatrix> {
        let mut values = vec![0.0; x.len() * y.len()];
        values.par_chunks_mut(y.len()).enumerate().for_each(|(i, out)| {
            out.iter_mut().zip(y.rows()).for_each(|(c, y)| *c = self.between(x.row(i), y));
        });
        CostMatrix::new(x.len(), y.len(), values)
    }

    /// The entropic plan, without a matrix.
    pub(super) fn entropic(
        self,
        (x, a): (&Points, &[f64]),
        (y, b): (&Points, &[f64]),
        settings: &Sinkhorn,
        ctx: &Context,
    ) -> Result<Entropic> {
        let solve = |costs: &dyn PairCosts| settings.solve_pairs(ctx, a, b, costs, None);
        match self {
            Self::Cityblock => solve(&Metric::Cityblock.between(x, y, None)?),
            Self::Elastic { gamma } => {
                let h = move |z: &[f64]| z.iter().map(|z| 0.5 * z * z + gamma * z.abs()).sum::<f64>();
                solve(&Translation::new(x, y, h)?)
            }
        }
    }
}
