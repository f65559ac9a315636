#![doc = include_str!("action_matching.md")]

mod checks;

use crate::action::{Action, End, Through, Variant};
use crate::course::Course;
use crate::lineage::{self, Descent, Lineage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thalweg_core::{Citation, Context, Error, Family, Maturity, Method, Result, Snapshots};
use thalweg_nn::{
    Activation, Diffusion, FitConfig, Footprint, Head, Law, Learned, Learner, Model, NetSpec, Output, Reach, Scaling,
    Schedule, Workspace, executor_for, fingerprint,
};

/// Settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Plain, entropic or unbalanced.
    pub variant: Variant,
    /// How points between snapshots are made; `rho` is used by the unbalanced variant alone.
    pub coupling: Descent,
    /// Blur of the points on their lines, in units of the overall spread of the data.
    pub sigma: f64,
    /// Points between snapshots in a step; half as many more at the ends.
    pub batch: usize,
    /// Form of the potential; absent: `scalar` for the unbalanced variant, where a negative potential is a population
    /// that shrinks, and else `half-squared-distance`.
    pub potential: Option<Potential>,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation between them; twice differentiable.
    pub activation: Activation,
    /// The training.
    pub fit: FitConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            variant: Variant::Plain,
            // The published choice. Curved courses carry the scatter of the couplings beside into the potential.
            coupling: Descent::along(Course::Straight),
            sigma: 0.1,
            batch: 512,
            potential: None,
            hidden: vec![64, 64, 64],
            activation: Activation::Silu,
            fit: FitConfig {
                steps: 4000,
                learning_rate: 2e-3,
                schedule: Schedule::Cosine { warmup: 200, floor: 0.01 },
                clip: Some(1.0),
                ema: Some(0.995),
                ..FitConfig::default()
            },
        }
    }
}

impl Config {
    /// The potential that is meant.
    fn form(&self) -> Potential {
        self.potential.unwrap_or(match self.variant {
            Variant::Unbalanced => Potential::Scalar,
            Variant::Plain | Variant::Entropic { .. } => Potential::HalfSquaredDistance,
        })
    }

    fn check(&self) -> Result<()> {
        self.coupling.check()?;
        self.fit.check()?;
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            return Err(Error::input(format!("sigma is {}, but it must be finite and not negative.", self.sigma)));
        }
        if let Variant::Entropic { sigma } = self.variant
            && !(sigma > 0.0 && sigma.is_finite())
        {
            return Err(Error::input(format!(
                "The diffusion of the entropic variant is {sigma}, but it must be positive."
            ))
            .advise("Use the plain variant for a law without noise."));
        }
        if matches!(self.activation, Activation::Relu | Activation::Selu) {
            return Err(Error::input(format!("The activation {:?} has no continuous slope.", self.activation))
                .advise("The gradient of the network is the velocity: use silu, tanh, gelu or softplus."));
        }
        if self.variant == Variant::Unbalanced && self.form() == Potential::HalfSquaredDistance {
            return Err(Error::input(
                "The potential ½ |x - N(x, t)|² is never negative, so that no population could shrink by it.",
            )
            .advise("Leave `potential` out, or set it to \"scalar\", for the unbalanced variant."));
        }
        crate::check_sizes(self.batch, &self.hidden)
    }
}

/// The line of the family's table.
pub const LEARNER: Learner = Learner {
    method: Method {
        id: "S004",
        name: "action-matching",
        family: Family::Bridge,
        summary: "a potential whose gradient moves a population, plain, entropic or unbalanced",
        docs: include_str!("action_matching.md"),
        maturity: Maturity::Stable,
        defaults: || json!(Config::default()),
        checks: checks::CHECKS,
        citation: Citation {
            key: "neklyudov2023action",
            bibtex: "@inproceedings{neklyudov2023action,\n  title = {Action Matching: Learning Stochastic Dynamics from Samples},\n  author = {Neklyudov, Kirill and Brekelmans, Rob and Severo, Daniel and Makhzani, Alireza},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  eprint = {2210.06662},\n  archivePrefix = {arXiv}\n}",
        },
    },
    validate,
    weigh,
    learn,
};

/// Form of the potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Potential {
    /// `½ |x - N(x, t)|²`: moves with the identity in reach; the form of the publication.
    HalfSquaredDistance,
    /// A scalar network: flat potentials in reach, as growth without movement needs them.
    Scalar,
}

impl Potential {
    /// The network of a potential of states in `dim` coordinates.
    pub(crate) fn network(self, dim: usize, hidden: &[usize], activation: Activation) -> NetSpec {
        match self {
            Self::HalfSquaredDistance => {
                NetSpec { output: Output::HalfSquaredDistance, ..NetSpec::mlp(dim + 1, hidden, dim, activation) }
            }
            Self::Scalar => NetSpec::mlp(dim + 1, hidden, 1, activation),
        }
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
    let network = config.form().network(dim, &config.hidden, config.activation);
    let (coupling, kept) = lineage::bytes(snapshots, &config.coupling);
    let rows = config.batch + config.batch.div_ceil(2) + 2;
    // Position, time, weight and probe.
    let training = Footprint::of_training(&[&network], (rows, 2 * dim + 2), Reach::Second, threads)?;
    Ok(Footprint { peak: coupling.max(kept + training.peak), ..training })
}

fn learn(snapshots: &Snapshots, settings: &Value, workspace: &Workspace, ctx: &Context) -> Result<Learned> {
    let config = parse(settings)?;
    let scaling = Scaling::of(snapshots);
    let standardised = scaling.apply(snapshots)?;
    let unbalanced = config.variant == Variant::Unbalanced;
    let descent = Descent { rho: config.coupling.rho.filter(|_| unbalanced), ..config.coupling };
    let lineage = Lineage::new(&standardised, &descent, ctx)?;
    let (first, last) = End::of(&standardised, config.variant)?;
    let path = Through { lineage: &lineage, first, last, sigma: config.sigma };
    let spec = config.form().network(snapshots.dim(), &config.hidden, config.activation);
    let times = standardised.times();
    let mass = if unbalanced { standardised.items().iter().map(|s| s.measure.mass()).fold(0.0, f64::max) } else { 1.0 };
    let objective = Action {
        path: &path,
        spec: &spec,
        exec: executor_for(&spec),
        variant: config.variant,
        batch: config.batch,
        unit: mass * (times[times.len() - 1] - times[0]),
        seed: ctx.seed(),
    };
    let identity = json!({"settings": settings, "data": fingerprint(snapshots)});
    let fitted =
        workspace.fit("action", &objective, &config.fit, identity, spec.init(ctx.seed(), "potential")?, ctx)?;
    let diffusion = match config.variant {
        Variant::Entropic { sigma } => Diffusion::Standardised { sigma },
        Variant::Plain | Variant::Unbalanced => Diffusion::None,
    };
    let law = Law {
        method: LEARNER.method.name.to_owned(),
        features: snapshots.features().to_vec(),
        times: snapshots.times(),
        scaling,
        velocity: Head::gradient(spec.clone(), 0),
        growth: unbalanced.then(|| Head::direct(spec.clone(), 0)),
        score: None,
        diffusion,
        meta: Value::Null,
    };
    Ok(Learned { model: Model::new(law, fitted.params)?, report: lineage.noted(fitted.report) })
}
