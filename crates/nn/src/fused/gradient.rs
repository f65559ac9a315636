//! Gradients of the weights from the arrays of all tiles.
//!
//! Each task owns some rows of one weight and goes through the tiles in order, so that no partial gradients are
//! stored or added up, and the sum does not depend on who computes it.

use super::plan::{Dense, Plan};
use super::tile::Tile;
use crate::kernels::{Isa, PANEL, outer};
use rayon::prelude::*;

/// Rows of a weight a task.
const ROWS: usize = 4 * PANEL;

/// A stretch of the flat gradient.
enum Part<'a> {
    /// Rows of the weight of layer `l` from `row` on.
    Weight { l: usize, row: usize, grad: &'a mut [f32] },
    /// The bias of layer `l`.
    Bias { l: usize, grad: &'a mut [f32] },
}

/// Adds the gradient that `tiles` hold to `grad`.
pub(super) fn accumulate(isa: Isa, plan: &Plan, tiles: &[Tile], grad: &mut [f32]) {
    let mut parts = Vec::with_capacity(plan.len / (ROWS * PANEL) + 2 * plan.layers.len());
    let mut rest = grad;
    for (l, layer) in plan.layers.iter().enumerate() {
        let (weight, after) = rest.split_at_mut(layer.inputs * layer.outputs);
        let (bias, after) = after.split_at_mut(layer.outputs);
        rest = after;
        let rows = weight.chunks_mut(ROWS * layer.outputs).zip((0..).step_by(ROWS));
        parts.extend(rows.map(|(grad, row)| Part::Weight { l, row, grad }));
        parts.push(Part::Bias { l, grad: bias });
    }
    parts.into_par_iter().with_max_len(1).for_each(|part| match part {
        Part::Weight { l, row, grad } => weight_rows(isa, &plan.layers[l], tiles, l, row, grad),
        Part::Bias { l, grad } => bias_sum(tiles, l, grad),
    });
}

/// A block of the result that stays in the nearest cache.
#[repr(align(64))]
struct Block([f32; ROWS * PANEL]);

fn weight_rows(isa: Isa, layer: &Dense, tiles: &[Tile], l: usize, row: usize, grad: &mut [f32]) {
    let rows = grad.len() / layer.outputs;
    let mut block = Block([0.0; ROWS * PANEL]);
    for column in (0..layer.outputs).step_by(PANEL) {
        let width = PANEL.min(layer.outputs - column);
        let sums = &mut block.0[..rows * PANEL];
        sums.fill(0.0);
        for tile in tiles {
            let all = tile.span(0, tile.channels);
            let right = &tile.right[l][all.panel(column / PANEL)];
            for (k, sums) in sums.chunks_mut(PANEL * PANEL).enumerate() {
                let left = &tile.left[l][all.panel(row / PANEL + k)];
                outer(isa, (sums.len() / PANEL, all.count, width), left, right, sums);
            }
        }
        for (to, from) in grad.chunks_exact_mut(layer.outputs).zip(sums.as_chunks::<PANEL>().0) {
            to[column..column + width].iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
}

/// The bias enters the values only: channel 0.
fn bias_sum(tiles: &[Tile], l: usize, grad: &mut [f32]) {
    for tile in tiles {
        let rows = tile.span(0, 1);
        for (j, grad) in grad.chunks_mut(PANEL).enumerate() {
            let mut sums = [0.0; PANEL];
            for row in tile.right[l][rows.panel(j)].as_chunks::<PANEL>().0 {
                sums.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
            grad.iter_mut().zip(sums).for_each(|(g, s)| *g += s);
        }
    }
}
