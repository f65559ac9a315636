//! What a learned law consists of, as plain data.

use super::Clock;
use crate::NetSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a network's output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reading {
    /// As it is: as many output columns as the quantity has numbers, from column `first` on.
    Direct {
        /// First output column; heads may share a network.
        #[serde(default)]
        first: usize,
    },
    /// As the gradient in the state of a scalar network (action matching: velocity `∂_x s`).
    GradientOfPotential,
}

/// A network and where its parameters lie in the flat buffer of the model.
///
/// Inputs are the standardised state and, last, the standardised time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The network.
    pub spec: NetSpec,
    /// First of its parameters in the flat buffer; heads may share parameters.
    pub offset: usize,
    /// How its output is read.
    pub reading: Reading,
}

impl Head {
    /// A head that reads the output of `spec` as it is.
    pub fn direct(spec: NetSpec, offset: usize) -> Self {
        Self { spec, offset, reading: Reading::Direct { first: 0 } }
    }

    /// A head that reads the gradient of the scalar network `spec`.
    pub fn gradient(spec: NetSpec, offset: usize) -> Self {
        Self { spec, offset, reading: Reading::GradientOfPotential }
    }
}

/// Standardised units: `z = (x - mean) / scale` and `tau(t)` of the [`Clock`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// One a feature.
    pub mean: Vec<f64>,
    /// One a feature, or a single one for all; positive.
    pub scale: Vec<f64>,
    /// Standardised time.
    pub clock: Clock,
}

impl Scaling {
    /// Data units inside as outside.
    pub fn identity(dim: usize) -> Self {
        Self { mean: vec![0.0; dim], scale: vec![1.0], clock: Clock::uniform(0.0, 1.0) }
    }

    /// Scale of feature `k`.
    pub fn scale_of(&self, k: usize) -> f64 {
        self.scale[if self.scale.len() == 1 { 0 } else { k }]
    }

    /// Standardised time.
    pub fn tau(&self, t: f64) -> f64 {
        self.clock.tau(t)
    }

    /// Writes rows of standardised states followed by the standardised time `tau`: `x` is `n x d`, `out` is
    /// `n x (d + 1)`.
    pub fn rows(&self, tau: f64, x: &[f64], out: &mut [f32]) {
        let d = self.mean.len();
        for (row, z) in x.chunks_exact(d).zip(out.chunks_exact_mut(d + 1)) {
            for k in 0..d {
                z[k] = ((row[k] - self.mean[k]) / self.scale_of(k)) as f32;
            }
            z[d] = tau as f32;
        }
    }
}

/// The diffusion coefficient `sigma(t)` of `dx = v dt + sigma dW`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Diffusion {
    /// 0: an ordinary differential equation.
    #[default]
    None,
    /// The same at all times in the units of the networks, `dz = ... + sigma dW(tau)`: in data units
    /// `sigma scale (d tau / dt)^(1/2)`. Needs one scale for all features.
    Standardised {
        /// Its value, not negative.
        sigma: f64,
    },
    /// In data units, linear between knots, constant outside.
    Table {
        /// Increasing times.
        times: Vec<f64>,
        /// One value a time, not negative.
        sigmas: Vec<f64>,
    },
}

impl Diffusion {
    /// The coefficient at time `t` in data units, under the units `scaling` of the networks.
    pub fn at(&self, t: f64, scaling: &Scaling) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Standardised { sigma } => sigma * scaling.scale_of(0) * scaling.clock.rate(t).sqrt(),
            Self::Table { times, sigmas } => {
                let after = times.partition_point(|knot| *knot <= t);
                let (Some(left), Some(right)) = (after.checked_sub(1), (after < times.len()).then_some(after)) else {
                    return if after == 0 { sigmas[0] } else { sigmas[after - 1] };
                };
                let s = (t - times[left]) / (times[right] - times[left]);
                (1.0 - s) * sigmas[left] + s * sigmas[right]
            }
        }
    }
}

/// A learned law without its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Name of the method that learned it.
    pub method: String,
    /// Names of the coordinates.
    pub features: Vec<String>,
    /// Times of the snapshots it was learned from, increasing.
    pub times: Vec<f64>,
    /// The units the networks work in.
    pub scaling: Scaling,
    /// Velocity `dz / dtau`, one number a coordinate.
    pub velocity: Head,
    /// Growth rate `d log w / dtau`, one number, if the law has growth.
    #[serde(default)]
    pub growth: Option<Head>,
    /// Score `∂_z log p`, one number a coordinate, if the method learns it.
    #[serde(default)]
    pub score: Option<Head>,
    /// Diffusion.
    #[serde(default)]
    pub diffusion: Diffusion,
    /// Whatever else the method wants to remember.
    #[serde(default)]
    pub meta: Value,
}

impl Law {
    /// Number of coordinates.
    pub fn dim(&self) -> usize {
        self.features.len()
    }
}
