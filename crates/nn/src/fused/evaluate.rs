//! Values, input gradients and tangents of a network, tile by tile: all layers on a tile before the next one.

use super::features::{at, features, from_panels, pull_features, push_features};
use super::plan::Plan;
use super::tile::{Tile, advance};
use super::weights::Weights;
use crate::Output;
use crate::kernels::{Isa, Jet, activate, multiply};

/// `out = f(x)` for the rows of one tile.
pub(super) fn values(isa: Isa, plan: &Plan, weights: &Weights, tile: &mut Tile, x: &[f32], out: &mut [f32]) {
    tile.shape(plan, x.len() / plan.inputs, 1, 0);
    let rows = tile.span(0, 1);
    features(plan, x, rows, &mut tile.left[0]);
    for l in 0..plan.layers.len() {
        // Two arrays in turn stay in the cache where one a layer would not.
        let (one, two) = tile.left.split_at_mut(1);
        let (from, to) = if l % 2 == 0 { (&one[0], &mut two[0]) } else { (&two[0], &mut one[0]) };
        to.resize(super::plan::panelled(rows.total, plan.columns(l + 1)));
        advance(isa, plan, weights, l, (from, rows), &mut tile.panel, |j, z| {
            let jet = Jet { value: &mut to[rows.panel(j)], first: &mut [], second: &mut [], third: &mut [] };
            activate(isa, plan.layers[l].function, z, weights.bias(l, j), jet);
        });
    }
    finish(plan, &tile.left[plan.layers.len() % 2], tile, x, out);
}

/// `out = f(x)` and `dx = J(x)ᵀ cotangent` for the rows of one tile.
pub(super) fn cotangents(
    isa: Isa,
    plan: &Plan,
    weights: &Weights,
    tile: &mut Tile,
    (x, cotangent): (&[f32], &[f32]),
    (out, dx): (&mut [f32], &mut [f32]),
) {
    tile.shape(plan, x.len() / plan.inputs, 1, 0);
    let rows = tile.span(0, 1);
    features(plan, x, rows, &mut tile.left[0]);
    tile.forward(isa, plan, weights);
    finish(plan, &tile.left[plan.layers.len()], tile, x, out);
    seed(plan, tile, x, |i, j| cotangent[i * plan.outputs() + j]);
    tile.backward(isa, plan, weights);
    tile.pull_features(isa, plan, weights, 0);
    pull_features(plan, x, &tile.pulled, rows, dx);
    if plan.output == Output::HalfSquaredDistance {
        let net = &tile.left[plan.layers.len()];
        for (i, &c) in cotangent.iter().enumerate() {
            for j in 0..plan.width() {
                dx[i * plan.inputs + j] += c * (x[i * plan.inputs + j] - net[at(rows, i, j)]);
            }
        }
    }
}

/// `out = f(x)` and `dout = J(x) tangent` for the rows of one tile.
pub(super) fn tangents(
    isa: Isa,
    plan: &Plan,
    weights: &Weights,
    tile: &mut Tile,
    (x, tangent): (&[f32], &[f32]),
    (out, dout): (&mut [f32], &mut [f32]),
) {
    tile.shape(plan, x.len() / plan.inputs, 2, 0);
    let (both, value, moved) = (tile.span(0, 2), tile.span(0, 1), tile.span(1, 1));
    features(plan, x, value, &mut tile.left[0]);
    push_features(plan, x, tangent, moved, &mut tile.left[0]);
    for l in 0..plan.layers.len() {
        let (before, after) = tile.left.split_at_mut(l + 1);
        let (from, to) = (&before[l], &mut after[0]);
        advance(isa, plan, weights, l, (from, both), &mut tile.panel, |j, z| {
            let (z, dz) = z.split_at(value.panel(0).len());
            let (to, slope) = to[both.panel(j)].split_at_mut(z.len());
            let jet = Jet { value: to, first: slope, second: &mut [], third: &mut [] };
            activate(isa, plan.layers[l].function, z, weights.bias(l, j), jet);
            multiply(isa, slope, dz);
        });
    }
    let last = &tile.left[plan.layers.len()];
    finish(plan, last, tile, x, out);
    match plan.output {
        Output::Plain => from_panels(last, plan.width(), moved, dout),
        Output::HalfSquaredDistance => {
            for (i, dout) in dout.iter_mut().enumerate() {
                let row = i * plan.inputs;
                let term = |j: usize| (x[row + j] - last[at(value, i, j)]) * (tangent[row + j] - last[at(moved, i, j)]);
                *dout = (0..plan.width()).map(term).sum();
            }
        }
    }
}

/// From the last layer's values in channel 0 of `last` to the network's output.
pub(super) fn finish(plan: &Plan, last: &[f32], tile: &Tile, x: &[f32], out: &mut [f32]) {
    let rows = tile.span(0, 1);
    match plan.output {
        Output::Plain => from_panels(last, plan.width(), rows, out),
        Output::HalfSquaredDistance => {
            for (i, out) in out.iter_mut().enumerate() {
                let term = |j: usize| (x[i * plan.inputs + j] - last[at(rows, i, j)]).powi(2);
                *out = 0.5 * (0..plan.width()).map(term).sum::<f32>();
            }
        }
    }
}

/// Sets `tile.seed` to the cotangents of the last layer, given those of the network's output.
pub(super) fn seed(plan: &Plan, tile: &mut Tile, x: &[f32], cotangent: impl Fn(usize, usize) -> f32) {
    let rows = tile.span(0, 1);
    let net = &tile.left[plan.layers.len()];
    for i in 0..tile.rows {
        for j in 0..plan.width() {
            tile.seed[at(rows, i, j)] = match plan.output {
                Output::Plain => cotangent(i, j),
                Output::HalfSquaredDistance => cotangent(i, 0) * (net[at(rows, i, j)] - x[i * plan.inputs + j]),
            };
        }
    }
}
