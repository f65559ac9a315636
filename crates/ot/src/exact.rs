//! Exact transport between weighted points, with a proof.

use crate::assignment::assign_until;
use crate::simplex::Transportation;
use crate::{Assignment, CostMatrix, GroundCost, Plan, plan::Sparse};
use thalweg_core::{Context, Error, Measure, Result};

/// What proves a plan optimal: no plan is cheaper than any feasible dual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// Cost of the plan.
    pub primal: f64,
    /// Value of the dual potentials after they were made feasible over all pairs.
    pub dual: f64,
    /// `primal - dual`: the plan is at most this far from optimal, up to rounding of the two sums.
    pub gap: f64,
    /// Largest absolute cost; `gap / scale` of about 1e-14 is as good as double precision allows.
    pub scale: f64,
}

/// An optimal plan between probability weights.
#[derive(Clone, Debug)]
pub struct Exact {
    /// The plan, at most `n + m - 1` entries, mass 1.
    pub plan: Plan,
    /// Dual potential of each source: `u_i + v_j <= C_ij`.
    pub source_potential: Vec<f64>,
    /// Dual potential of each target.
    pub target_potential: Vec<f64>,
    /// Primal, dual and their gap.
    pub certificate: Certificate,
}

/// Optimal transport from `source` to `target`, each normalised to mass 1.
///
/// Equal numbers of equal weights are an assignment; everything else goes to the network simplex. Holds the
/// `n x m` costs.
///
/// # Errors
/// Different dimensions, costs that overflow, a memory budget below the cost matrix, interruption.
pub fn transport(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost) -> Result<Exact> {
    let bytes = 8 * source.len() as u64 * target.len() as u64;
    ctx.require_memory(bytes, "The cost matrix of exact transport")?;
    let matrix = ctx.install(|| cost.matrix(source.points(), target.points()))?;
    transport_matrix(ctx, source.weights(), target.weights(), &matrix)
}

/// Optimal transport between the weights `a` and `b`, each normalised to mass 1, under a given cost.
///
/// # Errors
/// A shape that does not fit, weights that are negative, not finite or all zero, interruption.
pub fn transport_matrix(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<Exact> {
    if a.len() != cost.rows() || b.len() != cost.cols() {
        return Err(Error::input(format!(
            "{} and {} weights do not fit a cost of {} rows and {} columns.",
            a.len(),
            b.len(),
            cost.rows(),
            cost.cols()
        )));
    }
    let equal = |w: &[f64]| w[0] > 0.0 && w[0].is_finite() && w.iter().all(|v| *v == w[0]);
    if a.len() == b.len() && equal(a) && equal(b) {
        return from_assignment(&assign_until(cost, &|| ctx.check_stop())?, cost);
    }
    Transportation::new(a, b, cost)?.solve(ctx)
}

fn from_assignment(assignment: &Assignment, cost: &CostMatrix) -> Result<Exact> {
    let n = cost.rows();
    let mass = 1.0 / n as f64;
    let entries = assignment.target.iter().enumerate().map(|(i, j)| (i, *j, mass, cost.at(i, *j))).collect();
    let plan = Plan::Sparse(Sparse::new(n, n, entries));
    let weights = vec![mass; n];
    certify(plan, assignment.source_potential.clone(), assignment.target_potential.clone(), &weights, &weights, cost)
}

/// Makes the potentials feasible (each `u_i` becomes the row's minimum of `C_ij - v_j`) and measures the gap.
pub(crate) fn certify(
    plan: Plan,
    mut u: Vec<f64>,
    v: Vec<f64>,
    a: &[f64],
    b: &[f64],
    cost: &CostMatrix,
) -> Result<Exact> {
    for (i, u) in u.iter_mut().enumerate() {
        *u = cost.row(i).iter().zip(&v).fold(f64::INFINITY, |s, (c, v)| s.min(c - v));
    }
    let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    let dual = dot(a, &u) + dot(b, &v);
    let primal = plan.cost();
    let certificate = Certificate { primal, dual, gap: primal - dual, scale: cost.scale() };
    if !certificate.primal.is_finite() || !certificate.dual.is_finite() {
        return Err(Error::failed(format!("Exact transport left the finite range: primal {primal}, dual {dual}.")));
    }
    Ok(Exact { plan, source_potential: u, target_potential: v, certificate })
}
