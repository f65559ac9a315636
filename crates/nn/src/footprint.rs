//! What a learning takes in memory, told from its settings before any of it is made.

use crate::kernels::PANEL;
use crate::{Layer, NetSpec};
use thalweg_core::Result;

/// Bytes that a learning holds besides the snapshots it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// At its peak.
    pub peak: u64,
    /// What stays when it is done: the model, and the work space of whatever evaluates it.
    pub rest: u64,
}

/// How far a loss differentiates its network: what a row keeps of each layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Once, by the parameters: values and their cotangents.
    First,
    /// Once by the inputs before that: three channels of both, three slopes and a tangent.
    Second,
}

/// Parameters, both moments, their average, the gradient and the last good copy; and what a resumed training reads
/// before it has any of the last two: the file and the arrays in it.
const COPIES: u64 = 9;
/// Batches in memory: the block in use and the one being drawn.
const BATCHES: u64 = 32;
/// Rows whose arrays a step keeps at once: 16 tiles of 128.
const ROWS: u64 = 16 * 128;
/// Rows of a tile when a network is evaluated.
const TILE: u64 = 128;

impl Footprint {
    /// Of one training of `networks` together on batches of `rows` rows of `numbers` single-precision numbers, and of
    /// evaluating them afterwards on `threads` threads.
    ///
    /// # Errors
    /// A network whose shapes do not fit.
    pub fn of_training(
        networks: &[&NetSpec],
        (rows, numbers): (usize, usize),
        reach: Reach,
        threads: usize,
    ) -> Result<Self> {
        let (mut parameters, mut panels, mut columns) = (0, 0, 0);
        for network in networks {
            parameters += 4 * network.layout()?.len as u64;
            let (weights, row) = dense(&network.layers);
            (panels, columns) = (panels.max(4 * weights), columns.max(4 * row));
        }
        let (rows, threads) = (rows as u64, threads as u64);
        let arrays = match reach {
            Reach::First => 2,
            Reach::Second => 10,
        };
        // A thread that waits for its part of one call may take on another, which needs weights of its own.
        let space = 2 * threads * (panels + 2 * TILE * columns) + rows.clamp(TILE, ROWS) * columns * arrays;
        let batches = BATCHES * rows * numbers as u64 * 4;
        Ok(Self { peak: COPIES * parameters + space.max(panels) + batches, rest: 2 * parameters + space })
    }

    /// With `bytes` more at the peak, which are given back.
    #[must_use]
    pub fn and_for_a_while(self, bytes: u64) -> Self {
        Self { peak: self.peak + bytes, ..self }
    }
}

/// Numbers of the weights of linear layers as the executor stores them, forth and back, and columns of a row on its way.
fn dense(layers: &[Layer]) -> (u64, u64) {
    let padded = |n: usize| n.next_multiple_of(PANEL) as u64;
    layers.iter().fold((0, 0), |(weights, columns), layer| match layer {
        Layer::Linear { inputs, outputs } => {
            let both = padded(*outputs) * *inputs as u64 + padded(*inputs) * *outputs as u64;
            (weights + both, columns + padded(*inputs).max(padded(*outputs)))
        }
        Layer::Residual { layers } => {
            let inner = dense(layers);
            (weights + inner.0, columns + inner.1)
        }
        Layer::Act { .. } | Layer::LayerNorm { .. } | Layer::TimeFeatures { .. } => (weights, columns),
    })
}
