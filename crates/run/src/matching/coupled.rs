//! A plan row by row, sparse or as potentials, never materialised.

use super::space::Space;
use rayon::prelude::*;
use std::ops::Range;
use thalweg_core::{Context, Points, Result};
use thalweg_ot::{Plan, Potentials};

/// Who goes where.
#[derive(Clone, Debug)]
pub(super) enum Coupled {
    /// The non-zero entries times `scale`; what the plan has behind the last source and target is not of the match.
    Sparse { plan: Plan, scale: f64 },
    /// `pi_ij = a_i b_j exp((f_i + g_j - C_ij) / epsilon)`, in the engine's units.
    Scaled { potentials: Potentials, epsilon: f64 },
}

/// An entry of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) target: u32,
    pub(super) mass: f64,
    /// Cost of the pair in the units that were asked for.
    pub(super) cost: f64,
}

/// Entries below this power of e of the largest in their row are no more than its rounding.
const SMALLEST: f64 = -37.0;
/// Masses of exact plans are differences of sums of weights: less than this part of the smaller weight is rounding.
const ROUNDING: f64 = 1e-12;
/// Entries of a block of rows, which a thread holds at a time.
const BLOCK: usize = 1 << 20;
/// Blocks between two looks at whether the caller wants to stop.
const WAVE: usize = 8;

impl Coupled {
    /// The positive entries of some rows, by target. Runs in the calling pool.
    pub(super) fn rows(&self, space: &Space, rows: Range<usize>) -> Result<Vec<Vec<Entry>>> {
        match self {
            Self::Sparse { plan, scale } => {
                let Plan::Sparse(plan) = plan else { return Ok(vec![Vec::new(); rows.len()]) };
                let (a, b) = (space.source.weights(), space.target.weights());
                let row = |i: usize| -> Vec<Entry> {
                    let (columns, masses) = plan.row(i);
                    let real = columns.iter().zip(masses).filter(|(j, _)| **j < b.len());
                    let entries = real.map(|(j, mass)| (*j, scale * mass));
                    let cost = |j: usize| space.factor * space.cost(i, j);
                    entries
                        .filter(|(j, mass)| *mass > ROUNDING * a[i].min(b[*j]))
                        .map(|(j, mass)| Entry { target: j as u32, mass, cost: cost(j) })
                        .collect()
                };
                Ok(rows.map(row).collect())
            }
            Self::Scaled { potentials, epsilon } => {
                let costs = space.costs(rows.clone())?;
                let (a, b) = (space.source.weights(), space.target.weights());
                let scaled = |(g, b): (&f64, &f64)| if *b > 0.0 { g / epsilon + b.ln() } else { f64::NEG_INFINITY };
                let h: Vec<f64> = potentials.target.iter().zip(b).map(scaled).collect();
                let row = |(k, i): (usize, usize)| -> Vec<Entry> {
                    if a[i] == 0.0 {
                        return Vec::new();
                    }
                    let shift = potentials.source[i] / epsilon + a[i].ln();
                    let logs: Vec<f64> = costs.row(k).iter().zip(&h).map(|(c, h)| shift + (h - c / epsilon)).collect();
                    let least = SMALLEST + logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let present = logs.iter().enumerate().filter(|(_, z)| **z >= least && z.is_finite());
                    let entry = |(j, z): (usize, &f64)| Entry {
                        target: j as u32,
                        mass: z.exp(),
                        cost: space.factor * costs.row(k)[j],
                    };
                    present.map(entry).collect()
                };
                Ok(rows.enumerate().map(row).collect())
            }
        }
    }

    /// Maps blocks of rows on the threads of the call and hands the results over in order.
    ///
    /// Blocks are cut by the size of the plan, so that the result does not depend on the threads.
    pub(super) fn by_blocks<T: Send>(
        &self,
        space: &Space,
        ctx: &Context,
        map: impl Fn(Range<usize>, Vec<Vec<Entry>>) -> T + Sync,
        mut take: impl FnMut(T),
    ) -> Result<()> {
        let (n, m) = (space.source.len(), space.target.len());
        let size = (BLOCK / m).clamp(1, 256);
        let starts: Vec<usize> = (0..n).step_by(size).collect();
        for wave in starts.chunks(WAVE) {
            ctx.check_stop()?;
            ctx.progress("plan", wave[0] as u64, n as u64, "");
            let block = |&start: &usize| {
                let range = start..(start + size).min(n);
                self.rows(space, range.clone()).map(|rows| map(range, rows))
            };
            let done: Result<Vec<T>> = ctx.install(|| wave.par_iter().map(block).collect());
            done?.into_iter().for_each(&mut take);
        }
        Ok(())
    }

    /// `sum_j pi_ij v_j` for `values` of `m` rows: `n` rows.
    pub(super) fn pull(&self, space: &Space, values: &Points, ctx: &Context) -> Result<Points> {
        let width = values.dim();
        let mut out = Vec::with_capacity(space.source.len() * width);
        let map = |_: Range<usize>, rows: Vec<Vec<Entry>>| -> Vec<f64> {
            rows.iter()
                .flat_map(|row| {
                    let mut sum = vec![0.0; width];
                    row.iter().for_each(|e| add(&mut sum, values.row(e.target as usize), e.mass));
                    sum
                })
                .collect()
        };
        self.by_blocks(space, ctx, map, |block| out.extend(block))?;
        Points::new(width, out)
    }

    /// `sum_i pi_ij v_i` for `values` of `n` rows: `m` rows.
    pub(super) fn push(&self, space: &Space, values: &Points, ctx: &Context) -> Result<Points> {
        let mut out = Points::zeros(space.target.len(), values.dim());
        let map = |range: Range<usize>, rows: Vec<Vec<Entry>>| -> Points {
            let mut sums = Points::zeros(space.target.len(), values.dim());
            for (i, row) in range.zip(&rows) {
                row.iter().for_each(|e| add(sums.row_mut(e.target as usize), values.row(i), e.mass));
            }
            sums
        };
        self.by_blocks(space, ctx, map, |block| add(out.values_mut(), block.values(), 1.0))?;
        Ok(out)
    }
}

/// Adds `weight` times `value`.
pub(super) fn add(sum: &mut [f64], value: &[f64], weight: f64) {
    sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
}
