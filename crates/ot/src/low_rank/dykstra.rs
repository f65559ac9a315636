//! The nearest factors that are feasible, in relative entropy.
//!
//! Finds `argmin KL(Q | K1) + KL(R | K2) + KL(g | k)` over `Q 1 = a`, `R 1 = b`, `Q' 1 = R' 1 = g >= least` by Dykstra's
//! alternating projections: Scetbon, Cuturi, Peyré, ICML 2021, Algorithm 2. `O((n + m) r)` an iteration.

use super::Factors;
use rayon::prelude::*;
use thalweg_core::{Context, Result};

/// Rows of a task; a constant, so that sums are the same on any threads.
const ROWS: usize = 1024;
/// Iterations after which factors are taken as they are.
const MOST: usize = 2000;

/// What the factors have to meet.
pub(super) struct Feasible<'a> {
    pub(super) a: &'a [f64],
    pub(super) b: &'a [f64],
    /// Least entry of the inner marginal.
    pub(super) least: f64,
    /// L1 error of `Q 1` and `R 1` at which the iteration ends, over the mass.
    pub(super) tolerance: f64,
}

/// One of the two factors on its way: the kernel and what scales its columns.
struct Side<'a> {
    kernel: &'a mut [f64],
    weights: &'a [f64],
    rows: Vec<f64>,
    columns: Vec<f64>,
    correction: Vec<f64>,
}

impl Feasible<'_> {
    /// Puts the nearest feasible factors in place of these.
    pub(super) fn project(&self, ctx: &Context, factors: &mut Factors) -> Result<()> {
        let Factors { left, right, inner } = factors;
        let rank = inner.len();
        let mass: f64 = self.a.iter().sum();
        let side = |kernel, weights| Side {
            kernel,
            weights,
            rows: Vec::new(),
            columns: vec![1.0; rank],
            correction: vec![1.0; rank],
        };
        let mut sides = [side(left, self.a), side(right, self.b)];
        let mut corrections = (vec![1.0_f64; rank], vec![1.0_f64; rank]);
        for _ in 0..MOST {
            ctx.check_stop()?;
            let error = sides.iter_mut().map(Side::meet_rows).fold(0.0, f64::max);
            // The first time every row is off by whatever the kernel is.
            if error <= self.tolerance * mass {
                break;
            }
            let sums = [sides[0].column_sums(), sides[1].column_sums()];
            for k in 0..rank {
                let free = inner[k] * corrections.0[k];
                let bounded = free.max(self.least);
                corrections.0[k] = free / bounded;
                // The geometric mean of what the three ask for.
                let asked = |s: usize| sides[s].columns[k].ln() + sides[s].correction[k].ln() + sums[s][k].ln();
                let mean = (bounded.ln() + corrections.1[k].ln() + asked(0) + asked(1)) / 3.0;
                let common = mean.exp();
                for (side, sums) in sides.iter_mut().zip(&sums) {
                    let column = common / sums[k];
                    side.correction[k] *= side.columns[k] / column;
                    side.columns[k] = column;
                }
                corrections.1[k] *= bounded / common;
                inner[k] = common;
            }
        }
        sides.iter_mut().for_each(Side::finish);
        let [left, right] = sides.map(|side| column_sums(side.kernel, rank, |_| 1.0));
        // What is left of the difference between the two is in the columns.
        inner.iter_mut().zip(left.iter().zip(&right)).for_each(|(g, (l, r))| *g = (l * r).sqrt());
        Ok(())
    }
}

impl Side<'_> {
    /// Scales the rows so that they have their weights, and returns by how much they were off.
    fn meet_rows(&mut self) -> f64 {
        let rank = self.columns.len();
        let before = std::mem::take(&mut self.rows);
        let columns = &self.columns;
        let sums: Vec<f64> = self.kernel.par_chunks_exact(rank).with_min_len(ROWS).map(|k| dot(k, columns)).collect();
        self.rows = sums.iter().zip(self.weights).map(|(s, w)| if *w > 0.0 { w / s } else { 0.0 }).collect();
        if before.is_empty() {
            return f64::INFINITY;
        }
        before.iter().zip(&sums).zip(self.weights).map(|((u, s), w)| (u * s - w).abs()).sum()
    }

    fn column_sums(&self) -> Vec<f64> {
        let rows = &self.rows;
        column_sums(self.kernel, self.columns.len(), |i| rows[i])
    }

    /// Leaves the scaled kernel.
    fn finish(&mut self) {
        let (rank, columns) = (self.columns.len(), &self.columns);
        self.kernel.par_chunks_exact_mut(rank).zip(&self.rows).with_min_len(ROWS).for_each(|(kernel, row)| {
            kernel.iter_mut().zip(columns).for_each(|(k, c)| *k *= row * c);
        });
    }
}

/// `sum_i weight_i K_ik`.
pub(super) fn column_sums(kernel: &[f64], rank: usize, weight: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
    let parts: Vec<Vec<f64>> = kernel
        .par_chunks(ROWS * rank)
        .enumerate()
        .map(|(part, rows)| {
            let mut sums = vec![0.0; rank];
            for (i, row) in rows.chunks_exact(rank).enumerate() {
                let w = weight(part * ROWS + i);
                sums.iter_mut().zip(row).for_each(|(s, k)| *s += w * k);
            }
            sums
        })
        .collect();
    let mut sums = vec![0.0; rank];
    parts.iter().for_each(|part| sums.iter_mut().zip(part).for_each(|(s, p)| *s += p));
    sums
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
