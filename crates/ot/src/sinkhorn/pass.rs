//! One pass over all pairs: the exact row potentials of given column potentials, and the column sums of the plan.
//!
//! Both half-steps of an iteration come from one exponential a pair: the exponentials of a few rows are kept until
//! their sums are known, and then added, scaled, to the column sums.

use super::costs::{Costs, Scratch, padded};
use super::held::{Held, Share};
use super::kernel::{TILE, add_rows, largest, lift, powers};
use crate::MarginalPenalty;
use crate::real::Real;
use rayon::prelude::*;
use std::ops::Range;
use thalweg_core::Result;

/// Says by an error that the caller wants no more.
pub(super) type Stop<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// Offset of a column without mass: far below every other, and finite in both formats.
pub(super) const VOID: f64 = -1e30;
/// Parts the rows are cut into at most: a constant, so that sums are the same on any threads.
const PARTS: usize = 32;
/// Pairs below which a part is not worth another task.
const PART_PAIRS: usize = 1 << 16;

/// What does not change between the passes of a level.
pub(super) struct Level<'a> {
    pub(super) costs: &'a Costs<'a>,
    /// Weights of the rows, the largest of them 1.
    pub(super) weights: &'a [f64],
    pub(super) source: MarginalPenalty,
    pub(super) epsilon: f64,
    /// Powers of two in a unit of cost.
    pub(super) scale: f64,
    pub(super) stop: Stop<'a>,
}

/// What a pass finds, in powers of two and units of the largest row weight.
pub(super) struct Sums {
    /// `log2 sum_j 2^(v_j + log2 b_j - scale C_ij)` of each row, with the whole cost.
    pub(super) row_logs: Vec<f64>,
    /// Masses of the rows over their weights.
    pub(super) ratios: Vec<f64>,
    /// Masses of the columns.
    pub(super) columns: Vec<f64>,
    /// `sum_ij pi_ij rest_ij`, where `rest` is the part of the cost that is of pairs.
    pub(super) rest: f64,
}

/// Rows of a part.
pub(super) fn part_rows(rows: usize, columns: usize) -> usize {
    rows.div_ceil(PARTS).max(PART_PAIRS / columns.max(1)).max(1).next_multiple_of(8)
}

impl Level<'_> {
    /// The pass under the column offsets `h` (padded; potential, weight and the columns' part of the cost). `guesses`
    /// are log-sums of the rows without their part of the cost, NaN where not known, and are written over.
    ///
    /// Writes each row's share of the plan over its mass to `held`, where that is wanted.
    pub(super) fn pass<T: Real>(&self, h: &[f64], guesses: &mut [f64], held: Option<&mut Held>) -> Result<Sums> {
        let (n, stride) = (self.costs.rows, h.len());
        let rows = part_rows(n, stride);
        let h: Vec<T> = h.iter().map(|v| T::of(*v)).collect();
        let mut ratios = vec![0.0; n];
        let mut shares: Vec<Option<Share>> = match held {
            Some(held) => held.parts(rows).into_iter().map(Some).collect(),
            None => (0..n.div_ceil(rows)).map(|_| None).collect(),
        };
        let parts: Vec<(Vec<T>, f64)> = guesses
            .par_chunks_mut(rows)
            .zip(ratios.par_chunks_mut(rows))
            .zip(&mut shares)
            .enumerate()
            .map(|(part, ((guesses, ratios), share))| {
                let mut part = Part::new(self, &h, part * rows);
                part.run(guesses, ratios, share.as_mut()).map(|()| (part.columns, part.energy))
            })
            .collect::<Result<_>>()?;
        let mut columns = vec![0.0; self.costs.columns];
        let mut energy = 0.0;
        for (part, e) in &parts {
            columns.iter_mut().zip(part).for_each(|(c, p)| *c += p.get());
            energy += e;
        }
        let row_logs: Vec<f64> = guesses.iter().zip(&self.costs.row_part).map(|(g, p)| g - self.scale * p).collect();
        Ok(Sums { row_logs, ratios, columns, rest: -energy / self.scale })
    }
}

/// Consecutive rows and their column sums.
struct Part<'a, T> {
    level: &'a Level<'a>,
    h: &'a [T],
    first: usize,
    columns: Vec<T>,
    /// `sum_ij pi_ij (z_ij - h_j - shift_i)`, that is, minus `scale` times the mean rest of the cost.
    energy: f64,
    buffer: Vec<T>,
    scratch: Scratch<T>,
}

impl<'a, T: Real> Part<'a, T> {
    fn new(level: &'a Level<'a>, h: &'a [T], first: usize) -> Self {
        let buffer = vec![T::default(); level.costs.strip() * h.len()];
        Self { level, h, first, columns: vec![T::default(); h.len()], energy: 0.0, buffer, scratch: Scratch::default() }
    }

    fn run(&mut self, guesses: &mut [f64], ratios: &mut [f64], mut share: Option<&mut Share>) -> Result<()> {
        let strip = self.level.costs.strip();
        let stride = self.h.len();
        let pieces = guesses.chunks_mut(strip).zip(ratios.chunks_mut(strip));
        for (s, (guesses, ratios)) in pieces.enumerate() {
            (self.level.stop)()?;
            let first = self.first + s * strip;
            let sums = self.row_sums(first, guesses);
            let weights = self.weigh(first, guesses, ratios, &sums);
            add_rows(&weights, &self.buffer, &mut self.columns);
            if let Some(share) = &mut share {
                share.write(s * strip, &self.buffer, stride, sums.iter().map(|s| s.sum));
            }
        }
        // The offsets' share of the energy is that of the column sums.
        let offsets = self.columns.iter().zip(self.h).filter(|(_, h)| h.get() > 0.5 * VOID);
        self.energy -= offsets.map(|(c, h)| c.get() * h.get()).sum::<f64>();
        Ok(())
    }

    /// Leaves the exponentials of the rows in the buffer.
    fn row_sums(&mut self, first: usize, guesses: &[f64]) -> Vec<RowSum> {
        let stride = self.h.len();
        let shifts: Vec<T> = guesses.iter().map(|g| T::of(if g.is_finite() { -g } else { 0.0 })).collect();
        let mut sums: Vec<RowSum> = shifts.iter().map(|s| RowSum { shift: s.get(), sum: 0.0, energy: 0.0 }).collect();
        let rows = first..first + guesses.len();
        if guesses.iter().all(|g| !g.is_finite()) {
            // The first pass: all rows in tiles, since one by one they would read the columns anew for each.
            for start in (0..stride).step_by(TILE) {
                self.exponents(rows.clone(), start..(start + TILE).min(stride), &vec![T::default(); guesses.len()]);
            }
            return (0..guesses.len()).map(|r| self.lifted(r)).collect();
        }
        for start in (0..stride).step_by(TILE) {
            let tile = start..(start + TILE).min(stride);
            self.exponents(rows.clone(), tile.clone(), &shifts);
            for (r, sum) in sums.iter_mut().enumerate() {
                let (s, e) = powers(&mut self.buffer[r * stride..][tile.clone()]);
                sum.sum += s.get();
                sum.energy += e.get();
            }
        }
        let trusted = 2_f64.powi(-T::TRUSTED)..2_f64.powi(T::TRUSTED);
        for r in 0..guesses.len() {
            if !(guesses[r].is_finite() && trusted.contains(&sums[r].sum)) {
                sums[r] = self.row_anew(first, r);
            }
        }
        sums
    }

    /// A row whose guess was of no use.
    fn row_anew(&mut self, first: usize, r: usize) -> RowSum {
        let (stride, row) = (self.h.len(), first + r);
        let (costs, scale) = (self.level.costs, self.level.scale);
        let out = &mut self.buffer[r * stride..][..stride];
        for start in (0..stride).step_by(TILE) {
            let tile = start..(start + TILE).min(stride);
            let z = (&mut out[start..], stride);
            costs.exponents(scale, (row..row + 1, tile), (self.h, &[T::default()]), z, &mut self.scratch);
        }
        self.lifted(r)
    }

    /// The sums of a row of exponents in the buffer, the largest of which takes the place of a guess.
    fn lifted(&mut self, r: usize) -> RowSum {
        let stride = self.h.len();
        let row = &mut self.buffer[r * stride..][..stride];
        let shift = T::of(-largest(row).get());
        lift(row, shift);
        let (sum, energy) = powers(row);
        RowSum { shift: shift.get(), sum: sum.get(), energy: energy.get() }
    }

    fn exponents(&mut self, rows: Range<usize>, tile: Range<usize>, shifts: &[T]) {
        let (stride, costs) = (self.h.len(), self.level.costs);
        let z = (&mut self.buffer[tile.start..], stride);
        costs.exponents(self.level.scale, (rows, tile), (self.h, shifts), z, &mut self.scratch);
    }

    /// The masses of the rows, and the factors that turn their exponentials into entries of the plan.
    fn weigh(&mut self, first: usize, guesses: &mut [f64], ratios: &mut [f64], sums: &[RowSum]) -> Vec<T> {
        let level = self.level;
        let mut weights = Vec::with_capacity(sums.len());
        for (r, sum) in sums.iter().enumerate() {
            guesses[r] = sum.sum.log2() - sum.shift;
            let log = guesses[r] - level.scale * level.costs.row_part[first + r];
            ratios[r] = level.source.row_ratio(log, level.epsilon);
            let factor = level.weights[first + r] * ratios[r] / sum.sum;
            self.energy += factor * (sum.energy - sum.sum * sum.shift);
            weights.push(T::of(factor));
        }
        weights
    }
}

/// `sum_j 2^(x_j + shift)` and the sum of the terms times their exponents.
struct RowSum {
    shift: f64,
    sum: f64,
    energy: f64,
}

/// Column offsets of `potential` (powers of two) and `log2` weights, padded.
pub(super) fn offsets(costs: &Costs, scale: f64, potential: &[f64], log_weights: &[f64]) -> Vec<f64> {
    let mut h = vec![VOID; padded(costs.columns)];
    for (j, h) in h.iter_mut().enumerate().take(costs.columns) {
        if log_weights[j] > f64::NEG_INFINITY {
            *h = potential[j] + log_weights[j] - scale * costs.column_part[j];
        }
    }
    h
}
