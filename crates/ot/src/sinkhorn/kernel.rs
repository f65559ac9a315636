//! The half-step: a log-sum-exp of each row of costs.

use crate::cost::{CostMatrix, GroundCost, Packed};
use crate::simd::{LANES, exp, wide};
use rayon::prelude::*;
use thalweg_core::{Points, Result};

/// Says by an error that the caller wants no more.
pub(super) type Stop<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// Rows of a cost: kept, or computed when asked for.
pub(super) enum Rows<'a> {
    /// Read from a matrix.
    Dense(&'a CostMatrix),
    /// Computed from the points of the rows and the packed points of the columns.
    Lazy { ground: GroundCost, points: &'a Points, packed: &'a Packed },
}

/// Rows of one task: enough to share packed coordinates in cache, a constant for the same bits on any threads.
const BLOCK: usize = 8;

impl Rows<'_> {
    /// For each row `i`: `L_i = log sum_j exp(h_j - C_ij / epsilon)`, written over the guess in `out`.
    ///
    /// A finite guess near the answer (the last iteration's) saves the pass that finds the maximum.
    pub(super) fn log_sums(&self, h: &[f64], epsilon: f64, out: &mut [f64], stop: Stop) -> Result<()> {
        let inverse = 1.0 / epsilon;
        self.for_blocks(h.len(), out, stop, |row, out| *out = log_sum(row, h, inverse, *out))
    }

    /// `sum_j exp(h_j - C_ij / epsilon + k_i) C_ij` of each row, with `k` given in `out`.
    pub(super) fn mean_costs(&self, h: &[f64], epsilon: f64, out: &mut [f64], stop: Stop) -> Result<()> {
        let inverse = 1.0 / epsilon;
        self.for_blocks(h.len(), out, stop, |row, out| *out = sum_exp_cost(row, h, inverse, -*out))
    }

    fn for_blocks(
        &self,
        m: usize,
        out: &mut [f64],
        stop: Stop,
        row_task: impl Fn(&[f64], &mut f64) + Sync,
    ) -> Result<()> {
        out.par_chunks_mut(BLOCK).enumerate().try_for_each_init(Vec::new, |buffer, (block, out)| {
            stop()?;
            match self {
                Self::Dense(matrix) => {
                    for (r, o) in out.iter_mut().enumerate() {
                        row_task(matrix.row(block * BLOCK + r), o);
                    }
                }
                Self::Lazy { ground, points, packed } => {
                    buffer.resize(BLOCK * m, 0.0);
                    let costs = &mut buffer[..out.len() * m];
                    packed.fill(*ground, points, block * BLOCK, costs);
                    for (row, o) in costs.chunks_exact(m).zip(out) {
                        row_task(row, o);
                    }
                }
            }
            Ok(())
        })
    }
}

fn log_sum(cost: &[f64], h: &[f64], inverse: f64, guess: f64) -> f64 {
    if guess.is_finite() {
        let sum = sum_exp(cost, h, inverse, guess);
        if sum > 1e-100 && sum < 1e100 {
            return guess + sum.ln();
        }
    }
    let top = max(cost, h, inverse);
    top + sum_exp(cost, h, inverse, top).ln()
}

wide! {
    /// Largest `h - cost * inverse`.
    fn max(cost: &[f64], h: &[f64], inverse: f64) -> f64 {
        let mut lanes = [f64::NEG_INFINITY; LANES];
        let ((c, c_rest), (g, g_rest)) = (cost.as_chunks::<LANES>(), h.as_chunks::<LANES>());
        for (c, g) in c.iter().zip(g) {
            for l in 0..LANES {
                let z = g[l] - c[l] * inverse;
                lanes[l] = if z > lanes[l] { z } else { lanes[l] };
            }
        }
        let rest = c_rest.iter().zip(g_rest).map(|(c, g)| g - c * inverse);
        rest.chain(lanes).fold(f64::NEG_INFINITY, f64::max)
    }
}

wide! {
    /// Sum of `exp(h - cost * inverse - shift)`.
    fn sum_exp(cost: &[f64], h: &[f64], inverse: f64, shift: f64) -> f64 {
        let mut lanes = [0.0; LANES];
        let ((c, c_rest), (g, g_rest)) = (cost.as_chunks::<LANES>(), h.as_chunks::<LANES>());
        for (c, g) in c.iter().zip(g) {
            for l in 0..LANES {
                lanes[l] += exp(g[l] - c[l] * inverse - shift);
            }
        }
        let rest = c_rest.iter().zip(g_rest).map(|(c, g)| exp(g - c * inverse - shift));
        lanes.into_iter().chain(rest).sum()
    }
}

wide! {
    /// Sum of `exp(h - cost * inverse - shift) cost`.
    fn sum_exp_cost(cost: &[f64], h: &[f64], inverse: f64, shift: f64) -> f64 {
        let mut lanes = [0.0; LANES];
        let ((c, c_rest), (g, g_rest)) = (cost.as_chunks::<LANES>(), h.as_chunks::<LANES>());
        for (c, g) in c.iter().zip(g) {
            for l in 0..LANES {
                lanes[l] += exp(g[l] - c[l] * inverse - shift) * c[l];
            }
        }
        let rest = c_rest.iter().zip(g_rest).map(|(c, g)| exp(g - c * inverse - shift) * c);
        lanes.into_iter().chain(rest).sum()
    }
}
