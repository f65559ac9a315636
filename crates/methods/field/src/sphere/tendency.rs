//! What changes a field, row by row, and the loop that applies it.

use super::Sphere;
use rayon::prelude::*;
use std::ops::Range;

/// A rate of change of a field on a sphere.
pub trait Tendency: Sync {
    /// The mesh.
    fn sphere(&self) -> &Sphere;

    /// Hands the rates of change of `field` on `rows` to `take`, one row after the other.
    fn rows(&self, field: &[f64], rows: Range<usize>, take: &mut dyn FnMut(usize, &[f64]));

    /// The rates of change of `field`.
    fn rate(&self, field: &[f64]) -> Vec<f64>
    where
        Self: Sized,
    {
        let mut out = vec![0.0; field.len()];
        sweep(self, field, &mut out, |_, rate, row| row.copy_from_slice(rate));
        out
    }
}

/// Rows that one thread takes at a time: few enough to share 180 rows, many enough that the faces of the first row, which
/// two blocks compute, cost little.
const BLOCK: usize = 16;

/// Gives every row of `out` what `combine` makes of its number, the rate of change of `field` there, and what it held.
pub(crate) fn sweep(
    tendency: &impl Tendency,
    field: &[f64],
    out: &mut [f64],
    combine: impl Fn(usize, &[f64], &mut [f64]) + Sync,
) {
    let n = tendency.sphere().columns();
    out.par_chunks_mut(BLOCK * n).enumerate().for_each(|(block, out)| {
        let first = block * BLOCK;
        tendency.rows(field, first..first + out.len() / n, &mut |j, rate| {
            combine(j, rate, &mut out[(j - first) * n..][..n]);
        });
    });
}
