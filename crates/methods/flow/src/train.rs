//! Velocity regression on snapshots: what the methods of this family share.
//!
//! Everything here works in the standardised units of [`Scaling`]. Each interval between two snapshots gets an
//! equal share of a batch, and its rows weigh the square of its length: the loss is then the squared error of
//! the *displacement* over each interval, so that a short interval with its large velocities does not drown a
//! long one, and every snapshot is reached equally well.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use thalweg_core::{Context, Coupling, Error, Report, Result, Snapshots, Stream};
use thalweg_nn::{
    Activation, Diffusion, Exec, FitConfig, Footprint, Head, Interval, Law, Loss, NetSpec, Objective, Reach, Scaling,
    Schedule, shares,
};
use thalweg_ot::Tally;
use thalweg_ot::coupling::{EntropicBatch, ExactBatch, Independent};
use thalweg_path::{AffinePath, Coefficients, Path};

/// How points of two consecutive snapshots are paired in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Pairing {
    /// Independently.
    Independent {},
    /// By exact optimal transport between the drawn points (OT-CFM).
    Exact {},
    /// By entropic optimal transport between the drawn points.
    Entropic {
        /// Fraction of the mean squared distance in a batch, between 1e-4 and 1e6.
        epsilon: f64,
    },
}

/// Most points of a batch that is paired by transport: 512 MiB of costs.
const LARGEST_PAIRED: usize = 8192;

impl Pairing {
    /// The coupling of two measures, which counts what its plans fall short of in `tally`.
    fn coupling(self, interval: &Interval, tally: &Arc<Tally>, ctx: &Context) -> Result<Box<dyn Coupling>> {
        let (source, target) = (Arc::clone(&interval.source), Arc::clone(&interval.target));
        Ok(match self {
            Self::Independent {} => Box::new(Independent::new(source, target)?),
            Self::Exact {} => Box::new(ExactBatch::new(source, target)?.within(ctx)),
            Self::Entropic { epsilon } => {
                Box::new(EntropicBatch::new(source, target, epsilon)?.counted(tally).within(ctx))
            }
        })
    }

    /// `report` with the plans of this pairing that fell short.
    pub(crate) fn noted(self, report: Report, tally: &Tally) -> Report {
        let Self::Entropic { epsilon } = self else { return report };
        tally.noted(report, &format!("Raise coupling.epsilon above {epsilon}, or use the exact pairing."))
    }

    /// Bytes of the costs of `batch` pairs, and of their transpose where rows and columns take turns.
    fn costs(self, batch: usize) -> u64 {
        let matrix = 8 * (batch as u64).pow(2);
        match self {
            Self::Independent {} => 0,
            Self::Exact {} => matrix,
            Self::Entropic { .. } => 2 * matrix,
        }
    }

    pub(crate) fn check(self, batch: usize) -> Result<()> {
        match self {
            Self::Exact {} | Self::Entropic { .. } if batch > LARGEST_PAIRED => Err(Error::input(format!(
                "A batch of {batch} is too large to be paired by transport: its costs alone take {} GiB.",
                (8.0 * (batch as f64).powi(2) / 2f64.powi(30)).round()
            ))
            .advise(format!("Use a batch of at most {LARGEST_PAIRED}, or the independent pairing."))),
            Self::Entropic { epsilon } if !(1e-4..=1e6).contains(&epsilon) => Err(Error::input(format!(
                "The epsilon of the entropic pairing is {epsilon}, but it must lie between 1e-4 and 1e6."
            ))
            .advise("Values near 0.05 are common; use the exact pairing in place of a very small one.")),
            _ => Ok(()),
        }
    }
}

/// The network: a multilayer perceptron of state and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Widths of the hidden layers, each from 1 to 8192.
    pub hidden: Vec<usize>,
    /// Function between layers.
    pub activation: Activation,
}

impl Default for Network {
    fn default() -> Self {
        Self { hidden: vec![64; 4], activation: Activation::Gelu }
    }
}

impl Network {
    /// The network for `dim` coordinates and time.
    pub fn spec(&self, dim: usize) -> NetSpec {
        NetSpec::mlp(dim + 1, &self.hidden, dim, self.activation)
    }

    pub(crate) fn check(&self) -> Result<()> {
        match self.hidden.iter().find(|w| !(1..=8192).contains(*w)) {
            None => Ok(()),
            Some(w) => Err(Error::input(format!("A hidden layer is {w} wide, but widths go from 1 to 8192."))
                .advise("Widths of 64 to 512 are common.")),
        }
    }
}

/// The training settings from which the methods of this family start.
pub(crate) fn default_fit() -> FitConfig {
    FitConfig {
        steps: 5000,
        learning_rate: 5e-3,
        schedule: Schedule::Cosine { warmup: 100, floor: 0.0 },
        ema: Some(0.999),
        ..FitConfig::default()
    }
}

pub(crate) fn check_batch(batch: usize) -> Result<()> {
    if (1..=1 << 20).contains(&batch) {
        return Ok(());
    }
    Err(Error::input(format!("The batch is {batch}, but it must lie between 1 and {}.", 1 << 20)))
}

/// What training `networks` of state and time on `batch` rows takes, of which `pairs` are paired on each of the threads
/// that draw ahead.
pub(crate) fn footprint(
    networks: &[&NetSpec],
    batch: usize,
    (pairing, pairs): (Pairing, usize),
    snapshots: &Snapshots,
    threads: usize,
) -> Result<Footprint> {
    let numbers = 2 * snapshots.dim() + 2;
    let training = Footprint::of_training(networks, (networks.len() * batch, numbers), Reach::First, threads)?;
    let most = pairs.div_ceil(snapshots.len().max(2) - 1);
    Ok(training.and_for_a_while(threads as u64 * pairing.costs(most)))
}

/// Reads a configuration, missing entries at their defaults.
pub(crate) fn parse<T: DeserializeOwned>(value: &Value, method: &str) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|e| {
        Error::input(format!("The configuration of {method} is not valid: {e}."))
            .advise(format!("`thalweg methods {method}` lists all settings."))
    })
}

/// An interval and who is paired with whom across it.
pub(crate) struct Leg {
    pub interval: Interval,
    pub coupling: Box<dyn Coupling>,
}

impl Leg {
    pub(crate) fn paired(interval: Interval, pairing: Pairing, tally: &Arc<Tally>, ctx: &Context) -> Result<Self> {
        let coupling = pairing.coupling(&interval, tally, ctx)?;
        Ok(Self { interval, coupling })
    }
}

/// Where one pair of a batch is met on its path.
pub(crate) struct Place<'a> {
    pub x0: &'a [f64],
    pub x1: &'a [f64],
    /// Coefficients of the path there.
    pub at: Coefficients,
    /// Standardised time.
    pub tau: f64,
    /// Path time in a unit of standardised time.
    pub rate: f64,
    /// Importance weight of the pair.
    pub weight: f64,
}

impl Place<'_> {
    /// Weight of a velocity error in the loss: that of the displacement it causes over the interval.
    pub(crate) fn velocity_weight(&self) -> f64 {
        self.weight / (self.rate * self.rate)
    }
}

/// The pairs of all intervals.
pub(crate) struct Legs {
    pub legs: Vec<Leg>,
    pub path: AffinePath,
    /// Pairs a step, all intervals together.
    pub batch: usize,
    pub seed: u64,
    /// Purpose of the random streams.
    pub purpose: &'static str,
}

impl Legs {
    pub(crate) fn dim(&self) -> usize {
        self.legs[0].interval.source.dim()
    }

    /// Visits the pairs of `step` in order. The visitor draws its noise from the stream it is given.
    ///
    /// Times are stratified over each interval, which spares the gradient most of the noise of drawing them.
    pub(crate) fn draw(&self, step: u64, mut visit: impl FnMut(&Place<'_>, &mut Stream)) -> Result<()> {
        let margin = margin(&self.path);
        let mut stream = Stream::new(self.seed, self.purpose, step);
        for (leg, count) in self.legs.iter().zip(shares(self.batch, self.legs.len(), step)) {
            let pairs = leg.coupling.draw(count, &mut stream)?;
            let length = leg.interval.length();
            for i in 0..pairs.len() {
                let u = (i as f64 + stream.uniform()) / pairs.len() as f64;
                let t = margin + (1.0 - 2.0 * margin) * u;
                let place = Place {
                    x0: leg.interval.source.points().row(pairs.source[i]),
                    x1: leg.interval.target.points().row(pairs.target[i]),
                    at: self.path.at(t),
                    tau: leg.interval.start + t * length,
                    rate: 1.0 / length,
                    weight: pairs.weight[i],
                };
                visit(&place, &mut stream);
            }
        }
        Ok(())
    }
}

/// How far from the ends of the path times stay: not at all, unless a coefficient changes infinitely fast there.
fn margin(path: &AffinePath) -> f64 {
    let regular = |t: f64| {
        let c = path.at(t);
        c.d_alpha.is_finite() && c.d_beta.is_finite() && c.d_gamma.is_finite()
    };
    if regular(0.0) && regular(1.0) { 0.0 } else { 1e-3 }
}

/// Rows of a regression: inputs (state and time), targets, weights.
pub(crate) struct Rows {
    pub inputs: Vec<f32>,
    pub targets: Vec<f32>,
    pub weights: Vec<f32>,
}

impl Rows {
    /// None yet, with room for `rows` of `dim` coordinates.
    pub(crate) fn with_room(rows: usize, dim: usize) -> Self {
        Self {
            inputs: Vec::with_capacity(rows * (dim + 1)),
            targets: Vec::with_capacity(rows * dim),
            weights: Vec::with_capacity(rows),
        }
    }

    pub(crate) fn push(&mut self, x: &[f64], tau: f64, target: impl Iterator<Item = f64>, weight: f64) {
        self.inputs.extend(x.iter().map(|v| *v as f32));
        self.inputs.push(tau as f32);
        self.targets.extend(target.map(|v| v as f32));
        self.weights.push(weight as f32);
    }

    pub(crate) fn loss(&self) -> Loss<'_> {
        let plain = self.weights.iter().all(|w| *w == 1.0);
        Loss::Regression {
            inputs: &self.inputs,
            targets: &self.targets,
            weights: (!plain).then_some(&self.weights[..]),
        }
    }
}

/// `E w |v(x_t, t) - dx_t/dt|²`.
pub(crate) struct VelocityRegression {
    pub legs: Legs,
    pub spec: NetSpec,
    pub exec: &'static dyn Exec,
}

impl Objective for VelocityRegression {
    type Batch = Rows;

    fn draw(&self, step: u64) -> Result<Rows> {
        let d = self.legs.dim();
        let noisy = self.legs.path.is_noisy();
        let (mut x, mut v, mut z) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
        let mut rows = Rows::with_room(self.legs.batch, d);
        self.legs.draw(step, |place, stream| {
            if noisy {
                stream.fill_normal(&mut z);
            }
            place.at.point(place.x0, place.x1, &z, &mut x);
            place.at.velocity(place.x0, place.x1, &z, &mut v);
            rows.push(&x, place.tau, v.iter().map(|v| v * place.rate), place.velocity_weight());
        })?;
        Ok(rows)
    }

    fn loss_grad(&self, params: &[f32], batch: &Rows, grad: &mut [f32]) -> Result<f64> {
        self.exec.loss_grad(&self.spec, params, &batch.loss(), grad)
    }
}

/// A law with a velocity and nothing else yet.
pub(crate) fn law(method: &str, snapshots: &Snapshots, scaling: Scaling, velocity: Head, config: &Value) -> Law {
    Law {
        method: method.to_owned(),
        features: snapshots.features().to_vec(),
        times: snapshots.times(),
        scaling,
        velocity,
        growth: None,
        score: None,
        diffusion: Diffusion::None,
        meta: json!({ "config": config }),
    }
}

/// What else decides a training: a checkpoint under another identity is refused.
pub(crate) fn identity(method: &str, config: &Value, snapshots: &Snapshots, ctx: &Context) -> Value {
    // The training settings are compared by the training itself, which knows which of them may change.
    let mut settings = config.clone();
    if let Some(entries) = settings.as_object_mut() {
        entries.remove("fit");
    }
    json!({ "method": method, "settings": settings, "data": thalweg_nn::fingerprint(snapshots), "seed": ctx.seed() })
}
