//! The nearest factors that are feasible, in relative entropy.
//!
//! Finds `argmin KL(Q | K1) + KL(R | K2) + KL(g | k)` over `Q 1 = a`, `R 1 = b`, `Q' 1 = R' 1 = g >= least` by Dykstra's
//! alternating projections: Scetbon, Cuturi, Peyré, ICML 2021, Algorithm 2. `O((n + m) r)` an iteration, of which sharp
//! factors take many. Steps that follow each other have multipliers much alike, from which the iteration starts; and since
//! it may end early all the same, what it leaves is rounded to factors that are feasible.

use super::Factors;
use rayon::prelude::*;
use thalweg_core::{Context, Result};

/// Rows of a task; a constant, so that sums are the same on any threads.
const ROWS: usize = 1024;
/// Iterations after which factors are rounded from where they are.
const MOST: usize = 500;
/// Entries of a factor are kept above this fraction of the largest of their row.
const TINY: f64 = 1e-100;
/// Largest logarithm of a multiplier to start from.
const FARTHEST: f64 = 200.0;

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
}

impl Feasible<'_> {
    /// Puts the nearest feasible factors in place of these, and returns by how much the iteration had left the two inner
    /// marginals apart (L1, over the mass). The factors are feasible all the same: they are rounded to their marginals.
    ///
    /// `multipliers`, the logarithms of what scales the columns of both, are where the iteration starts and where it ends:
    /// those of a like problem save most of it.
    pub(super) fn project(&self, ctx: &Context, factors: &mut Factors, multipliers: &mut [Vec<f64>; 2]) -> Result<f64> {
        let Factors { left, right, inner } = factors;
        let mass: f64 = self.a.iter().sum();
        let mut sides = [Side::new(left, self.a, &multipliers[0]), Side::new(right, self.b, &multipliers[1])];
        for iteration in 0.. {
            ctx.check_stop()?;
            let error = sides.iter_mut().map(Side::meet_rows).fold(0.0, f64::max);
            // The first time every row is off by whatever the kernel is. The last of all leaves the rows met.
            if error <= self.tolerance * mass || iteration == MOST {
                break;
            }
            let sums = [sides[0].column_sums(), sides[1].column_sums()];
            for (k, free) in inner.iter().enumerate() {
                let (l, r) = (sides[0].columns[k], sides[1].columns[k]);
                // The multipliers of an equality have the product one: that of the inner marginal follows from the others.
                let bounded = (free / (l * r)).max(self.least);
                // The geometric mean of what the three ask for.
                let common = ((bounded.ln() + (l * sums[0][k]).ln() + (r * sums[1][k]).ln()) / 3.0).exp();
                sides[0].columns[k] = common / sums[0][k];
                sides[1].columns[k] = common / sums[1][k];
            }
        }
        sides.iter_mut().for_each(Side::finish);
        for (side, logs) in sides.iter().zip(multipliers) {
            *logs = side.columns.iter().map(|c| c.ln()).collect();
        }
        let rank = inner.len();
        let sums = sides.each_ref().map(|side| column_sums(side.kernel, rank, |_| 1.0));
        // Rows are met to rounding, so what is left of the difference between the two is in the columns.
        let [l, r] = &sums;
        let apart = l.iter().zip(r).map(|(l, r)| (l - r).abs()).sum::<f64>() / mass;
        inner.iter_mut().zip(l.iter().zip(r)).for_each(|(g, (l, r))| *g = (0.5 * (l + r)).max(self.least));
        let unit = mass / inner.iter().sum::<f64>();
        inner.iter_mut().for_each(|g| *g *= unit);
        sides.iter_mut().zip(&sums).for_each(|(side, sums)| side.round(inner, sums));
        Ok(if apart.is_nan() { f64::INFINITY } else { apart })
    }
}

impl<'a> Side<'a> {
    /// Entries are kept within a range in which no product of theirs with a multiplier leaves double precision.
    fn new(kernel: &'a mut [f64], weights: &'a [f64], multipliers: &[f64]) -> Self {
        kernel.par_chunks_exact_mut(multipliers.len()).with_min_len(ROWS).for_each(|row| {
            let top = row.iter().copied().fold(0.0, f64::max);
            row.iter_mut().for_each(|k| *k = if top > 0.0 { (*k / top).max(TINY) } else { 1.0 });
        });
        let columns =
            multipliers.iter().map(|m| if m.is_finite() { m.clamp(-FARTHEST, FARTHEST).exp() } else { 1.0 }).collect();
        Self { kernel, weights, rows: Vec::new(), columns }
    }

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

    /// Gives the scaled kernel the column sums `inner` in place of `sums`: columns of too much give it up, and those of
    /// too little take it from the rows in the proportion of what each row has given. Altschuler, Weed, Rigollet, NeurIPS
    /// 2017, Algorithm 2; moves no more than twice the L1 distance of the two.
    fn round(&mut self, inner: &[f64], sums: &[f64]) {
        let kept: Vec<f64> = inner.iter().zip(sums).map(|(g, s)| if s > g { g / s } else { 1.0 }).collect();
        let lacking: Vec<f64> = inner.iter().zip(sums).map(|(g, s)| (g - s).max(0.0)).collect();
        let total: f64 = lacking.iter().sum();
        if total > 0.0 {
            let rank = inner.len();
            self.kernel.par_chunks_exact_mut(rank).zip(self.weights).with_min_len(ROWS).for_each(|(kernel, weight)| {
                kernel.iter_mut().zip(&kept).for_each(|(k, share)| *k *= share);
                let given = (weight - kernel.iter().sum::<f64>()).max(0.0) / total;
                kernel.iter_mut().zip(&lacking).for_each(|(k, lack)| *k += given * lack);
            });
        }
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
