//! The assignment problem: equal numbers of equal weights.

use crate::simplex::Transportation;
use crate::{CostMatrix, GroundCost, Plan, auction, augment::Augment, exact::feasible, market, monge};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// From this many rows short lists are faster than whole rows.
const LISTED: usize = 640;

/// An optimal assignment and its dual potentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Column of each row: a permutation.
    pub target: Vec<usize>,
    /// Sum of the costs of the pairs.
    pub cost: f64,
    /// Dual potential of each row: `u_i + v_j <= C_ij`, equal on the pairs, up to rounding.
    pub source_potential: Vec<f64>,
    /// Dual potential of each column.
    pub target_potential: Vec<f64>,
}

/// The permutation of least total cost of a square matrix.
///
/// Matrices that an order of rows and columns solves, as costs on a line or products are, by that order. Large ones by auction and
/// shortest paths on short lists; small ones, and those whose prices pass the lists as fast as they are filled, over whole rows;
/// those with so many ties that paths become long by the network simplex. Parallel parts run in the calling pool.
///
/// # Errors
/// The matrix is not square.
pub fn assign(cost: &CostMatrix) -> Result<Assignment> {
    assign_until(cost, None, &|| Ok(()))
}

/// The assignment of least total cost of each pair of clouds, as many at a time as the context has threads; answers in the
/// order of the pairs.
///
/// Clouds of a pair have equal numbers of points. Takes 8 bytes a pair of points for each thread.
///
/// # Errors
/// Those of [`GroundCost::matrix`] and [`assign`] for the first pair that has one, or interruption.
pub fn assign_many(ctx: &Context, pairs: &[(Points, Points)], cost: GroundCost) -> Result<Vec<Assignment>> {
    let stop = || ctx.check_stop();
    let solve = |values: &mut Vec<f64>, (k, (x, y)): (usize, &(Points, Points))| {
        stop()?;
        let matrix = cost.matrix_in(std::mem::take(values), x, y);
        let found = matrix.and_then(|matrix| {
            let found = assign_until(&matrix, None, &stop);
            *values = matrix.into_values();
            found
        });
        found.map_err(|e| e.within(format_args!("pair {k}")))
    };
    let found: Vec<Result<Assignment>> =
        ctx.install(|| pairs.par_iter().enumerate().map_init(Vec::new, solve).collect());
    found.into_iter().collect()
}

/// As [`assign`], asking `stop` every few milliseconds whether to go on; from column potentials `near` the optimal ones if
/// there are any.
pub(crate) fn assign_until(
    cost: &CostMatrix,
    near: Option<&[f64]>,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Assignment> {
    let n = cost.rows();
    if cost.cols() != n {
        return Err(Error::input(format!(
            "An assignment needs as many rows as columns and got {n} and {}.",
            cost.cols()
        )));
    }
    let ones = vec![1; n];
    if let Some(solved) = monge::ship(cost, &ones, &ones) {
        let mut target = vec![0; n];
        solved.shipments.iter().for_each(|(i, j, _)| target[*i] = *j);
        let sum = target.iter().enumerate().map(|(i, j)| cost.at(i, *j)).sum();
        let (source_potential, target_potential) = (solved.source_potential, solved.target_potential);
        return Ok(Assignment { target, cost: sum, source_potential, target_potential });
    }
    if n >= LISTED
        && let Some((columns, prices)) = market::assigned(cost, near, stop)?
    {
        return Ok(listed(cost, &columns, &prices));
    }
    let mut search = Augment::new(cost.values(), n);
    auction::start(&mut search, stop)?;
    if search.finish(stop)? {
        return Ok(search.assignment());
    }
    by_simplex(cost, Some(&search.v), stop)
}

fn listed(cost: &CostMatrix, columns: &[u32], prices: &[f64]) -> Assignment {
    let target: Vec<usize> = columns.iter().map(|j| *j as usize).collect();
    let target_potential: Vec<f64> = prices.iter().map(|p| -p).collect();
    let source_potential = feasible(cost, &target_potential);
    let cost = target.iter().enumerate().map(|(i, j)| cost.at(i, *j)).sum();
    Assignment { target, cost, source_potential, target_potential }
}

/// Long paths are pivoted instead.
fn by_simplex(cost: &CostMatrix, near: Option<&[f64]>, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Assignment> {
    let n = cost.rows();
    let weights = vec![1.0; n];
    let exact = Transportation::new(&weights, &weights, cost)?.solve(near, stop)?;
    let Plan::Sparse(plan) = &exact.plan else {
        return Err(Error::failed("The network simplex gave a plan that is not sparse."));
    };
    let target: Vec<usize> = (0..n).filter_map(|i| plan.row(i).0.first().copied()).collect();
    let cost = target.iter().enumerate().map(|(i, j)| cost.at(i, *j)).sum();
    let (source_potential, target_potential) = (exact.source_potential, exact.target_potential);
    Ok(Assignment { target, cost, source_potential, target_potential })
}
