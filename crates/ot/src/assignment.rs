//! The assignment problem: equal numbers of equal weights.

use crate::{CostMatrix, auction, augment::Augment};
use thalweg_core::{Error, Result};

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
/// # Errors
/// The matrix is not square.
pub fn assign(cost: &CostMatrix) -> Result<Assignment> {
    assign_until(cost, &|| Ok(()))
}

/// As [`assign`], asking `stop` every few milliseconds whether to go on.
pub(crate) fn assign_until(cost: &CostMatrix, stop: &dyn Fn() -> Result<()>) -> Result<Assignment> {
    let n = cost.rows();
    if cost.cols() != n {
        return Err(Error::input(format!(
            "An assignment needs as many rows as columns and got {n} and {}.",
            cost.cols()
        )));
    }
    let mut search = Augment::new(cost.values(), n);
    auction::start(&mut search, stop)?;
    search.finish(stop)?;
    Ok(search.assignment())
}
