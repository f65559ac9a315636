//! Exact partial transport: a part of the mass moves, as much as is told or as pays at a price.
//!
//! One exact solve with a dummy point on each side: what a source sends to the dummy target stays, what the dummy source
//! sends was not there. References: Caffarelli, McCann, Ann. of Math. 171 (2010); the dummy points are those of Chapel,
//! Alaya, Gasso, NeurIPS 2020.

use crate::cost::{Packed, check_clouds};
use crate::line::check_weights;
use crate::{Certificate, CostMatrix, GroundCost, Plan, plan::Sparse, transport_matrix};
use rayon::prelude::*;
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
    /// Dual potential of each source: `u_i + v_j` is at most what moving from i to j adds to the objective.
    pub source_potential: Vec<f64>,
    /// Dual potential of each target.
    pub target_potential: Vec<f64>,
    /// At a price `sum C pi + lambda (|a| + |b| - 2 |pi|)`, of a given mass `sum C pi`.
    pub objective: f64,
    /// The objective, a lower bound of it by the dual, and their gap.
    pub certificate: Certificate,
}

/// Minimises `sum C pi + lambda (|a| + |b| - 2 |pi|)` over plans between parts of two measures. Masses need not be equal
/// and are not normalised: mass that would have to go where the cost exceeds `2 lambda` is destroyed and created instead.
///
/// Holds one cost matrix, and a second where weights are zero.
///
/// # Errors
/// Different dimensions, costs that overflow, a `lambda` that is not positive and finite, a memory budget below two
/// cost matrices, interruption.
pub fn partial(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost, lambda: f64) -> Result<Partial> {
    check_price(lambda)?;
    let costs = between_clouds(ctx, source, target, cost)?;
    at_price(ctx, source.weights(), target.weights(), costs, lambda)
}

/// As [`partial`] between the weights `a` and `b` under a given cost, of which it takes a copy. Costs may be negative.
///
/// # Errors
/// A shape that does not fit, weights that are negative, not finite or all zero, a `lambda` that is not positive and
/// finite, interruption.
pub fn partial_matrix(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix, lambda: f64) -> Result<Partial> {
    check_price(lambda)?;
    at_price(ctx, a, b, between_weights(a, b, cost)?, lambda)
}

/// Minimises `sum C pi` over plans between parts of two measures that move `mass`, at most the smaller of the two.
///
/// The mass is exact to rounding, and the certificate proves that no plan moves as much for less. Memory as [`partial`].
///
/// # Errors
/// Different dimensions, costs that overflow, a mass that is negative or more than a side has, a memory budget below
/// two cost matrices, interruption.
pub fn partial_of_mass(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    cost: GroundCost,
    mass: f64,
) -> Result<Partial> {
    let (a, b) = (source.weights(), target.weights());
    check_mass(a, b, mass)?;
    let costs = between_clouds(ctx, source, target, cost)?;
    of_mass(ctx, a, b, costs, mass)
}

/// As [`partial_of_mass`] between the weights `a` and `b` under a given cost, of which it takes a copy. Costs may be
/// negative.
///
/// # Errors
/// As [`partial_matrix`] and [`partial_of_mass`].
pub fn partial_of_mass_matrix(ctx: &Context, a: &[f64], b: &[f64], cost: &CostMatrix, mass: f64) -> Result<Partial> {
    let costs = between_weights(a, b, cost)?;
    check_mass(a, b, mass)?;
    of_mass(ctx, a, b, costs, mass)
}

/// Costs with room for a last row and a last column, those of the dummy points.
struct Costs {
    cols: usize,
    values: Vec<f64>,
}

fn between_clouds(ctx: &Context, source: &Measure, target: &Measure, cost: GroundCost) -> Result<Costs> {
    let (x, y) = (source.points(), target.points());
    check_clouds(x, y)?;
    let bytes = (16 * source.len() as u64).saturating_mul(target.len() as u64);
    ctx.require_memory(bytes, "Partial transport with two cost matrices")?;
    let packed = Packed::new(y);
    Ok(ctx.install(|| Costs::filled(x.len(), y.len(), |i, row| packed.fill(cost, x, i, row))))
}

fn between_weights(a: &[f64], b: &[f64], cost: &CostMatrix) -> Result<Costs> {
    check_weights(a)?;
    check_weights(b)?;
    if a.len() != cost.rows() || b.len() != cost.cols() {
        return Err(Error::input(format!(
            "{} and {} weights do not fit a cost of {} rows and {} columns.",
            a.len(),
            b.len(),
            cost.rows(),
            cost.cols()
        )));
    }
    Ok(Costs::filled(a.len(), b.len(), |i, row| row.copy_from_slice(cost.row(i))))
}

impl Costs {
    /// Row by row on the threads of the calling pool, zeros in the last row and column.
    fn filled(rows: usize, cols: usize, fill: impl Fn(usize, &mut [f64]) + Sync) -> Self {
        let mut values = vec![0.0; (rows + 1) * (cols + 1)];
        values.par_chunks_mut(cols + 1).enumerate().filter(|(i, _)| *i < rows).for_each(|(i, row)| {
            fill(i, &mut row[..cols]);
        });
        Self { cols, values }
    }

    /// The costs but for those of the dummy points.
    fn real(&mut self) -> impl Iterator<Item = &mut [f64]> {
        let cols = self.cols;
        let rows = self.values.len() / (cols + 1) - 1;
        self.values.chunks_exact_mut(cols + 1).take(rows).map(move |row| &mut row[..cols])
    }

    fn matrix(self) -> Result<CostMatrix> {
        let cols = self.cols + 1;
        CostMatrix::new(self.values.len() / cols, cols, self.values)
    }
}

/// Every unit that moves saves `2 lambda`, and the dummy points take all that does not.
fn at_price(ctx: &Context, a: &[f64], b: &[f64], mut costs: Costs, lambda: f64) -> Result<Partial> {
    let saving = 2.0 * lambda;
    costs.real().flatten().for_each(|c| *c -= saving);
    let (mass_a, mass_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    let solved = with_dummies(ctx, (a, mass_a), (b, mass_b), &costs.matrix()?, saving)?;
    let all = mass_a + mass_b;
    let objective = solved.plan.cost() + lambda * (all - 2.0 * solved.plan.mass());
    Ok(solved.valued(objective, lambda * all))
}

/// The dummy points take what does not move. Between them nothing goes: it would cost more than it could save, and make
/// more real mass move.
fn of_mass(ctx: &Context, a: &[f64], b: &[f64], mut costs: Costs, mass: f64) -> Result<Partial> {
    let largest = costs.real().flatten().fold(0.0_f64, |s, c| s.max(c.abs()));
    if let Some(last) = costs.values.last_mut() {
        // Relative to the costs, so that it does not drown theirs.
        *last = if largest > 0.0 { 3.0 * largest } else { 1.0 };
    }
    let left = |w: &[f64]| (w.iter().sum::<f64>() - mass).max(0.0);
    let solved = with_dummies(ctx, (a, left(a)), (b, left(b)), &costs.matrix()?, 0.0)?;
    let objective = solved.plan.cost();
    Ok(solved.valued(objective, 0.0))
}

/// Masses of exact plans are differences of sums of weights: less than this part of the smaller weight is rounding.
const ROUNDING: f64 = 1e-12;

/// Exact transport where the dummy points may take `stay` of each side. What a unit saves by moving is already in the
/// costs, and not in those of the plan. The objective is that of the transport.
fn with_dummies(
    ctx: &Context,
    (a, stay_a): (&[f64], f64),
    (b, stay_b): (&[f64], f64),
    costs: &CostMatrix,
    saving: f64,
) -> Result<Partial> {
    let (n, m) = (a.len(), b.len());
    let with = |w: &[f64], dummy: f64| w.iter().copied().chain([dummy]).collect::<Vec<_>>();
    let exact = transport_matrix(ctx, &with(a, stay_b), &with(b, stay_a), costs)?;
    let total = a.iter().sum::<f64>() + stay_b;
    let mut entries = Vec::new();
    exact.plan.for_each(|i, j, share| {
        let mass = share * total;
        if i < n && j < m && mass > ROUNDING * a[i].min(b[j]) {
            entries.push((i, j, mass, costs.at(i, j) + saving));
        }
    });
    let plan = Plan::Sparse(Sparse::new(n, m, entries));
    let left = |w: &[f64], sums: Vec<f64>| w.iter().zip(sums).map(|(w, s)| (w - s).max(0.0)).collect();
    let (mut source_potential, mut target_potential) = (exact.source_potential, exact.target_potential);
    source_potential.truncate(n);
    target_potential.truncate(m);
    let dual = exact.certificate.dual * total;
    Ok(Partial {
        source_left: left(a, plan.row_sums()),
        target_left: left(b, plan.column_sums()),
        plan,
        source_potential,
        target_potential,
        objective: dual,
        certificate: Certificate { dual, ..exact.certificate },
    })
}

impl Partial {
    /// With its objective, which is the transport's plus a constant.
    fn valued(self, objective: f64, constant: f64) -> Self {
        let dual = self.certificate.dual + constant;
        let certificate = Certificate { primal: objective, dual, gap: objective - dual, ..self.certificate };
        Self { objective, certificate, ..self }
    }
}

fn check_price(lambda: f64) -> Result<()> {
    if lambda > 0.0 && lambda.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("The price lambda of mass left behind is {lambda}, but it must be positive and finite.")))
}

fn check_mass(a: &[f64], b: &[f64], mass: f64) -> Result<()> {
    let (of_source, of_target) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    let most = of_source.min(of_target);
    if mass >= 0.0 && mass <= most * (1.0 + ROUNDING) {
        return Ok(());
    }
    Err(Error::input(format!(
        "The mass that moves is {mass}, but the source has {of_source} and the target {of_target}; no more can move than either has, and no less than 0."
    ))
    .advise(format!("Give at most {most}.")))
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

    /// Unit atoms: of a whole mass an optimal plan matches so many pairs, and between two of them the optimum is linear.
    #[test]
    fn of_a_mass_it_is_the_best_matching_of_so_many_pairs() {
        fn best(cost: &CostMatrix, pairs: usize, row: usize, taken: &mut Vec<bool>) -> f64 {
            if pairs == 0 || row == cost.rows() {
                return if pairs == 0 { 0.0 } else { f64::INFINITY };
            }
            let mut least = best(cost, pairs, row + 1, taken);
            for j in 0..cost.cols() {
                if !taken[j] {
                    taken[j] = true;
                    least = least.min(cost.at(row, j) + best(cost, pairs - 1, row + 1, taken));
                    taken[j] = false;
                }
            }
            least
        }
        let ctx = Context::new(0, 1).unwrap();
        for seed in 0..10 {
            let mut stream = Stream::new(seed, "partial-mass", 0);
            let (x, y) = (cloud(4, &mut stream), cloud(5, &mut stream));
            let cost = GroundCost::Euclidean.matrix(x.points(), y.points()).unwrap();
            let truth: Vec<f64> = (0..=4).map(|pairs| best(&cost, pairs, 0, &mut vec![false; 5])).collect();
            for mass in [0.0, 0.3, 1.0, 1.75, 2.0, 3.0, 3.5, 4.0] {
                let found = partial_of_mass(&ctx, &x, &y, GroundCost::Euclidean, mass).unwrap();
                let (low, share) = (mass.floor() as usize, mass.fract());
                let optimum = truth[low] + if share > 0.0 { share * (truth[low + 1] - truth[low]) } else { 0.0 };
                assert!((found.objective - optimum).abs() < 1e-12, "{mass}: {} {optimum}", found.objective);
                assert!(found.certificate.gap.abs() < 1e-12 && (found.plan.mass() - mass).abs() < 1e-12);
                let left: f64 = found.target_left.iter().sum();
                assert!((left - (5.0 - mass)).abs() < 1e-12);
                // Negative costs: as cheap a plan, lower by what each unit saves.
                let values = cost.values().iter().map(|c| c - 10.0).collect();
                let lower = CostMatrix::new(4, 5, values).unwrap();
                let (a, b) = (x.weights(), y.weights());
                let lowered = partial_of_mass_matrix(&ctx, a, b, &lower, mass).unwrap();
                assert!((lowered.objective - (optimum - 10.0 * mass)).abs() < 1e-11);
            }
            let said = partial_of_mass(&ctx, &x, &y, GroundCost::Euclidean, 4.1).unwrap_err().to_string();
            assert!(said.contains("4.1") && partial_of_mass(&ctx, &x, &y, GroundCost::Euclidean, f64::NAN).is_err());
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
