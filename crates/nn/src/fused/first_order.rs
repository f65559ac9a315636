//! Losses of the network's values: one sweep forward and one back.

use super::evaluate::{finish, seed};
use super::features::features;
use super::plan::Plan;
use super::tile::Tile;
use super::weights::Weights;
use crate::kernels::Isa;

/// What is asked of the outputs of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// `weight · scale · |f - y|²`.
    Values { y: &'a [f32], weights: Option<&'a [f32]>, scale: f64 },
    /// `c · f`.
    Cotangents(&'a [f32]),
}

/// Leaves the arrays of the gradient and the loss of the rows `x` in `tile`.
pub(super) fn first_order(isa: Isa, plan: &Plan, weights: &Weights, tile: &mut Tile, x: &[f32], target: Target<'_>) {
    tile.shape(plan, x.len() / plan.inputs, 1, 0);
    let rows = tile.span(0, 1);
    features(plan, x, rows, &mut tile.left[0]);
    tile.forward(isa, plan, weights);
    let columns = plan.outputs();
    let mut out = std::mem::take(&mut tile.scratch);
    out.resize(tile.rows * columns, 0.0);
    finish(plan, &tile.left[plan.layers.len()], tile, x, &mut out);
    match target {
        Target::Values { y, weights, scale } => {
            let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
            tile.value = scale
                * (out.chunks_exact(columns).zip(y.chunks_exact(columns)).enumerate())
                    .map(|(i, (f, y))| {
                        f64::from(weight(i)) * f.iter().zip(y).map(|(f, y)| f64::from((f - y) * (f - y))).sum::<f64>()
                    })
                    .sum::<f64>();
            let slope = 2.0 * scale as f32;
            seed(plan, tile, x, |i, j| slope * weight(i) * (out[i * columns + j] - y[i * columns + j]));
        }
        Target::Cotangents(c) => {
            tile.value = out.iter().zip(c).map(|(f, c)| f64::from(*f) * f64::from(*c)).sum();
            seed(plan, tile, x, |i, j| c[i * columns + j]);
        }
    }
    tile.scratch = out;
    tile.backward(isa, plan, weights);
}
