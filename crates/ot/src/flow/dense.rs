//! Unequal weights from a matrix.

use super::{Priced, Solved, solve};
use crate::CostMatrix;
use crate::market::{Dense, Lists, Steps};
use crate::simplex::Masses;
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

/// First epsilon in steps of a row: the prices of the start are far off.
const FIRST: f64 = 5.0;

/// The optimal plan between positive `masses`.
///
/// # Errors
/// What `stop` says.
pub(crate) fn matrix(cost: &CostMatrix, masses: &Masses, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Solved> {
    let mut market = Dense::new(cost);
    let mut lists = Lists::new(cost.rows());
    lists.fill(&market);
    stop()?;
    let steps = Steps::new(&market, &lists);
    solve(&mut market, lists, &steps, FIRST, masses, stop)
}
