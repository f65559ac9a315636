#![doc = include_str!("flow_matching.md")]

mod checks;

use crate::train::{self, Leg, Legs, Network, Pairing, VelocityRegression};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thalweg_core::{Citation, Context, Family, Maturity, Method, Result, Snapshots};
use thalweg_nn::{FitConfig, Head, Learned, Learner, Model, Scaling, Workspace, intervals};
use thalweg_path::AffinePath;

const NAME: &str = "flow-matching";

/// The line of the table.
pub const LEARNER: Learner = Learner {
    method: Method {
        id: "S086",
        name: NAME,
        family: Family::Flow,
        summary: "Velocity between snapshots by regression along paths; with the exact pairing, OT-CFM",
        docs: include_str!("flow_matching.md"),
        maturity: Maturity::Stable,
        defaults: || thalweg_core::to_value(&Config::default()),
        checks: checks::CHECKS,
        citation: Citation {
            key: "lipman2023flow",
            bibtex: "@inproceedings{lipman2023flow,\n  title = {Flow Matching for Generative Modeling},\n  author = {Lipman, Yaron and Chen, Ricky T. Q. and Ben-Hamu, Heli and Nickel, Maximilian and Le, Matt},\n  booktitle = {International Conference on Learning Representations},\n  year = {2023},\n  eprint = {2210.02747},\n  archivePrefix = {arXiv}\n}",
        },
    },
    validate: |config, _| train::parse::<Config>(config, NAME)?.check(),
    weigh: |config, snapshots, threads| {
        let config: Config = train::parse(config, NAME)?;
        let network = config.network.spec(snapshots.dim());
        train::footprint(&[&network], config.batch, (config.coupling, config.batch), snapshots, threads)
    },
    learn: |snapshots, config, workspace, ctx| learn(snapshots, &train::parse(config, NAME)?, workspace, ctx),
};

/// Settings of flow matching.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who is paired with whom in a batch.
    pub coupling: Pairing,
    /// The path between the two points of a pair, over each interval, in standardised units.
    pub path: AffinePath,
    /// Pairs a step, shared equally by the intervals; from 1 to 1,048,576, where transport pairs them to 8,192.
    pub batch: usize,
    /// The velocity network.
    pub network: Network,
    /// The training.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            coupling: Pairing::Exact {},
            path: AffinePath::linear(),
            batch: 256,
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
        train::check_batch(self.batch)?;
        self.network.check()?;
        self.fit.check()
    }
}

/// Learns the velocity that carries each snapshot into the next.
///
/// # Errors
/// A setting is out of range; a checkpoint was made with other settings; a file cannot be written; the caller
/// asked to stop. Divergence is reported, with the last good model.
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
    let objective = VelocityRegression {
        legs: Legs { legs, path: config.path, batch: config.batch, seed: ctx.seed(), purpose: "flow-matching-batch" },
        spec: spec.clone(),
        exec: thalweg_nn::executor_for(&spec),
    };
    let params = spec.init(ctx.seed(), "flow-matching-network")?;
    let identity = train::identity(NAME, &settings, snapshots, ctx);
    let fitted = workspace.fit("velocity", &objective, &config.fit, identity, params, ctx)?;
    let law = train::law(NAME, snapshots, scaling, Head::direct(spec, 0), &settings);
    Ok(Learned { model: Model::new(law, fitted.params)?, report: config.coupling.noted(fitted.report, &tally) })
}
