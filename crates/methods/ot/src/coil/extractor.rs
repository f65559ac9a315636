//! From points to features.

use super::Config;
use crate::Matrix;
use thalweg_core::{Points, Result};
use thalweg_nn::{Activation, Loss, NetSpec, executor_for};

/// A network from points to features, or none: the points are the features.
#[derive(Clone, Debug)]
pub(super) struct Extractor {
    network: Option<NetSpec>,
    /// Coordinates of a point, and of its features.
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Extractor {
    pub(super) fn new(inputs: usize, config: &Config) -> Self {
        let network = config.hidden.split_last().map(|(last, before)| {
            let spec = NetSpec::mlp(inputs, before, *last, Activation::Silu);
            (spec, *last)
        });
        let outputs = network.as_ref().map_or(inputs, |n| n.1);
        Self { network: network.map(|n| n.0), inputs, outputs }
    }

    /// Random parameters.
    pub(super) fn init(&self, seed: u64) -> Result<Vec<f32>> {
        self.network.as_ref().map_or_else(|| Ok(Vec::new()), |spec| spec.init(seed, "coil-network"))
    }

    /// The features of points, n x e; on the threads of the calling pool.
    pub(super) fn features(&self, params: &[f32], points: &Points) -> Result<Matrix> {
        let Some(spec) = &self.network else { return Ok(points.into()) };
        let mut out = vec![0.0; points.len() * self.outputs];
        executor_for(spec).forward(spec, params, &single(points.values()), &mut out)?;
        Matrix::new(points.len(), self.outputs, out.into_iter().map(f64::from).collect())
    }

    /// Writes the slopes in the parameters of a loss whose slopes in the features are `slopes`.
    pub(super) fn backward(&self, params: &[f32], points: &Points, slopes: &Matrix, grad: &mut [f32]) -> Result<()> {
        let Some(spec) = &self.network else { return Ok(()) };
        let (inputs, cotangents) = (single(points.values()), single(slopes.values()));
        executor_for(spec).loss_grad(spec, params, &Loss::Linear { inputs: &inputs, cotangents: &cotangents }, grad)?;
        Ok(())
    }
}

pub(super) fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}
