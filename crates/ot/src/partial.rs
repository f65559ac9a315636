//! Exact partial transport: mass may stay behind, or be created, at a price.

use crate::{Certificate, CostMatrix, GroundCost, Plan, plan::Sparse, transport_matrix};
use thalweg_core::{Context, Error, Measure, Result};

/// A plan of partial transport.
#[derive(Clone, Debug)]
pub struct Partial {
    /// The mass that moves, in the units of the weights; its row and column sums are at most the weights.
    pub plan: Plan,
    /// Mass of each source that stays behind.
    pub source_left: Vec<f64>,
    /// Mass of each target that is created.
    pub target_left: Vec<f64>,
    /// `sum C pi + lambda (|a| + |b| - 2 |pi|)`.
    pub objective: f64,
    /// The objective, a lower bound of it by the dual, and their gap.
    pub certificate: Certificate,
}

/// Minimises `sum C pi + lambda (|a| + |b| - 2 |pi|)` over plans between parts of two measures. Masses need not be equal
/// and are not normalised: mass that would have to go where the cost exceeds `2 lambda` is destroyed and created instead.
///
/// One exact solve with a dummy point on each side. Holds two cost matrices.
///
/// # Errors
/// Different dimensions, costs that overflow, a `lambda` that is not positive and finite, a memory budget below the cost
/// matrices, interruption.
pub fn partial(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost, lambda: f64) -> Result<Partial> {
    let bytes = (16 * source.len() as u64).saturating_mul(target.len() as u64);
    ctx.require_memory(bytes, "Partial transport with two cost matrices")?;
    let matrix = ctx.install(|| cost.matrix(source.points(), target.points()))?;
    partial_matrix(ctx, source.weights(), target.weights(), &matrix, lambda)
}

/// As [`partial`] between the weights `a` and `b` under a given cost. Costs may be negative.
///
/// Reference: Caffarelli, McCann, Ann. of Math. 171 (2010); the dummy points are those of Chapel, Alaya, Gasso, NeurIPS 2020.
///
/// # Errors
/// A shape that does not fit, weights that are negative, not finite or all zero, a `lambda` that is not positive and
/// finite, interruption.
pub fn partial_matrix(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix, lambda: f64) -> Result<Partial> {
    crate::line::check_weights(a)?;
    crate::line::check_weights(b)?;
    if a.len() != cost.rows() || b.len() != cost.cols() {
        return Err(Error::input(format!(
            "{} and {} weights do not fit a cost of {} rows and {} columns.",
            a.len(),
            b.len(),
            cost.rows(),
            cost.cols()
        )));
    }
    if !(lambda > 0.0 && lambda.is_finite()) {
        return Err(Error::input(format!(
            "The price lambda of mass left behind is {lambda}, but it must be positive and finite."
        )));
    }
    let (mass_a, mass_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    let total = mass_a + mass_b;
    let with_dummy = |w: &[f64], dummy: f64| w.iter().copied().chain([dummy]).collect::<Vec<_>>();
    let extended = extended(cost, 2.0 * lambda)?;
    let exact = transport_matrix(ctx, &with_dummy(a, mass_b), &with_dummy(b, mass_a), &extended)?;
    let mut entries = Vec::new();
    exact.plan.for_each(|i, j, mass| {
        if i < a.len() && j < b.len() {
            entries.push((i, j, mass * total, cost.at(i, j)));
        }
    });
    let plan = Plan::Sparse(Sparse::new(a.len(), b.len(), entries));
    let left = |w: &[f64], sums: Vec<f64>| w.iter().zip(sums).map(|(w, s)| (w - s).max(0.0)).collect();
    let objective = plan.cost() + lambda * (total - 2.0 * plan.mass());
    let dual = exact.certificate.dual * total + lambda * total;
    let certificate = Certificate { primal: objective, dual, gap: objective - dual, scale: exact.certificate.scale };
    let (source_left, target_left) = (left(a, plan.row_sums()), left(b, plan.column_sums()));
    Ok(Partial { plan, source_left, target_left, objective, certificate })
}

/// `C - saving` with a row and a column of zeros: going to a dummy point is not moving.
fn extended(cost: &CostMatrix, saving: f64) -> Result<CostMatrix> {
    let (n, m) = (cost.rows(), cost.cols());
    let mut values = Vec::with_capacity((n + 1) * (m + 1));
    for i in 0..n {
        values.extend(cost.row(i).iter().map(|c| c - saving));
        values.push(0.0);
    }
    values.resize((n + 1) * (m + 1), 0.0);
    CostMatrix::new(n + 1, m + 1, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::{Points, Stream};

    fn cloud(n: usize, stream: &mut Stream) -> Measure {
        Measure::counted(Points::new(2, (0..2 * n).map(|_| stream.normal()).collect()).unwrap()).unwrap()
    }

    #[test]
    fn one_pair_moves_if_moving_is_cheaper() {
        let ctx = Context::new(0, 1).unwrap();
        let at = |x: f64, w: f64| Measure::new(Points::new(1, vec![x]).unwrap(), vec![w]).unwrap();
        let solve = |x: f64| partial(&ctx, &at(0.0, 2.0), &at(x, 3.0), GroundCost::SquaredEuclidean, 0.5).unwrap();
        let near = solve(0.5);
        assert!((near.objective - (2.0 * 0.25 + 0.5)).abs() < 1e-12 && (near.plan.mass() - 2.0).abs() < 1e-12);
        assert!((near.target_left[0] - 1.0).abs() < 1e-12 && near.source_left[0] < 1e-12);
        let far = solve(2.0);
        assert!((far.objective - 0.5 * 5.0).abs() < 1e-12 && far.plan.mass() < 1e-12);
    }

    /// Unit atoms: an optimal plan matches a subset of pairs, so that all partial matchings can be tried.
    #[test]
    fn it_is_the_best_of_all_partial_matchings() {
        fn best(cost: &CostMatrix, lambda: f64, row: usize, taken: &mut Vec<bool>) -> f64 {
            if row == cost.rows() {
                return lambda * taken.iter().filter(|t| !**t).count() as f64;
            }
            let mut least = lambda + best(cost, lambda, row + 1, taken);
            for j in 0..cost.cols() {
                if !taken[j] {
                    taken[j] = true;
                    least = least.min(cost.at(row, j) + best(cost, lambda, row + 1, taken));
                    taken[j] = false;
                }
            }
            least
        }
        let ctx = Context::new(0, 1).unwrap();
        for seed in 0..20 {
            let mut stream = Stream::new(seed, "partial", 0);
            let (x, y) = (cloud(4, &mut stream), cloud(5, &mut stream));
            let lambda = 0.1 + stream.uniform();
            let found = partial(&ctx, &x, &y, GroundCost::SquaredEuclidean, lambda).unwrap();
            let cost = GroundCost::SquaredEuclidean.matrix(x.points(), y.points()).unwrap();
            let truth = best(&cost, lambda, 0, &mut vec![false; 5]);
            assert!((found.objective - truth).abs() < 1e-10, "{} {truth}", found.objective);
            assert!(found.certificate.gap.abs() < 1e-10);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let cost = CostMatrix::new(1, 1, vec![1.0]).unwrap();
        assert!(partial_matrix(&ctx, &[1.0, 1.0], &[1.0], &cost, 1.0).is_err());
        assert!(partial_matrix(&ctx, &[1.0], &[-1.0], &cost, 1.0).is_err());
        assert!(partial_matrix(&ctx, &[1.0], &[1.0], &cost, 0.0).unwrap_err().to_string().contains("lambda"));
    }
}
