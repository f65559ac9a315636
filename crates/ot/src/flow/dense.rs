//! Unequal weights from a matrix.

use super::lots::Lots;
use super::{Priced, Solved, auction, basis, finish};
use crate::CostMatrix;
use crate::market::{Dense, Lists, Market, Steps, most_questions};
use crate::simplex::{Masses, optimise};
use thalweg_core::Result;

impl Priced for Dense<'_> {
    fn set_prices(&mut self, prices: &[f64]) {
        self.reprice(prices);
    }

    fn least(&self, _known: &[f64], stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Vec<f64>> {
        stop()?;
        Ok(self.row_minima())
    }
}

/// Rows of a matrix for which each row may ask once more. Fewer than this let products with noise bid a hundred times longer
/// than pivots take.
const ROWS: usize = 500;
/// First epsilon in steps of a row: from prices that are known to be near, and from others.
const NEAR: f64 = 1.0;
const FAR: f64 = 5.0;

/// The optimal plan between positive `masses`, from column potentials `near` the optimal ones if there are any.
///
/// # Errors
/// What `stop` says.
pub(crate) fn matrix(
    cost: &CostMatrix,
    masses: &Masses,
    near: Option<&[f64]>,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Solved> {
    let mut market = Dense::new(cost);
    if let Some(v) = near {
        market.reprice(&v.iter().map(|v| -v).collect::<Vec<_>>());
    }
    let mut lists = Lists::new(cost.rows());
    lists.fill(&market);
    stop()?;
    let steps = Steps::new(&market, &lists);
    let mut lots = Lots::new(&masses.supply, &masses.demand, market.prices());
    let (first, questions) = (if near.is_some() { NEAR } else { FAR }, most_questions(cost.rows(), ROWS));
    let listed = auction::bid(&mut market, &mut lists, &mut lots, &steps, first, questions, stop)?;
    let mut tree = basis(&market, lots);
    // Where prices pass the lists, these know too few of the arcs that are wanted.
    if listed { finish(&mut market, lists, tree, stop) } else { optimise(&mut tree, cost, stop) }
}
