//! A block of rows on its way through a network: its buffers, and the products between them.

use super::buffer::Buffer;
use super::plan::{Plan, panelled};
use super::weights::Weights;
use crate::kernels::{Isa, Jet, PANEL, activate, product};

/// Rows a tile: enough for the products to reach their speed, few enough for the arrays of a layer to stay in the
/// second cache. A function of the number of rows alone, so that results do not depend on threads.
pub(super) fn tile_rows(rows: usize) -> usize {
    if rows > 512 { 128 } else { 64 }
}

/// The arrays of a block of rows, panelled. Several *channels* of equal height (values, tangents, cotangents of
/// each) share an array, so that one product serves them all.
///
/// With `left` and `right` so aligned that their rows match, the gradient of each weight is `leftᵀ right`.
#[derive(Debug, Default)]
pub(super) struct Tile {
    /// Rows a channel.
    pub(super) rows: usize,
    /// Channels of `left` and `right`.
    pub(super) channels: usize,
    /// What goes into layer `l`; last, what comes out of the last one.
    pub(super) left: Vec<Buffer>,
    /// Cotangents of the pre-activations of layer `l`.
    pub(super) right: Vec<Buffer>,
    /// First three derivatives of the activation of layer `l`, one channel.
    pub(super) slopes: Vec<[Buffer; 3]>,
    /// Tangents of the pre-activations of layer `l`, one channel.
    pub(super) tangents: Vec<Buffer>,
    /// One panel of products on its way, all channels.
    pub(super) panel: Buffer,
    /// Cotangents of the input features, one channel.
    pub(super) pulled: Buffer,
    /// Cotangents of the outputs, all channels.
    pub(super) seed: Buffer,
    /// Row-major copies: a few numbers a row.
    pub(super) scratch: Vec<f32>,
    /// The tile's share of the loss.
    pub(super) value: f64,
}

/// Which rows of an array: `start..start + count` of `total`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) start: usize,
    pub(super) count: usize,
    pub(super) total: usize,
}

impl Rows {
    /// Where they lie in panel `j`.
    pub(super) fn panel(&self, j: usize) -> std::ops::Range<usize> {
        let start = (j * self.total + self.start) * PANEL;
        start..start + self.count * PANEL
    }
}

impl Tile {
    /// Shapes the arrays for `rows` rows in `channels` channels, with derivatives up to `order` kept apart.
    pub(super) fn shape(&mut self, plan: &Plan, rows: usize, channels: usize, order: usize) {
        (self.rows, self.channels) = (rows, channels);
        let count = plan.layers.len();
        self.left.resize_with(self.left.len().max(count + 1), Buffer::default);
        self.right.resize_with(self.right.len().max(count), Buffer::default);
        self.slopes.resize_with(self.slopes.len().max(count), Default::default);
        self.tangents.resize_with(self.tangents.len().max(count), Buffer::default);
        self.left[0].resize(panelled(channels * rows, plan.features()));
        for (l, layer) in plan.layers.iter().enumerate() {
            self.left[l + 1].resize(panelled(channels * rows, layer.outputs));
            self.right[l].resize(panelled(channels * rows, layer.outputs));
            for (k, slope) in self.slopes[l].iter_mut().enumerate() {
                slope.resize(if k < order { panelled(rows, layer.outputs) } else { 0 });
            }
            self.tangents[l].resize(if order > 2 { panelled(rows, layer.outputs) } else { 0 });
        }
        self.panel.resize(channels * rows * PANEL);
        self.pulled.resize(panelled(rows, plan.features()));
        self.seed.resize(panelled(channels * rows, plan.width()));
    }

    /// Rows of channel `first` and the `count - 1` after it, in `left` and `right`.
    pub(super) fn span(&self, first: usize, count: usize) -> Rows {
        Rows { start: first * self.rows, count: count * self.rows, total: self.channels * self.rows }
    }

    /// Rows of an array of one channel.
    pub(super) fn single(&self) -> Rows {
        Rows { start: 0, count: self.rows, total: self.rows }
    }

    /// Values of channel 0 from `left[0]` to the last `left`; the slopes go to `right`, for a first-order loss.
    pub(super) fn forward(&mut self, isa: Isa, plan: &Plan, weights: &Weights) {
        let rows = self.span(0, 1);
        for l in 0..plan.layers.len() {
            let (before, after) = self.left.split_at_mut(l + 1);
            let (from, to, right) = (&before[l], &mut after[0], &mut self.right[l]);
            advance(isa, plan, weights, l, (from, rows), &mut self.panel, |j, z| {
                let jet = Jet {
                    value: &mut to[rows.panel(j)],
                    first: &mut right[rows.panel(j)],
                    second: &mut [],
                    third: &mut [],
                };
                activate(isa, plan.layers[l].function, z, weights.bias(l, j), jet);
            });
        }
    }

    /// Cotangents of channel 0 from `seed` to `right[0]`, where [`Tile::forward`] left the slopes.
    pub(super) fn backward(&mut self, isa: Isa, plan: &Plan, weights: &Weights) {
        let rows = self.span(0, 1);
        crate::kernels::multiply(isa, &mut self.right[plan.last()], &self.seed);
        for l in (1..plan.layers.len()).rev() {
            let (before, after) = self.right.split_at_mut(l);
            let (to, from) = (&mut before[l - 1], &after[0]);
            retreat(isa, plan, weights, l, (from, rows), &mut self.panel, |j, beta| {
                crate::kernels::multiply(isa, &mut to[rows.panel(j)], beta);
            });
        }
    }

    /// Cotangents of the features, from those of the first pre-activations in `channel`, to `pulled`.
    pub(super) fn pull_features(&mut self, isa: Isa, plan: &Plan, weights: &Weights, channel: usize) {
        let (rows, single) = (self.span(channel, 1), self.single());
        let pulled = &mut self.pulled;
        retreat(isa, plan, weights, 0, (&self.right[0], rows), &mut self.panel, |j, beta| {
            pulled[single.panel(j)].copy_from_slice(beta);
        });
    }
}

/// Panels of `from W` of layer `l`, each handed to `with`.
pub(super) fn advance(
    isa: Isa,
    plan: &Plan,
    weights: &Weights,
    l: usize,
    (from, rows): (&[f32], Rows),
    panel: &mut Buffer,
    mut with: impl FnMut(usize, &mut [f32]),
) {
    let layer = &plan.layers[l];
    let panel = &mut panel[..rows.count * PANEL];
    for j in 0..layer.outputs.div_ceil(PANEL) {
        let shape = (rows.count, layer.inputs, PANEL.min(layer.outputs - j * PANEL));
        product(isa, shape, &from[rows.start * PANEL..], rows.total * PANEL, weights.forward(plan, l, j), panel);
        with(j, panel);
    }
}

/// Panels of `from Wᵀ` of layer `l`, each handed to `with`.
pub(super) fn retreat(
    isa: Isa,
    plan: &Plan,
    weights: &Weights,
    l: usize,
    (from, rows): (&[f32], Rows),
    panel: &mut Buffer,
    mut with: impl FnMut(usize, &mut [f32]),
) {
    let layer = &plan.layers[l];
    let panel = &mut panel[..rows.count * PANEL];
    for j in 0..layer.inputs.div_ceil(PANEL) {
        let shape = (rows.count, layer.outputs, PANEL.min(layer.inputs - j * PANEL));
        product(isa, shape, &from[rows.start * PANEL..], rows.total * PANEL, weights.backward(plan, l, j), panel);
        with(j, panel);
    }
}
