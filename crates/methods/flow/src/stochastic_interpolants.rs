#![doc = include_str!("stochastic_interpolants.md")]

mod checks;

use crate::train::{self, Leg, Legs, Network, Pairing, Rows};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thalweg_core::{Citation, Context, Error, Family, Maturity, Method, Result, Snapshots, VectorField};
use thalweg_nn::{Exec, FitConfig, Head, Learned, Learner, Model, NetSpec, Objective, Scaling, Workspace, intervals};
use thalweg_path::{AffinePath, Gamma, Path};
use thalweg_solve::FnField;

const NAME: &str = "stochastic-interpolants";

/// The line of the table.
pub const LEARNER: Learner = Learner {
    method: Method {
        id: "S043",
        name: NAME,
        family: Family::Flow,
        summary: "Velocity and score along noisy paths: one model, sampled by an ODE or by an SDE of any noise",
        docs: include_str!("stochastic_interpolants.md"),
        maturity: Maturity::Stable,
        defaults: || thalweg_core::to_value(&Config::default()),
        checks: checks::CHECKS,
        citation: Citation {
            key: "albergo2023stochastic",
            bibtex: "@article{albergo2023stochastic,\n  title = {Stochastic Interpolants: A Unifying Framework for Flows and Diffusions},\n  author = {Albergo, Michael S. and Boffi, Nicholas M. and Vanden-Eijnden, Eric},\n  journal = {arXiv preprint arXiv:2303.08797},\n  year = {2023}\n}",
        },
    },
    validate: |config, _| train::parse::<Config>(config, NAME)?.check(),
    weigh: |config, snapshots, threads| {
        let config: Config = train::parse(config, NAME)?;
        let network = config.network.spec(snapshots.dim());
        let pairs = (config.coupling, config.batch.div_ceil(2));
        train::footprint(&[&network, &network], config.batch, pairs, snapshots, threads)
    },
    learn: |snapshots, config, workspace, ctx| learn(snapshots, &train::parse(config, NAME)?, workspace, ctx),
};

/// Settings of stochastic interpolants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who is paired with whom in a batch.
    pub coupling: Pairing,
    /// The path between the two points of a pair, over each interval, in standardised units; its noise must not
    /// be zero.
    pub path: AffinePath,
    /// Rows a step, shared equally by the intervals; each pair gives two. From 2 to 1,048,576.
    pub batch: usize,
    /// The velocity network; the score network is of the same shape.
    pub network: Network,
    /// The training of both networks together.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            coupling: Pairing::Independent {},
            path: AffinePath::linear().with_gamma(Gamma::Bridge { a: 0.25 }),
            batch: 512,
            network: Network::default(),
            fit: train::default_fit(),
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        self.coupling.check(self.batch)?;
        self.path.validate()?;
        if !self.path.is_noisy() {
            return Err(Error::input("The path has no noise, and without noise there is no score to learn.")
                .advise("Choose the noise \"bridge\", or use flow-matching."));
        }
        train::check_batch(self.batch)?;
        self.network.check()?;
        self.fit.check()
    }
}

/// Learns velocity and score of the law that leads from each snapshot to the next.
///
/// # Errors
/// As [`crate::flow_matching::learn`]; also a path without noise.
pub fn learn(snapshots: &Snapshots, config: &Config, workspace: &Workspace, ctx: &Context) -> Result<Learned> {
    config.check()?;
    let settings = thalweg_core::to_value(config);
    let scaling = Scaling::of(snapshots);
    let tally = Arc::default();
    let legs = intervals(&scaling.apply(snapshots)?)
        .into_iter()
        .map(|interval| Leg::paired(interval, config.coupling, &tally, ctx))
        .collect::<Result<_>>()?;
    let spec = config.network.spec(snapshots.dim());
    let mut params = spec.init(ctx.seed(), "interpolant-velocity")?;
    let split = params.len();
    params.extend(spec.init(ctx.seed(), "interpolant-score")?);
    let batch = config.batch.div_ceil(2);
    let objective = VelocityAndScore {
        legs: Legs { legs, path: config.path, batch, seed: ctx.seed(), purpose: "interpolant-batch" },
        spec: spec.clone(),
        split,
        exec: thalweg_nn::executor_for(&spec),
    };
    let identity = train::identity(NAME, &settings, snapshots, ctx);
    let fitted = workspace.fit("velocity-and-score", &objective, &config.fit, identity, params, ctx)?;
    let mut law = train::law(NAME, snapshots, scaling, Head::direct(spec.clone(), 0), &settings);
    law.score = Some(Head::direct(spec, split));
    Ok(Learned { model: Model::new(law, fitted.params)?, report: config.coupling.noted(fitted.report, &tally) })
}

/// The score of a learned model as a field, to make an SDE of it: with [`thalweg_solve::NoisyField`], `forward(&model,
/// &score(&model)?, |_| epsilon)` has the marginals of the model for any `epsilon >= 0`.
///
/// # Errors
/// The method of the model learns no score.
pub fn score(model: &Model) -> Result<FnField<'_>> {
    model.score(0.0, &[], &mut [])?;
    Ok(FnField::batch(model.dim(), |t, x, out| {
        // Whether there is a score is settled; not-a-number is what every driver stops on.
        if model.score(t, x, out).is_err() {
            out.fill(f64::NAN);
        }
    }))
}

/// `E w (|b(x_t, t) - dx_t/dt|² + gamma² |s(x_t, t) + z / gamma|²)` over both signs of `z`.
struct VelocityAndScore {
    legs: Legs,
    spec: NetSpec,
    /// Parameters of the velocity; those of the score follow.
    split: usize,
    exec: &'static dyn Exec,
}

/// The same rows with the targets of either network.
struct Both {
    velocity: Rows,
    score: Rows,
}

impl Objective for VelocityAndScore {
    type Batch = Both;

    fn draw(&self, step: u64) -> Result<Both> {
        let d = self.legs.dim();
        let (mut x, mut v, mut z) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
        let room = || Rows::with_room(2 * self.legs.batch, d);
        let mut both = Both { velocity: room(), score: room() };
        self.legs.draw(step, |place, stream| {
            stream.fill_normal(&mut z);
            for _ in 0..2 {
                z.iter_mut().for_each(|z| *z = -*z);
                place.at.point(place.x0, place.x1, &z, &mut x);
                place.at.velocity(place.x0, place.x1, &z, &mut v);
                let gamma = place.at.gamma;
                both.velocity.push(&x, place.tau, v.iter().map(|v| v * place.rate), place.velocity_weight());
                both.score.push(&x, place.tau, z.iter().map(|z| -z / gamma), place.weight * gamma * gamma);
            }
        })?;
        Ok(both)
    }

    fn loss_grad(&self, params: &[f32], batch: &Both, grad: &mut [f32]) -> Result<f64> {
        let (p, q) = params.split_at(self.split);
        let (gp, gq) = grad.split_at_mut(self.split);
        let velocity = self.exec.loss_grad(&self.spec, p, &batch.velocity.loss(), gp)?;
        Ok(velocity + self.exec.loss_grad(&self.spec, q, &batch.score.loss(), gq)?)
    }
}
