//! What the checks of this family share: random costs and clouds.

use thalweg_core::{Points, Result, Stream};
use thalweg_ot::CostMatrix;

/// An `n x n` matrix of independent uniform costs.
pub(crate) fn uniform_costs(n: usize, seed: u64, purpose: &str, index: u64) -> Result<CostMatrix> {
    let mut stream = Stream::new(seed, purpose, index);
    CostMatrix::new(n, n, (0..n * n).map(|_| stream.uniform()).collect())
}

/// `n` standard normal points.
pub(crate) fn normal_points(n: usize, dim: usize, stream: &mut Stream) -> Points {
    let mut points = Points::zeros(n, dim);
    stream.fill_normal(points.values_mut());
    points
}
