//! The network simplex on a few arcs, with a proof that no other arc is wanted or more arcs where one is.

use super::Priced;
use crate::market::{Filter, Lists, MOST, Offers};
use crate::simplex::{Arc, Tree, pivot_until_optimal};
use thalweg_core::Result;

/// Reduced costs above minus this fraction of the largest cost count as zero.
const TOLERANCE: f64 = 1e-13;
/// Arcs that a row with a wanted arc gets at a time.
const MORE: usize = 8;

/// The arcs on the lists.
pub(super) fn listed(lists: &Lists, rows: usize) -> Vec<Arc> {
    let mut arcs = Vec::with_capacity(rows * MOST);
    for i in 0..rows {
        let (columns, costs) = lists.row(i);
        arcs.extend(columns.iter().zip(costs).map(|(j, c)| Arc { cost: *c, row: i as u32, col: *j }));
    }
    arcs
}

/// Makes `tree` optimal over all arcs, beginning with `arcs`. Returns the row potentials, feasible over all pairs.
///
/// # Errors
/// What `stop` says.
pub(super) fn finish<M: Priced>(
    tree: &mut Tree,
    mut arcs: Vec<Arc>,
    market: &mut M,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Vec<f64>> {
    let n = market.rows();
    let tolerance = TOLERANCE * market.scale();
    loop {
        pivot_until_optimal(tree, &arcs, 0.5 * tolerance, |i, j| market.cost(i, j), stop)?;
        tree.centre(|i, j| market.cost(i, j));
        let (u, v) = tree.potential.split_at(n);
        let prices: Vec<f64> = v[..market.prices().len()].iter().map(|v| -v).collect();
        market.set_prices(&prices);
        let least = market.least(u, stop)?;
        let before = arcs.len();
        for (i, (u, least)) in u.iter().zip(&least).enumerate() {
            if *least < u - tolerance {
                let mut offers = Offers::new(MORE, u - tolerance);
                market.offers(i, &mut offers, Filter::All);
                let more = offers.columns().iter().zip(offers.costs());
                arcs.extend(more.map(|(j, c)| Arc { cost: *c, row: i as u32, col: *j }));
            }
        }
        if arcs.len() == before {
            return Ok(least);
        }
    }
}
