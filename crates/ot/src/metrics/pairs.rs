//! Means over all pairs in blocks.

use crate::GroundCost;
use crate::cost::Packed;
use rayon::prelude::*;
use thalweg_core::{Context, Measure, Result};

/// `sum_ij a_i b_j value(|x_i - y_j|^2)` with both weights normalised; `value` maps a row of squared distances in
/// place. `O(n m d)` time, `O((n + m) d)` memory, parallel over rows and summed in their order.
pub(super) fn pair_mean(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    value: impl Fn(&mut [f64]) + Sync,
) -> Result<f64> {
    let (a, b) = (source.probabilities(), target.probabilities());
    let packed = Packed::new(target.points());
    let rows: Vec<f64> = (0..source.len())
        .into_par_iter()
        .map_init(
            || vec![0.0; target.len()],
            |row, i| {
                ctx.check_stop()?;
                packed.fill(GroundCost::SquaredEuclidean, source.points(), i, row);
                value(row);
                Ok(a[i] * row.iter().zip(&b).map(|(v, w)| v * w).sum::<f64>())
            },
        )
        .collect::<Result<_>>()?;
    Ok(rows.iter().sum())
}
