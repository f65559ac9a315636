//! Cutting a batch into shards of rows, by size alone.

use super::Scalar;
use crate::{ActionTerm, Loss};
use std::ops::Range;

/// Multiply-adds of one pass through the network that make a block.
const WORK: usize = 1 << 28;
/// Shards at most; a longer batch makes longer shards, each of which runs block after block.
const MOST: usize = 64;

/// Rows in a block, which is what one tape holds at a time: few enough for its matrices to stay in the cache,
/// enough that packing the weights does not show.
pub(super) fn block_rows(parameters: usize) -> usize {
    (WORK / parameters.max(1)).clamp(64, 1024).next_power_of_two()
}

/// The blocks of `rows` rows, grouped into shards: each inner list is run by one task, in order.
pub(super) fn shards(rows: usize, parameters: usize) -> Vec<Vec<Range<usize>>> {
    let blocks = rows.div_ceil(block_rows(parameters)).max(1);
    let even = rows.div_ceil(blocks);
    let ranges: Vec<_> = (0..blocks).map(|b| (b * even).min(rows)..((b + 1) * even).min(rows)).collect();
    ranges.chunks(blocks.div_ceil(MOST)).map(<[_]>::to_vec).collect()
}

/// A part of a loss and the weight with which its value enters the whole.
pub(super) struct Part<'a> {
    pub(super) loss: Loss<'a>,
    pub(super) share: f64,
}

/// Number of rows by which a loss is cut.
pub(super) fn rows(loss: &Loss<'_>, inputs: usize) -> usize {
    match loss {
        Loss::Regression { inputs: x, .. } | Loss::Linear { inputs: x, .. } => x.len() / inputs,
        Loss::Action { boundary, interior, .. } => boundary.len().max(interior.len()) / inputs,
    }
}

/// The part of `loss` on the rows `range` of `rows`; boundary and interior rows are cut in proportion.
pub(super) fn part<'a>(loss: &Loss<'a>, inputs: usize, range: &Range<usize>, rows: usize) -> Part<'a> {
    match *loss {
        Loss::Regression { inputs: x, targets, weights } => {
            let outputs = targets.len() / rows;
            Part {
                loss: Loss::Regression {
                    inputs: pick(x, inputs, range),
                    targets: pick(targets, outputs, range),
                    weights: weights.map(|w| pick(w, 1, range)),
                },
                share: range.len() as f64 / rows as f64,
            }
        }
        Loss::Linear { inputs: x, cotangents } => {
            let outputs = cotangents.len() / rows;
            Part {
                loss: Loss::Linear { inputs: pick(x, inputs, range), cotangents: pick(cotangents, outputs, range) },
                share: 1.0,
            }
        }
        Loss::Action { boundary, coefficients, interior, weights, term } => {
            let cut = |n: usize| range.start * n / rows..range.end * n / rows;
            let (ends, inside) = (cut(coefficients.len()), cut(weights.len()));
            let term = match term {
                ActionTerm::Entropic { variance, probes } => {
                    ActionTerm::Entropic { variance, probes: pick(probes, inputs - 1, &inside) }
                }
                other => other,
            };
            Part {
                loss: Loss::Action {
                    boundary: pick(boundary, inputs, &ends),
                    coefficients: pick(coefficients, 1, &ends),
                    interior: pick(interior, inputs, &inside),
                    weights: pick(weights, 1, &inside),
                    term,
                },
                share: 1.0,
            }
        }
    }
}

/// The rows `range` of a buffer with `cols` columns.
pub(super) fn pick<'a, T: Scalar>(values: &'a [T], cols: usize, range: &Range<usize>) -> &'a [T] {
    &values[range.start * cols..range.end * cols]
}
