//! Exact transport between weighted points, with a proof.

use crate::assignment::assign_until;
use crate::cost::ALONE;
use crate::market;
use crate::scan::least_two;
use crate::simplex::Transportation;
use crate::{Assignment, CostMatrix, GroundCost, Plan, flow, plan::Sparse, simd};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// From this many points on both sides short lists are faster than a matrix.
const LISTED: usize = 64;

/// What proves a plan optimal: no plan is cheaper than any feasible dual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// Cost of the plan.
    pub primal: f64,
    /// Value of the dual potentials after they were made feasible over all pairs.
    pub dual: f64,
    /// `primal - dual`: the plan is at most this far from optimal, up to rounding of the two sums.
    pub gap: f64,
    /// Largest absolute cost, or without a matrix a bound of it; `gap / scale` of about 1e-14 is as good as double precision allows.
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
/// In up to four dimensions without a matrix, in `O(n + m)` memory: coarse to fine, by an auction and shortest paths where
/// equal numbers of equal weights make it an assignment, else by an auction for amounts and pivots on few arcs; a search
/// over all pairs proves either. In more dimensions, and for a few points, the `n x m` costs are held.
///
/// # Errors
/// Different dimensions, costs that overflow, a memory budget below the cost matrix, interruption.
pub fn transport(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost) -> Result<Exact> {
    let alike = source.len() == target.len() && equal(source.weights()) && equal(target.weights());
    let many = source.len().saturating_mul(target.len()) > ALONE;
    let suits = market::suits(source.points(), target.points());
    if alike
        && suits
        && let Some(exact) = between_clouds(ctx, source.points(), target.points(), cost)?
    {
        return Ok(exact);
    }
    let full = 8 * source.len() as u64 * target.len() as u64;
    if suits && many && source.len().min(target.len()) >= LISTED {
        let lean = flow::bytes(source.points(), target.points());
        if lean <= full || ctx.memory().is_none_or(|budget| lean <= budget) {
            ctx.require_memory(lean, "Exact transport without a matrix")?;
            if let Some(exact) = ctx.install(|| flow::between(cost, source, target, &|| ctx.check_stop()))? {
                return Ok(exact);
            }
        }
    }
    ctx.require_memory(full, "The cost matrix of exact transport")?;
    let build = || cost.matrix(source.points(), target.points());
    let matrix = if many { ctx.install(build) } else { build() }?;
    transport_matrix(ctx, source.weights(), target.weights(), &matrix)
}

/// Optimal transport between the weights `a` and `b`, each normalised to mass 1, under a given cost.
///
/// # Errors
/// A shape that does not fit, weights that are negative, not finite or all zero, interruption.
pub fn transport_matrix(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<Exact> {
    transport_near(ctx, a, b, cost, None)
}

/// As [`transport_matrix`], beginning with the target potentials of a problem that is nearly the same, such as the one
/// before in an iteration.
///
/// Any finite potentials lead to an optimum, near ones sooner. Below some hundred rows or columns they are not used.
///
/// # Errors
/// As [`transport_matrix`], and potentials that are not finite or not one for each column.
pub fn transport_matrix_from(
    ctx: &Context,
    a: &[f64],
    b: &[f64],
    cost: &CostMatrix,
    target_potential: &[f64],
) -> Result<Exact> {
    if target_potential.len() != cost.cols() || target_potential.iter().any(|v| !v.is_finite()) {
        return Err(Error::input(format!(
            "Exact transport can begin with {} finite potentials, one for each column, and got {}, of which {} are finite.",
            cost.cols(),
            target_potential.len(),
            target_potential.iter().filter(|v| v.is_finite()).count()
        )));
    }
    // Optimal potentials differ by no more than twice the largest cost; larger ones would only take digits.
    let (top, most) = (simd::max(target_potential), 2.0 * cost.scale());
    let near: Vec<f64> = target_potential.iter().map(|v| (v - top).max(-most)).collect();
    transport_near(ctx, a, b, cost, Some(&near))
}

fn transport_near(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix, near: Option<&[f64]>) -> Result<Exact> {
    if a.len() != cost.rows() || b.len() != cost.cols() {
        return Err(Error::input(format!(
            "{} and {} weights do not fit a cost of {} rows and {} columns.",
            a.len(),
            b.len(),
            cost.rows(),
            cost.cols()
        )));
    }
    let stop = || ctx.check_stop();
    let solve = || {
        if a.len() == b.len() && equal(a) && equal(b) {
            from_assignment(&assign_until(cost, near, &stop)?, cost)
        } else {
            Transportation::new(a, b, cost)?.solve(near, &stop)
        }
    };
    if cost.values().len() <= ALONE { solve() } else { ctx.install(solve) }
}

/// Whether all weights are one positive number.
fn equal(w: &[f64]) -> bool {
    w[0] > 0.0 && w[0].is_finite() && w.iter().all(|v| *v == w[0])
}

/// Equal numbers of equal weights in few dimensions: an assignment without a matrix.
fn between_clouds(ctx: &Context, source: &Points, target: &Points, cost: GroundCost) -> Result<Option<Exact>> {
    let n = source.len();
    ctx.require_memory(market::bytes(n, source.dim()), "Exact transport without a matrix")?;
    let matched = ctx.install(|| market::between(cost, source, target, &|| ctx.check_stop()))?;
    Ok(matched.map(|matched| {
        let mass = 1.0 / n as f64;
        let pair = |(i, j): (usize, &usize)| (i, *j, mass, cost.between(source.row(i), target.row(*j)));
        let plan = Plan::Sparse(Sparse::new(n, n, matched.target.iter().enumerate().map(pair).collect()));
        let (u, v) = (matched.source_potential, matched.target_potential);
        let (primal, dual) = (plan.cost(), u.iter().zip(&v).map(|(u, v)| mass * (u + v)).sum::<f64>());
        let certificate = Certificate { primal, dual, gap: primal - dual, scale: matched.scale };
        Exact { plan, source_potential: u, target_potential: v, certificate }
    }))
}

fn from_assignment(assignment: &Assignment, cost: &CostMatrix) -> Result<Exact> {
    let n = cost.rows();
    let mass = 1.0 / n as f64;
    let entries = assignment.target.iter().enumerate().map(|(i, j)| (i, *j, mass, cost.at(i, *j))).collect();
    let plan = Plan::Sparse(Sparse::new(n, n, entries));
    let weights = vec![mass; n];
    certify(plan, assignment.target_potential.clone(), &weights, &weights, cost)
}

/// The largest row potentials that are feasible with the column potentials `v`. Runs in the calling pool.
pub(crate) fn feasible(cost: &CostMatrix, v: &[f64]) -> Vec<f64> {
    let least = |i| least_two(cost.row(i), v).first;
    if cost.values().len() <= ALONE {
        return (0..cost.rows()).map(least).collect();
    }
    (0..cost.rows()).into_par_iter().with_min_len(64).map(least).collect()
}

/// Makes the potentials feasible (each `u_i` becomes the row's minimum of `C_ij - v_j`) and measures the gap.
pub(crate) fn certify(plan: Plan, v: Vec<f64>, a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<Exact> {
    let u = feasible(cost, &v);
    let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    let dual = dot(a, &u) + dot(b, &v);
    let primal = plan.cost();
    let certificate = Certificate { primal, dual, gap: primal - dual, scale: cost.scale() };
    if !certificate.primal.is_finite() || !certificate.dual.is_finite() {
        return Err(Error::failed(format!("Exact transport left the finite range: primal {primal}, dual {dual}.")));
    }
    Ok(Exact { plan, source_potential: u, target_potential: v, certificate })
}
