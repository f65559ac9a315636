#![doc = include_str!("rectified_flow.md")]

mod checks;
mod straighten;

use straighten::{Paired, Rectified, rectify};

use crate::train::{self, Leg, Legs, Network, Pairing, VelocityRegression};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thalweg_core::{Citation, Context, Error, Family, Maturity, Measure, Method, Report, Result, Snapshots, Status};
use thalweg_nn::{
    FitConfig, Footprint, Head, Interval, Learned, Learner, Model, NetSpec, Scaling, Workspace, intervals,
};
use thalweg_path::AffinePath;

const NAME: &str = "rectified-flow";

/// The line of the table.
pub const LEARNER: Learner = Learner {
    method: Method {
        id: "S083",
        name: NAME,
        family: Family::Flow,
        summary: "Flow matching trained again on its own pairs until its paths are straight and one step is enough",
        docs: include_str!("rectified_flow.md"),
        maturity: Maturity::Stable,
        defaults: || thalweg_core::to_value(&Config::default()),
        checks: checks::CHECKS,
        citation: Citation {
            key: "liu2023rectified",
            bibtex: "@inproceedings{liu2023rectified,\n  title = {Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow},\n  author = {Liu, Xingchao and Gong, Chengyue and Liu, Qiang},\n  booktitle = {International Conference on Learning Representations},\n  year = {2023},\n  eprint = {2209.03003},\n  archivePrefix = {arXiv}\n}",
        },
    },
    validate: |config, _| train::parse::<Config>(config, NAME)?.check(),
    weigh: |config, snapshots, threads| weigh(snapshots, &train::parse(config, NAME)?, threads),
    learn: |snapshots, config, workspace, ctx| learn(snapshots, &train::parse(config, NAME)?, workspace, ctx),
};

/// Settings of rectified flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Trainings in all: the first on independent pairs, each further one on the pairs of the one before. From 1
    /// to 20.
    pub rounds: usize,
    /// Who is paired with whom in the first round.
    pub coupling: Pairing,
    /// Pairs a step, shared equally by the intervals; from 1 to 1,048,576, where transport pairs them to 8,192.
    pub batch: usize,
    /// Tolerance of the integrations that make the pairs, between 1e-12 and 0.1, in standardised units.
    pub tolerance: f64,
    /// The velocity network.
    pub network: Network,
    /// The training of each round.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rounds: 2,
            coupling: Pairing::Independent {},
            batch: 512,
            tolerance: 1e-5,
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
        if !(1..=20).contains(&self.rounds) {
            return Err(Error::input(format!("{} rounds were asked for, but it must be 1 to 20.", self.rounds))
                .advise("Two or three rounds suffice."));
        }
        if !(1e-12..=0.1).contains(&self.tolerance) {
            return Err(Error::input(format!(
                "The tolerance is {}, but it must lie between 1e-12 and 0.1.",
                self.tolerance
            )));
        }
        self.coupling.check(self.batch)?;
        train::check_batch(self.batch)?;
        self.network.check()?;
        self.fit.check()
    }
}

fn weigh(snapshots: &Snapshots, config: &Config, threads: usize) -> Result<Footprint> {
    let network = config.network.spec(snapshots.dim());
    let training = train::footprint(&[&network], config.batch, (config.coupling, config.batch), snapshots, threads)?;
    // The law of each round so far, beside the parameters that go into the next.
    let laws = 4 * (config.rounds as u64 + 1) * network.layout()?.len as u64;
    Ok(training.and_for_a_while(laws + straighten::bytes(snapshots)))
}

/// What one training leaves.
#[derive(Clone, Debug)]
pub struct Round {
    /// The law of this round.
    pub model: Model,
    /// `E |Z1 - Z0|²` between consecutive snapshots, summed over the intervals, in standardised units.
    pub cost: f64,
    /// `∫ E |(Z1 - Z0) - v(Z_t, t)|² dt` over each interval, summed likewise; 0 for straight lines.
    pub straightness: f64,
}

/// Learns the velocity that carries each snapshot into the next along paths that are nearly straight.
///
/// The report is that of the last training; it carries `"cost of round r"` and `"straightness of round r"`
/// ([`Round`]) for each round `r`.
///
/// # Errors
/// As [`crate::flow_matching::learn`]; also a learned flow that could not be integrated.
pub fn learn(snapshots: &Snapshots, config: &Config, workspace: &Workspace, ctx: &Context) -> Result<Learned> {
    let (mut rounds, mut report) = learn_rounds(snapshots, config, workspace, ctx)?;
    for (k, round) in rounds.iter().enumerate() {
        report = report
            .residual(&format!("cost of round {}", k + 1), round.cost)
            .residual(&format!("straightness of round {}", k + 1), round.straightness);
    }
    let last = rounds.pop().ok_or_else(|| Error::failed("No round of training was done."))?;
    Ok(Learned { model: last.model, report })
}

/// All rounds, and the report of the last training; [`learn`] keeps the last model. A round that diverges is the
/// last.
///
/// # Errors
/// As [`learn`].
pub fn learn_rounds(
    snapshots: &Snapshots,
    config: &Config,
    workspace: &Workspace,
    ctx: &Context,
) -> Result<(Vec<Round>, Report)> {
    config.check()?;
    let settings = thalweg_core::to_value(config);
    let identity = train::identity(NAME, &settings, snapshots, ctx);
    let scaling = Scaling::of(snapshots);
    let stretches = intervals(&scaling.apply(snapshots)?);
    let spec = config.network.spec(snapshots.dim());
    let model = |scaling: &Scaling, params: &[f32]| {
        let head = Head::direct(spec.clone(), 0);
        Model::new(train::law(NAME, snapshots, scaling.clone(), head, &settings), params.to_vec())
    };
    let mut params = spec.init(ctx.seed(), "rectified-flow-network")?;
    let tally = Arc::default();
    let first = |i: &Interval| Leg::paired(i.clone(), config.coupling, &tally, ctx);
    let mut legs = stretches.iter().map(first).collect::<Result<_>>()?;
    let mut rounds = Vec::new();
    loop {
        let objective = regression(legs, &spec, config, ctx);
        let name = format!("round-{}", rounds.len() + 1);
        let fitted = workspace.fit(&name, &objective, &config.fit, identity.clone(), params, ctx)?;
        params = fitted.params;
        // The pairs of the next round are made in the units in which it trains.
        let flow = model(&Scaling::identity(snapshots.dim()), &params)?;
        let rectified: Vec<Rectified> = stretches
            .iter()
            .map(|i| rectify(&flow, &i.source, (i.start, i.end), config.tolerance, ctx))
            .collect::<Result<_>>()?;
        rounds.push(Round {
            model: model(&scaling, &params)?,
            cost: rectified.iter().map(|r| r.cost).sum(),
            straightness: rectified.iter().map(|r| r.straightness).sum(),
        });
        if rounds.len() == config.rounds || fitted.report.status == Status::Diverged {
            return Ok((rounds, config.coupling.noted(fitted.report, &tally)));
        }
        legs = stretches.iter().zip(rectified).map(|(i, r)| given(i, r)).collect::<Result<_>>()?;
    }
}

fn regression(legs: Vec<Leg>, spec: &NetSpec, config: &Config, ctx: &Context) -> VelocityRegression {
    let path = AffinePath::linear();
    let legs = Legs { legs, path, batch: config.batch, seed: ctx.seed(), purpose: "rectified-flow-batch" };
    VelocityRegression { legs, spec: spec.clone(), exec: thalweg_nn::executor_for(spec) }
}

/// The interval from its source to where the flow took it, pair by pair.
fn given(interval: &Interval, rectified: Rectified) -> Result<Leg> {
    let coupling = Box::new(Paired::new(interval.source.weights()));
    let target = Arc::new(Measure::new(rectified.end, interval.source.weights().to_vec())?);
    Ok(Leg { interval: Interval { target, ..interval.clone() }, coupling })
}
