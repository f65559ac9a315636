#![doc = include_str!("velocity_growth.md")]

mod checks;

use crate::course::Course;
use crate::finetune::{self, FineTune, fine_tune};
use crate::lineage::{self, Descent, Lineage, Passage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thalweg_core::{Citation, Context, Error, Family, Maturity, Method, Result, Snapshots, Stream};
use thalweg_nn::{
    Activation, Diffusion, Exec, FitConfig, Footprint, Head, Law, Learned, Learner, Loss, Model, NetSpec, Objective,
    Reach, Scaling, Schedule, Workspace, executor_for, fingerprint,
};

/// Settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How consecutive snapshots are coupled.
    pub coupling: Descent,
    /// Blur of the points on their lines, in units of the overall spread of the data.
    pub sigma: f64,
    /// Pairs of a step, over all intervals together.
    pub batch: usize,
    /// Widths of the hidden layers of both networks.
    pub hidden: Vec<usize>,
    /// Activation between them.
    pub activation: Activation,
    /// The regression.
    pub fit: FitConfig,
    /// The fine-tuning on distributions; absent to leave it out.
    pub fine_tune: Option<FineTune>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            coupling: Descent::along(Course::Curved),
            sigma: 0.1,
            batch: 512,
            hidden: vec![64, 64, 64],
            activation: Activation::Silu,
            fit: FitConfig {
                steps: 3000,
                learning_rate: 3e-3,
                schedule: Schedule::Cosine { warmup: 100, floor: 0.01 },
                clip: Some(1.0),
                ..FitConfig::default()
            },
            fine_tune: Some(FineTune::default()),
        }
    }
}

impl Config {
    fn check(&self) -> Result<()> {
        self.coupling.check()?;
        self.fit.check()?;
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            return Err(Error::input(format!("sigma is {}, but it must be finite and not negative.", self.sigma)));
        }
        crate::check_sizes(self.batch, &self.hidden)?;
        self.fine_tune.as_ref().map_or(Ok(()), FineTune::check)
    }
}

/// The line of the family's table.
pub const LEARNER: Learner = Learner { method: METHOD, validate, weigh, learn };

const METHOD: Method = Method {
    id: "S039",
    name: "velocity-growth-matching",
    family: Family::Bridge,
    summary: "velocity and growth of a population whose cells divide and die",
    docs: include_str!("velocity_growth.md"),
    maturity: Maturity::Stable,
    defaults: || json!(Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "wang2025vgfm",
        bibtex: "@inproceedings{wang2025vgfm,\n  title = {Joint Velocity-Growth Flow Matching for Single-Cell Dynamics Modeling},\n  author = {Wang, Dongyi and Jiang, Yuanwei and Zhang, Zhenyi and Gu, Xiang and Zhou, Peijie and Sun, Jian},\n  booktitle = {Advances in Neural Information Processing Systems},\n  year = {2025},\n  eprint = {2505.13413},\n  archivePrefix = {arXiv}\n}",
    },
};

/// The two networks and where their parameters lie in one flat buffer: velocity first.
pub(crate) struct Networks {
    pub(crate) velocity: NetSpec,
    pub(crate) growth: NetSpec,
    /// Number of velocity parameters.
    pub(crate) split: usize,
    pub(crate) exec: &'static dyn Exec,
}

impl Networks {
    pub(crate) fn new(dim: usize, config: &Config) -> Result<Self> {
        let net = |outputs| NetSpec::mlp(dim + 1, &config.hidden, outputs, config.activation);
        let (velocity, growth) = (net(dim), net(1));
        let split = velocity.layout()?.len;
        let exec = executor_for(&velocity);
        Ok(Self { velocity, growth, split, exec })
    }

    pub(crate) fn init(&self, seed: u64) -> Result<Vec<f32>> {
        let mut params = self.velocity.init(seed, "velocity")?;
        params.extend(self.growth.init(seed, "growth")?);
        Ok(params)
    }
}

struct Regression<'a> {
    lineage: &'a Lineage,
    nets: &'a Networks,
    batch: usize,
    sigma: f64,
    seed: u64,
}

impl Objective for Regression<'_> {
    type Batch = Passage;

    fn draw(&self, step: u64) -> Result<Passage> {
        self.lineage.draw(self.batch, self.sigma, step, &mut Stream::new(self.seed, "passage", step))
    }

    fn loss_grad(&self, params: &[f32], batch: &Passage, grad: &mut [f32]) -> Result<f64> {
        let nets = self.nets;
        let loss = |targets| Loss::Regression { inputs: &batch.inputs, targets, weights: Some(&batch.weights) };
        let (velocity, growth) = grad.split_at_mut(nets.split);
        Ok(nets.exec.loss_grad(&nets.velocity, &params[..nets.split], &loss(&batch.velocity), velocity)?
            + nets.exec.loss_grad(&nets.growth, &params[nets.split..], &loss(&batch.growth), growth)?)
    }
}

fn parse(settings: &Value) -> Result<Config> {
    let config: Config = crate::settings(settings)?;
    config.check()?;
    Ok(config)
}

fn validate(settings: &Value, _snapshots: &Snapshots) -> Result<()> {
    parse(settings).map(drop)
}

fn weigh(settings: &Value, snapshots: &Snapshots, threads: usize) -> Result<Footprint> {
    let (config, dim) = (parse(settings)?, snapshots.dim());
    let nets = Networks::new(dim, &config)?;
    let training =
        |rows, numbers| Footprint::of_training(&[&nets.velocity, &nets.growth], (rows, numbers), Reach::First, threads);
    let (coupling, kept) = lineage::bytes(snapshots, &config.coupling);
    let regression = training(config.batch, 2 * dim + 4)?;
    let mut peak = coupling.max(kept + regression.peak);
    if let Some(tuning) = &config.fine_tune {
        let largest = snapshots.items().iter().map(|s| s.measure.len()).max().unwrap_or(0);
        // Legs are drawn ahead in double precision.
        let descent = training(tuning.points.min(largest), 4 * (dim + 1))?;
        let parameters = nets.velocity.layout()?.len + nets.growth.layout()?.len;
        peak = peak.max(kept + descent.peak + finetune::bytes(tuning, largest, dim) + 4 * parameters as u64);
    }
    Ok(Footprint { peak, rest: regression.rest })
}

fn learn(snapshots: &Snapshots, settings: &Value, workspace: &Workspace, ctx: &Context) -> Result<Learned> {
    let config = parse(settings)?;
    let scaling = Scaling::of(snapshots);
    let standardised = scaling.apply(snapshots)?;
    let lineage = Lineage::new(&standardised, &config.coupling, ctx)?;
    let nets = Networks::new(snapshots.dim(), &config)?;
    let objective =
        Regression { lineage: &lineage, nets: &nets, batch: config.batch, sigma: config.sigma, seed: ctx.seed() };
    let identity = json!({"settings": settings, "data": fingerprint(snapshots)});
    let fitted = workspace.fit("regression", &objective, &config.fit, identity.clone(), nets.init(ctx.seed())?, ctx)?;
    let (params, report) = match &config.fine_tune {
        Some(tuning) if fitted.report.converged() => {
            let tuned = fine_tune(&standardised, &nets, fitted.params, tuning, workspace, identity, ctx)?;
            (tuned.params, tuned.report)
        }
        _ => (fitted.params, fitted.report),
    };
    let law = Law {
        method: METHOD.name.to_owned(),
        features: snapshots.features().to_vec(),
        times: snapshots.times(),
        scaling,
        velocity: Head::direct(nets.velocity.clone(), 0),
        growth: Some(Head::direct(nets.growth.clone(), nets.split)),
        score: None,
        diffusion: Diffusion::None,
        meta: Value::Null,
    };
    Ok(Learned { model: Model::new(law, params)?, report: lineage.noted(report) })
}
