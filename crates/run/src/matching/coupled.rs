//! A plan row by row, sparse or as potentials, never materialised.

use super::space::Space;
use rayon::prelude::*;
use std::ops::Range;
use thalweg_core::{Context, Error, Points, Result, Stream};
use thalweg_ot::{Plan, Potentials};

/// Who goes where.
#[derive(Clone, Debug)]
pub(super) enum Coupled {
    /// The non-zero entries, with their costs in the engine's units.
    Sparse(Plan),
    /// Every entry and its cost, row-major, in the units that were asked for.
    Dense { masses: Vec<f64>, costs: Vec<f64> },
    /// Factors, with costs that are computed where they are asked for.
    LowRank(Plan),
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
const BLOCK: usize = 1 << 18;
/// Most rows of a block.
const ROWS: usize = 256;
/// Bytes that an entry takes while its block is worked on: cost, mass, the entry; and those of one that is kept.
const ENTRY: u64 = 40;
const KEPT: u64 = 24;
/// Points mapped at once.
const PIECE: usize = 256;
/// Blocks in the works for each thread.
const WAVE: usize = 2;

/// Rows of a block of a plan with `m` columns.
fn rows_of_block(m: usize) -> usize {
    (BLOCK / m).clamp(1, ROWS)
}

/// Bytes that the blocks of a pass over `n x m` entries take at a time, of which `kept` of each row are kept: as many as there are
/// threads are worked on, and as many more are done and wait for their turn.
pub(super) fn block_bytes((n, m): (usize, usize), kept: usize, threads: usize) -> u64 {
    let rows = rows_of_block(m).min(n) as u64;
    let columns = m as u64;
    threads as u64 * rows * (ENTRY * columns + KEPT * kept as u64) + 8 * columns * (WAVE * threads) as u64
}

/// Some entries of a row in as much memory as they take.
fn held<T: Copy>(
    all: impl Iterator<Item = T> + Clone,
    present: impl Fn(&T) -> bool,
    entry: impl Fn(T) -> Entry,
) -> Vec<Entry> {
    let mut row = Vec::with_capacity(all.clone().filter(|e| present(e)).count());
    row.extend(all.filter(|e| present(e)).map(entry));
    row
}

impl Coupled {
    /// The positive entries of some rows, by target. Runs in the calling pool.
    pub(super) fn rows(&self, space: &Space, rows: Range<usize>) -> Result<Vec<Vec<Entry>>> {
        match self {
            Self::Sparse(plan) => {
                let Plan::Sparse(plan) = plan else { return Ok(vec![Vec::new(); rows.len()]) };
                let (a, b) = (space.source.weights(), space.target.weights());
                let row = |i: usize| -> Vec<Entry> {
                    let (columns, masses) = plan.row(i);
                    let entries = columns.iter().zip(masses).zip(plan.row_costs(i));
                    held(
                        entries,
                        |((j, mass), _)| **mass > ROUNDING * a[i].min(b[**j]),
                        |((j, mass), cost)| Entry { target: *j as u32, mass: *mass, cost: space.factor * cost },
                    )
                };
                Ok(rows.map(row).collect())
            }
            Self::Dense { masses, costs } => {
                let (a, b) = (space.source.weights(), space.target.weights());
                let row = |i: usize| -> Vec<Entry> {
                    let range = i * b.len()..(i + 1) * b.len();
                    let entries = masses[range.clone()].iter().zip(&costs[range]).enumerate();
                    held(
                        entries,
                        |(j, (mass, _))| **mass > ROUNDING * a[i].min(b[*j]),
                        |(j, (mass, cost))| Entry { target: j as u32, mass: *mass, cost: *cost },
                    )
                };
                Ok(rows.map(row).collect())
            }
            Self::LowRank(plan) => {
                let Plan::LowRank(plan) = plan else { return Ok(vec![Vec::new(); rows.len()]) };
                let (a, b) = (space.source.weights(), space.target.weights());
                let (costs, masses) = (space.costs(rows.clone())?, plan.block(rows.clone()));
                let row = |(i, masses): (usize, &[f64])| -> Vec<Entry> {
                    let entries = masses.iter().zip(costs.row(i - rows.start)).enumerate();
                    held(
                        entries,
                        |(j, (mass, _))| **mass > ROUNDING * a[i].min(b[*j]),
                        |(j, (mass, cost))| Entry { target: j as u32, mass: *mass, cost: space.factor * cost },
                    )
                };
                Ok(rows.clone().zip(masses.chunks(b.len())).map(row).collect())
            }
            Self::Scaled { potentials, epsilon } => {
                let costs = space.costs(rows.clone())?;
                let (a, b) = (space.source.weights(), space.target.weights());
                let h = offsets(potentials, b, *epsilon);
                let row = |(k, i): (usize, usize)| -> Vec<Entry> {
                    if a[i] == 0.0 {
                        return Vec::new();
                    }
                    let shift = potentials.source[i] / epsilon + a[i].ln();
                    let logs: Vec<f64> = costs.row(k).iter().zip(&h).map(|(c, h)| shift + (h - c / epsilon)).collect();
                    let least = SMALLEST + logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let present = |(_, z): &(usize, &f64)| **z >= least && z.is_finite();
                    let entry = |(j, z): (usize, &f64)| Entry {
                        target: j as u32,
                        mass: z.exp(),
                        cost: space.factor * costs.row(k)[j],
                    };
                    held(logs.iter().enumerate(), present, entry)
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
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let (n, m) = (space.source.len(), space.target.len());
        let size = rows_of_block(m);
        let starts: Vec<usize> = (0..n).step_by(size).collect();
        for wave in starts.chunks(WAVE * ctx.threads()) {
            ctx.check_stop()?;
            ctx.progress("plan", wave[0] as u64, n as u64, "");
            let block = |&start: &usize| {
                let range = start..(start + size).min(n);
                self.rows(space, range.clone()).map(|rows| map(range, rows))
            };
            let done: Result<Vec<T>> = ctx.install(|| wave.par_iter().map(block).collect());
            done?.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }

    /// The mean of `target` (the points as they were given) under the conditional law at each of `points`.
    pub(super) fn map(&self, space: &Space, points: &Points, target: &Points, ctx: &Context) -> Result<Points> {
        let Self::Scaled { potentials, epsilon } = self else {
            return Err(Error::input("A plan without an entropy says nothing about points that are not its own.")
                .advise("Match with the method entropic, unbalanced or semi-discrete."));
        };
        let mut images = Points::zeros(points.len(), target.dim());
        let h = offsets(potentials, space.target.weights(), *epsilon);
        for first in (0..points.len()).step_by(PIECE) {
            ctx.check_stop()?;
            let rows: Vec<usize> = (first..(first + PIECE).min(points.len())).collect();
            let costs = ctx.install(|| space.costs_from(&points.select(&rows)))?;
            let block = &mut images.values_mut()[first * target.dim()..][..rows.len() * target.dim()];
            ctx.install(|| {
                block.par_chunks_mut(target.dim()).enumerate().for_each(|(k, image)| {
                    let exponents: Vec<f64> = costs.row(k).iter().zip(&h).map(|(c, h)| h - c / epsilon).collect();
                    let top = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let shares: Vec<f64> = exponents.iter().map(|z| (z - top).exp()).collect();
                    let total: f64 = shares.iter().sum();
                    shares.iter().zip(target.rows()).for_each(|(share, y)| add(image, y, share / total));
                });
            });
        }
        Ok(images)
    }

    /// One target for each of `rows`.
    pub(super) fn sample(&self, space: &Space, rows: &[i64], ctx: &Context) -> Result<Vec<usize>> {
        let n = space.source.len();
        if let Some(i) = rows.iter().find(|i| **i < 0 || **i >= n as i64) {
            return Err(Error::input(format!("Row {i} was asked of a plan with {n} rows.")));
        }
        let draw = |(k, i): (usize, &i64)| -> Result<usize> {
            ctx.check_stop()?;
            let i = *i as usize;
            let row = self.rows(space, i..i + 1)?.pop().unwrap_or_default();
            let mass: f64 = row.iter().map(|e| e.mass).sum();
            let level = Stream::new(ctx.seed(), "match-sample", k as u64).uniform() * mass;
            let mut running = 0.0;
            let reached = row.iter().find(|e| {
                running += e.mass;
                running > level
            });
            // Rounding at the end falls on the last entry.
            reached.or(row.last()).map(|e| e.target as usize).ok_or_else(|| {
                Error::input(format!("Row {i} of the plan carries no mass, so nothing can be drawn from it."))
                    .advise("Leave sources that send nothing out.")
            })
        };
        ctx.install(|| rows.par_iter().enumerate().map(draw).collect())
    }

    /// `sum_j pi_ij v_j` for `values` of `m` rows: `n` rows.
    pub(super) fn pull(&self, space: &Space, values: &Points, ctx: &Context) -> Result<Points> {
        if let Self::LowRank(plan) = self {
            return ctx.install(|| plan.apply(values));
        }
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
        self.by_blocks(space, ctx, map, |block| {
            out.extend(block);
            Ok(())
        })?;
        Points::new(width, out)
    }

    /// `sum_i pi_ij v_i` for `values` of `n` rows: `m` rows.
    pub(super) fn push(&self, space: &Space, values: &Points, ctx: &Context) -> Result<Points> {
        if let Self::LowRank(plan) = self {
            return ctx.install(|| plan.apply_transposed(values));
        }
        let mut out = Points::zeros(space.target.len(), values.dim());
        let map = |range: Range<usize>, rows: Vec<Vec<Entry>>| -> Points {
            let mut sums = Points::zeros(space.target.len(), values.dim());
            for (i, row) in range.zip(&rows) {
                row.iter().for_each(|e| add(sums.row_mut(e.target as usize), values.row(i), e.mass));
            }
            sums
        };
        self.by_blocks(space, ctx, map, |block| {
            add(out.values_mut(), block.values(), 1.0);
            Ok(())
        })?;
        Ok(out)
    }
}

/// `g_j / epsilon + log b_j`.
fn offsets(potentials: &Potentials, b: &[f64], epsilon: f64) -> Vec<f64> {
    let scaled = |(g, b): (&f64, &f64)| if *b > 0.0 { g / epsilon + b.ln() } else { f64::NEG_INFINITY };
    potentials.target.iter().zip(b).map(scaled).collect()
}

/// Adds `weight` times `value`.
pub(super) fn add(sum: &mut [f64], value: &[f64], weight: f64) {
    sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
}
