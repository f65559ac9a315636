//! Entropic transport without its bias: a divergence that is zero between equals, with its gradient.
//!
//! References: Genevay, Peyre, Cuturi, AISTATS 2018; Feydy et al., AISTATS 2019; for unequal masses, Sejourne et al.,
//! arXiv:1910.12958 (2019).

use super::{Entropic, Sinkhorn};
use crate::{GroundCost, Plan};
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Report, Result};

/// `S(a, b) = OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2 + epsilon (|a| - |b|)^2 / 2`, each with the entropy's share.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The divergence, in mass times units of the cost.
    pub value: f64,
    /// Its gradient in the source points, `n x d`.
    pub gradient: Points,
    /// The report of the three solves that ended worst.
    pub report: Report,
}

impl Sinkhorn {
    /// The Sinkhorn divergence of two measures under `|x - y|^2`, and its gradient in the source points.
    ///
    /// Costs three solves and two averages over their plans. The gradient is that of the optimal value (the plan may
    /// be held fixed), so its error is of the order of the marginal error.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve`], or penalties that differ between the sides, for which there is no divergence.
    pub fn divergence(&self, ctx: &Context, source: &Arc<Measure>, target: &Arc<Measure>) -> Result<Divergence> {
        if self.source != self.target {
            return Err(Error::input(format!(
                "A Sinkhorn divergence needs one penalty for both sides, but they are {:?} and {:?}.",
                self.source, self.target
            )));
        }
        let solve = |a: &Arc<Measure>, b: &Arc<Measure>| self.solve(ctx, a, b, GroundCost::SquaredEuclidean, None);
        let (across, plan) = solve(source, target)?;
        let (own, own_plan) = solve(source, source)?;
        let (other, _) = solve(target, target)?;
        let difference = source.mass() - target.mass();
        let value =
            across.objective - 0.5 * (own.objective + other.objective) + 0.5 * self.epsilon * difference * difference;
        let gradient = ctx.install(|| gradient(source, (&across, &plan, target), (&own, &own_plan)))?;
        let reports = [across.report, own.report, other.report];
        let worst = |r: &Report| r.residuals.first().map_or(f64::INFINITY, |(_, v)| *v);
        let short = reports.iter().filter(|r| !r.converged()).chain(&reports);
        let mut report = reports[0].clone();
        if let Some(found) =
            short.into_iter().max_by(|a, b| b.converged().cmp(&a.converged()).then(worst(a).total_cmp(&worst(b))))
        {
            report = found.clone();
        }
        report.seconds = reports.iter().map(|r| r.seconds).sum();
        Ok(Divergence { value, gradient, report })
    }
}

/// `2 sum_j pi_ij (x_i - y_j)` of the plan to the target, less that of the plan to the source itself, in which a point
/// stands on both sides and the half before the term cancels.
fn gradient(
    source: &Measure,
    (across, plan, target): (&Entropic, &Plan, &Measure),
    (own, own_plan): (&Entropic, &Plan),
) -> Result<Points> {
    let points = source.points();
    let (to_target, to_self) = (plan.apply(target.points())?, own_plan.apply(points)?);
    // Up to the marginal error the plan to itself is symmetric: the mean of both sides is closer.
    let from_self = own_plan.apply_transposed(points)?;
    let mut gradient = Points::zeros(points.len(), points.dim());
    for i in 0..points.len() {
        let mass = across.row_sums[i] - 0.5 * (own.row_sums[i] + own.column_sums[i]);
        for (k, g) in gradient.row_mut(i).iter_mut().enumerate() {
            let inner = 0.5 * (to_self.row(i)[k] + from_self.row(i)[k]);
            *g = 2.0 * (mass * points.row(i)[k] - to_target.row(i)[k] + inner);
        }
    }
    Ok(gradient)
}
