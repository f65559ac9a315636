//! What a learned law consists of, as plain data.

use crate::{Layer, NetSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_core::{Error, Result};

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

/// Standardised units: `z = (x - mean) / scale` and `tau = (t - time_origin) / time_scale`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// One a feature.
    pub mean: Vec<f64>,
    /// One a feature, or a single one for all; positive.
    pub scale: Vec<f64>,
    /// The time at which `tau = 0`.
    pub time_origin: f64,
    /// Data time in one unit of `tau`; positive.
    pub time_scale: f64,
}

impl Scaling {
    /// Data units inside as outside.
    pub fn identity(dim: usize) -> Self {
        Self { mean: vec![0.0; dim], scale: vec![1.0], time_origin: 0.0, time_scale: 1.0 }
    }

    /// Scale of feature `k`.
    pub fn scale_of(&self, k: usize) -> f64 {
        self.scale[if self.scale.len() == 1 { 0 } else { k }]
    }

    /// Standardised time.
    pub fn tau(&self, t: f64) -> f64 {
        (t - self.time_origin) / self.time_scale
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

/// The diffusion coefficient `sigma(t)` of `dx = v dt + sigma dW`, in data units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Diffusion {
    /// 0: an ordinary differential equation.
    #[default]
    None,
    /// The same at all times.
    Constant {
        /// Its value, not negative.
        sigma: f64,
    },
    /// Linear between knots, constant outside.
    Table {
        /// Increasing times.
        times: Vec<f64>,
        /// One value a time, not negative.
        sigmas: Vec<f64>,
    },
}

impl Diffusion {
    /// The coefficient at time `t`.
    pub fn at(&self, t: f64) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Constant { sigma } => *sigma,
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

/// Bounds on what a file may ask for: far above any network of the field, far below what overflows.
const WIDEST: usize = 1 << 20;
const DEEPEST: usize = 4096;
const OCTAVES: usize = 64;

impl Law {
    /// Number of coordinates.
    pub fn dim(&self) -> usize {
        self.features.len()
    }

    /// Refuses a law that cannot be evaluated on a buffer of `available` parameters.
    ///
    /// # Errors
    /// No features; times or scales out of range; a network whose layers do not fit each other, the features
    /// or the buffer.
    pub(super) fn check(&self, available: usize) -> Result<()> {
        let d = self.dim();
        if d == 0 || d > WIDEST {
            return Err(Error::input(format!("A law needs from 1 to {WIDEST} features and this one has {d}.")));
        }
        if self.times.iter().any(|t| !t.is_finite()) || self.times.windows(2).any(|p| p[0] >= p[1]) {
            return Err(Error::input(format!(
                "The training times of a law must be finite and increasing, but they are {:?}.",
                self.times
            )));
        }
        self.check_scaling()?;
        self.check_diffusion()?;
        check_head("velocity", &self.velocity, d, d, available)?;
        self.growth.as_ref().map_or(Ok(()), |head| check_head("growth", head, d, 1, available))?;
        self.score.as_ref().map_or(Ok(()), |head| check_head("score", head, d, d, available))
    }

    fn check_scaling(&self) -> Result<()> {
        let (s, d) = (&self.scaling, self.dim());
        if s.mean.len() != d || (s.scale.len() != d && s.scale.len() != 1) {
            return Err(Error::input(format!(
                "The scaling has {} means and {} scales for {d} features; it needs one mean a feature and one scale a \
                 feature or one for all.",
                s.mean.len(),
                s.scale.len()
            )));
        }
        let scales = s.scale.iter().chain([&s.time_scale]);
        if let Some(bad) = scales.into_iter().find(|v| !(**v > 0.0 && v.is_finite())) {
            return Err(Error::input(format!("A scale of the law is {bad}, but scales must be positive and finite.")));
        }
        match s.mean.iter().chain([&s.time_origin]).find(|v| !v.is_finite()) {
            Some(bad) => {
                Err(Error::input(format!("A mean or time origin of the law is {bad}, but it must be finite.")))
            }
            None => Ok(()),
        }
    }

    fn check_diffusion(&self) -> Result<()> {
        let valid = |sigma: f64| sigma >= 0.0 && sigma.is_finite();
        let holds = match &self.diffusion {
            Diffusion::None => true,
            Diffusion::Constant { sigma } => valid(*sigma),
            Diffusion::Table { times, sigmas } => {
                !times.is_empty()
                    && times.len() == sigmas.len()
                    && times.iter().all(|t| t.is_finite())
                    && times.windows(2).all(|p| p[0] < p[1])
                    && sigmas.iter().all(|s| valid(*s))
            }
        };
        if holds {
            return Ok(());
        }
        Err(Error::input(format!(
            "The diffusion {:?} is not valid: coefficients must be finite and not negative, at increasing times.",
            self.diffusion
        )))
    }
}

/// Refuses a head that does not map `d` coordinates and time to `numbers` numbers from the parameters there are.
fn check_head(name: &str, head: &Head, d: usize, numbers: usize, available: usize) -> Result<()> {
    let place = |e: Error| e.within(format_args!("The {name} network"));
    let mut budget = Budget { layers: DEEPEST, params: available.saturating_sub(head.offset) };
    budget.spend(&head.spec.layers).map_err(place)?;
    let outputs = head.spec.outputs().map_err(place)?;
    let fits = match head.reading {
        Reading::Direct { first } => first.checked_add(numbers).is_some_and(|end| end <= outputs),
        Reading::GradientOfPotential => outputs == 1 && numbers == d,
    };
    if head.spec.inputs != d + 1 || !fits {
        return Err(place(Error::input(format!(
            "it maps {} columns to {outputs} and is read as {:?}, but it must map {d} coordinates and time to {numbers}.",
            head.spec.inputs, head.reading
        ))));
    }
    Ok(())
}

/// What a network may use up, so that sizes are bounded before anything is computed or allocated from them.
struct Budget {
    layers: usize,
    params: usize,
}

impl Budget {
    fn spend(&mut self, layers: &[Layer]) -> Result<()> {
        for layer in layers {
            self.layers = self
                .layers
                .checked_sub(1)
                .ok_or_else(|| Error::input(format!("It has more than {DEEPEST} layers.")))?;
            let (sizes, params) = match layer {
                Layer::Linear { inputs, outputs } => {
                    ([*inputs, *outputs], inputs.checked_mul(*outputs).and_then(|w| w.checked_add(*outputs)))
                }
                Layer::LayerNorm { dim } => ([*dim, 0], dim.checked_mul(2)),
                Layer::TimeFeatures { inputs, frequencies } => ([*inputs, 0], (*frequencies <= OCTAVES).then_some(0)),
                Layer::Residual { layers } => {
                    self.spend(layers)?;
                    ([0, 0], Some(0))
                }
                Layer::Act { .. } => ([0, 0], Some(0)),
            };
            let left = params.and_then(|p| self.params.checked_sub(p));
            match left {
                Some(left) if sizes.iter().all(|s| *s <= WIDEST) => self.params = left,
                _ => {
                    return Err(Error::input(format!(
                        "The layer {layer:?} is wider than {WIDEST}, has more than {OCTAVES} octaves or needs more parameters than \
                         the model holds."
                    )));
                }
            }
        }
        Ok(())
    }
}
