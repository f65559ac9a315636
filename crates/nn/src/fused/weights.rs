//! Weights in panels, as the products want them.

use super::buffer::Buffer;
use super::plan::{Dense, Plan, panelled};
use crate::kernels::PANEL;
use rayon::prelude::*;

/// Parameters of one layer.
#[derive(Debug, Default)]
pub(super) struct LayerWeights {
    /// `W`, to go forward.
    forward: Buffer,
    /// `Wᵀ`, to go back.
    backward: Buffer,
    /// One row, with zeros after the last column.
    bias: Buffer,
}

/// All parameters of a network.
#[derive(Debug, Default)]
pub(super) struct Weights(Vec<LayerWeights>);

/// Below this many parameters, starting tasks costs more than they save.
const SERIAL: usize = 65_536;

impl Weights {
    /// Takes over `params`; the layers from `reverse` on can then be gone through backwards, too.
    pub(super) fn load(&mut self, plan: &Plan, params: &[f32], reverse: usize) {
        self.0.resize_with(plan.layers.len().max(self.0.len()), LayerWeights::default);
        let load = |(l, weights): (usize, &mut LayerWeights)| weights.load(&plan.layers[l], params, l >= reverse);
        let layers = &mut self.0[..plan.layers.len()];
        if plan.len < SERIAL || rayon::current_thread_index().is_none() {
            layers.iter_mut().enumerate().for_each(load);
        } else {
            layers.par_iter_mut().enumerate().with_max_len(1).for_each(load);
        }
    }

    /// Panel `j` of `W` of layer `l`.
    pub(super) fn forward(&self, plan: &Plan, l: usize, j: usize) -> &[f32] {
        let stride = plan.layers[l].inputs * PANEL;
        &self.0[l].forward[j * stride..(j + 1) * stride]
    }

    /// Panel `j` of `Wᵀ` of layer `l`.
    pub(super) fn backward(&self, plan: &Plan, l: usize, j: usize) -> &[f32] {
        let stride = plan.layers[l].outputs * PANEL;
        &self.0[l].backward[j * stride..(j + 1) * stride]
    }

    /// Panel `j` of the bias of layer `l`.
    pub(super) fn bias(&self, l: usize, j: usize) -> &[f32; PANEL] {
        &self.0[l].bias.as_chunks().0[j]
    }
}

impl LayerWeights {
    fn load(&mut self, layer: &Dense, params: &[f32], reverse: bool) {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let weight = &params[layer.offset..layer.bias()];
        self.forward.resize(panelled(inputs, outputs));
        for (panel, column) in self.forward.chunks_exact_mut(inputs * PANEL).zip((0..).step_by(PANEL)) {
            let width = PANEL.min(outputs - column);
            for (to, from) in panel.as_chunks_mut::<PANEL>().0.iter_mut().zip(weight.chunks_exact(outputs)) {
                to[..width].copy_from_slice(&from[column..column + width]);
                to[width..].fill(0.0);
            }
        }
        self.bias.resize(panelled(1, outputs));
        let bias = &params[layer.bias()..layer.end()];
        self.bias[..outputs].copy_from_slice(bias);
        self.bias[outputs..].fill(0.0);
        if reverse {
            self.backward.resize(panelled(outputs, inputs));
            let rows = weight.chunks(PANEL * outputs);
            self.backward
                .chunks_exact_mut(outputs * PANEL)
                .zip(rows)
                .for_each(|(to, from)| transpose(from, outputs, to));
        }
    }
}

/// `to` (`columns x PANEL`) becomes the transpose of `from` (at most `PANEL x columns`), zeros after its last row.
fn transpose(from: &[f32], columns: usize, to: &mut [f32]) {
    const BLOCK: usize = 16;
    let height = from.len() / columns;
    for (b, block) in to.chunks_mut(BLOCK * PANEL).enumerate() {
        let width = block.len() / PANEL;
        if height < PANEL {
            block.fill(0.0);
        }
        for i in 0..height {
            let row = &from[i * columns + b * BLOCK..][..width];
            for (k, &x) in row.iter().enumerate() {
                block[k * PANEL + i] = x;
            }
        }
    }
}
