//! What the checks of this family share: random costs and clouds.

use thalweg_core::{Result, Stream};
use thalweg_ot::CostMatrix;

/// An `n x n` matrix of independent uniform costs.
pub(crate) fn uniform_costs(n: usize, seed: u64, purpose: &str, index: u64) -> Result<CostMatrix> {
    let mut stream = Stream::new(seed, purpose, index);
    CostMatrix::new(n, n, (0..n * n).map(|_| stream.uniform()).collect())
}
