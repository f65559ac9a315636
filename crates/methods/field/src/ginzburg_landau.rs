#![doc = include_str!("ginzburg_landau.md")]

mod checks;
mod graph;
mod plane;

pub use graph::Graph;
pub use plane::Plane;

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Budget, Citation, Context, Error, Family, Maturity, Method, Report, Result, Status};

const NAME: &str = "ginzburg-landau";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S118",
    name: NAME,
    family: Family::Field,
    summary: "Phase fields with momentum: interfaces on boxes, classes on graphs from few labels",
    docs: include_str!("ginzburg_landau.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "akande2025momentum",
        bibtex: "@misc{akande2025momentum,\n  author = {Akande, O. and Dondl, P. and Gupta, K. and Onwunta, A. and Wojtowytsch, S.},\n  title = {Momentum-based minimization of the Ginzburg-Landau functional on Euclidean spaces and graphs},\n  year = {2025},\n  eprint = {2501.00389},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Where a phase field lives.
pub trait Space: Send + Sync {
    /// Number of points.
    fn len(&self) -> usize;

    /// Whether there are no points: never, where the space was made.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a point stands for in sums: its volume, or 1.
    fn volume(&self) -> f64;

    /// Writes `A u`, the negative Laplacian, into `out`.
    fn stiffness(&self, u: &[f64], out: &mut [f64]);

    /// Writes the solution of `(shift + weight A) u = right` into `out`, which holds a guess; `shift` is positive, one number a
    /// point.
    ///
    /// # Errors
    /// The solution was not reached.
    fn solve(&self, shift: &[f64], weight: f64, right: &[f64], out: &mut [f64]) -> Result<()>;

    /// Whether `shift` may differ between points, which labels need.
    fn takes_labels(&self) -> bool;
}

/// How a step coasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Momentum {
    /// Not at all: gradient flow, whose energy never rises.
    None {},
    /// By `n / (n + 3)` of the last step.
    Growing {},
    /// The same, begun again whenever the energy has risen.
    Restarted {},
    /// By `1 / (1 + damping sqrt(step))`: the damped wave `u_tt + damping u_t = -grad E`.
    Damped {
        /// The damping, not negative.
        damping: f64,
    },
}

/// Settings of a minimisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Width of an interface, positive, in units of length (on a graph: the root of an inverse eigenvalue).
    pub interface: f64,
    /// Time of a step of gradient flow, positive; the square of that of a wave.
    pub step: f64,
    /// The quadratic part of the potential that is taken implicitly: 2 for any step, 0 for the least error in time of
    /// small steps.
    pub convexity: f64,
    /// How a step coasts.
    pub momentum: Momentum,
    /// Weight of the labels, not negative.
    pub fidelity: f64,
    /// Most steps, at least 1.
    pub steps: usize,
    /// Largest change of a point in a step, over the time of the step, that ends it; not negative.
    pub tolerance: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interface: 10.0,
            step: 20.0,
            convexity: 2.0,
            momentum: Momentum::Restarted {},
            fidelity: 10.0,
            steps: 1000,
            tolerance: 1e-5,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), NAME, name, v, "positive and finite");
        let bounded = |name: &str, v: f64| demand(v >= 0.0 && v.is_finite(), NAME, name, v, "finite and not negative");
        positive("interface", self.interface)?;
        positive("step", self.step)?;
        bounded("convexity", self.convexity)?;
        bounded("fidelity", self.fidelity)?;
        bounded("tolerance", self.tolerance)?;
        if let Momentum::Damped { damping } = self.momentum {
            bounded("momentum.damping", damping)?;
        }
        demand(self.steps >= 1, NAME, "steps", self.steps, "at least 1")
    }
}

/// A phase field on its way down, one step at a time.
pub struct PhaseField<'a> {
    space: &'a dyn Space,
    config: Config,
    labels: Vec<(usize, f64)>,
    shift: Vec<f64>,
    u: Vec<f64>,
    before: Vec<f64>,
    energy: f64,
    coasted: usize,
}

impl<'a> PhaseField<'a> {
    /// A field at rest at `start` (one value a point), drawn to each label `(point, value)`.
    ///
    /// # Errors
    /// A setting out of range; another number of values than points, or one that is not finite; labels where the space
    /// takes none, of points that do not exist, or given twice.
    pub fn new(space: &'a dyn Space, start: &[f64], labels: &[(usize, f64)], config: Config) -> Result<Self> {
        config.check()?;
        let n = space.len();
        if start.len() != n || start.iter().any(|u| !u.is_finite()) {
            return Err(Error::input(format!(
                "The start has {} values for {n} points; all must be finite.",
                start.len()
            )));
        }
        if !labels.is_empty() && !space.takes_labels() {
            return Err(Error::input("Labels need a graph: this space solves for all points alike."));
        }
        let base = 1.0 + config.step * config.convexity / config.interface;
        let mut shift = vec![base; n];
        for &(point, value) in labels {
            if point >= n || !value.is_finite() || shift[point] != base {
                let sentence =
                    format!("The label {value} of point {point} is not finite, given twice, or of no point.");
                return Err(Error::input(sentence));
            }
            shift[point] += config.step * config.fidelity;
        }
        let mut field = Self {
            space,
            config,
            labels: labels.to_vec(),
            shift,
            u: start.to_vec(),
            before: start.to_vec(),
            energy: 0.0,
            coasted: 0,
        };
        field.energy = field.energy_now();
        Ok(field)
    }

    /// The field.
    pub fn values(&self) -> &[f64] {
        &self.u
    }

    /// `sum interface / 2 u A u + W(u) / interface`, each point by its volume, and half the fidelity times the squared
    /// distances from the labels, with `W = (u^2 - 1)^2 / 4`.
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// Makes a step and returns the largest change of a point.
    ///
    /// Coasts to `y = u + theta (u - before)`, then takes the Laplacian, the labels and `convexity / 2 u^2` implicitly and the rest
    /// of the potential at `y`.
    ///
    /// # Errors
    /// The linear equations were not solved, or the field left the finite range.
    pub fn step(&mut self) -> Result<f64> {
        let Config { interface, step, convexity, fidelity, .. } = self.config;
        let n = self.coasted as f64;
        let theta = match self.config.momentum {
            Momentum::None {} => 0.0,
            Momentum::Growing {} | Momentum::Restarted {} => n / (n + 3.0),
            Momentum::Damped { damping } => 1.0 / (1.0 + damping * step.sqrt()),
        };
        let ahead: Vec<f64> = self.u.iter().zip(&self.before).map(|(u, b)| u + theta * (u - b)).collect();
        let pull = |y: f64| y - step / interface * (y * y * y - y - convexity * y);
        let mut right: Vec<f64> = ahead.iter().map(|y| pull(*y)).collect();
        self.labels.iter().for_each(|(point, value)| right[*point] += step * fidelity * value);
        let mut next = ahead;
        self.space.solve(&self.shift, step * interface, &right, &mut next)?;
        let change = next.iter().zip(&self.u).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        self.before = std::mem::replace(&mut self.u, next);
        self.coasted += 1;
        let last = self.energy;
        self.energy = self.energy_now();
        if !self.energy.is_finite() {
            return Err(Error::failed(format!("The phase field left the finite range at step {}.", self.coasted))
                .advise(format!("Take a step below {:e} or a convexity of 2.", 0.5 * step)));
        }
        if self.config.momentum == (Momentum::Restarted {}) && self.energy > last {
            self.coasted = 0;
            self.before.clone_from(&self.u);
        }
        Ok(change)
    }

    fn energy_now(&self) -> f64 {
        let mut bent = vec![0.0; self.u.len()];
        self.space.stiffness(&self.u, &mut bent);
        let interface = self.config.interface;
        let of = |(u, a): (&f64, &f64)| 0.5 * interface * u * a + 0.25 * (u * u - 1.0).powi(2) / interface;
        let bulk: f64 = self.u.iter().zip(&bent).map(of).sum();
        let off: f64 = self.labels.iter().map(|(point, value)| (self.u[*point] - value).powi(2)).sum();
        bulk * self.space.volume() + 0.5 * self.config.fidelity * off
    }
}

/// What [`minimise`] found.
#[derive(Clone, Debug)]
pub struct Minimised {
    /// The field; its signs are classes.
    pub u: Vec<f64>,
    /// The energy at the start and after each step.
    pub energies: Vec<f64>,
    /// Converged where the field came to rest, exhausted where the steps ran out. Residual "rate of change".
    pub report: Report,
}

/// Lets a phase field come to rest.
///
/// # Errors
/// As [`PhaseField::new`] and [`PhaseField::step`]; interruption.
pub fn minimise(
    ctx: &Context,
    space: &dyn Space,
    start: &[f64],
    labels: &[(usize, f64)],
    config: &Config,
) -> Result<Minimised> {
    let began = Instant::now();
    ctx.require_memory(
        (config.steps as u64).saturating_mul(8).saturating_add(64 * space.len() as u64),
        "Minimising a phase field",
    )?;
    let mut field = PhaseField::new(space, start, labels, *config)?;
    let mut energies = vec![field.energy()];
    // A wave moves by the root of the step a step.
    let time = if matches!(config.momentum, Momentum::None {}) { config.step } else { config.step.sqrt() };
    let rate = loop {
        ctx.check_stop()?;
        let rate = field.step()? / time;
        energies.push(field.energy());
        if rate <= config.tolerance || energies.len() > config.steps {
            break rate;
        }
    };
    let status =
        if rate <= config.tolerance { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
    let report = Report::new(status, energies.len() - 1).residual("rate of change", rate).timed(began);
    let report = match status {
        Status::Converged => report,
        _ => report.advise(format!("Raise steps above {}.", config.steps)),
    };
    Ok(Minimised { u: field.u, energies, report })
}
