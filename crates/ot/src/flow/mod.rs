//! Transport of unequal weights on short lists: an auction brings prices and most of the plan, a few pivots the rest.
//!
//! * [`auction`]: rows bid for amounts; [`lots`]: who holds what; [`rest`]: what is left over.
//! * [`forest`]: what is held, without cycles, is a basis.
//! * [`pivots`]: the network simplex on the listed arcs, until a search over all pairs finds no better one.
//! * [`between`]: the whole for two clouds, coarse to fine; [`matrix`]: from a matrix.
//!
//! Whatever the auction leaves undone the pivots do, so that its quality decides the time and never the answer.

mod auction;
mod clouds;
mod dense;
mod forest;
mod lots;
mod pivots;
mod rest;

pub(crate) use clouds::{between, bytes};
pub(crate) use dense::matrix;

use crate::market::{Lists, Market, Steps};
use crate::simplex::{Masses, Tree, grow};
use forest::Forest;
use lots::Lots;
use thalweg_core::Result;

/// A market whose prices can be set and asked over all columns.
pub(crate) trait Priced: Market {
    /// Sets all prices; they may fall.
    fn set_prices(&mut self, prices: &[f64]);

    /// Least cost plus price of every row over all columns; where it is not below `known`, that.
    ///
    /// # Errors
    /// What `stop` says.
    fn least(&self, known: &[f64], stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Vec<f64>>;
}

/// An optimal plan in units of [`Masses`] and potentials that are feasible over all pairs.
pub(crate) struct Solved {
    pub(crate) shipments: Vec<(usize, usize, i64)>,
    pub(crate) source_potential: Vec<f64>,
    pub(crate) target_potential: Vec<f64>,
}

/// Solves on a market whose lists are filled.
fn solve<M: Priced>(
    market: &mut M,
    mut lists: Lists,
    steps: &Steps,
    first: f64,
    masses: &Masses,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Solved> {
    let mut lots = Lots::new(&masses.supply, &masses.demand, market.prices());
    auction::bid(market, &mut lists, &mut lots, steps, first, usize::MAX, stop)?;
    let tree = basis(market, lots);
    finish(market, lists, tree, stop)
}

/// Pivots on the listed arcs and proves the end over all pairs.
fn finish<M: Priced>(
    market: &mut M,
    lists: Lists,
    mut tree: Tree,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Solved> {
    let arcs = pivots::listed(&lists, market.rows());
    drop(lists);
    let source_potential = pivots::finish(&mut tree, arcs, market, stop)?;
    let target_potential = market.prices().iter().map(|p| -p).collect();
    Ok(Solved { shipments: tree.flows().collect(), source_potential, target_potential })
}

/// The basis of what is held, completed by what is left.
fn basis<M: Market>(market: &M, lots: Lots) -> Tree {
    let left: Vec<(usize, i64)> = lots.left.iter().copied().enumerate().filter(|l| l.1 > 0).collect();
    let (held, free) = lots.shipments(|i, j| market.cost(i, j));
    let mut forest = Forest::new(market.rows(), market.prices().len());
    held.into_iter().chain(rest::shipped(market, left, free)).for_each(|s| forest.add(s));
    let wanted: Vec<f64> = market.prices().iter().map(|p| -p).collect();
    grow(market.rows(), &wanted, &forest.shipments())
}
