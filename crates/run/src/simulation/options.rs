//! What a user chooses about the simulation of a system.

use super::NoiseScheme;
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};
use thalweg_solve::Sense;
use thalweg_systems::{Sampling, Spacing};

/// What to do with a system and what to see of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Points of each trajectory that are kept, at least 1.
    pub points: usize,
    /// Points a dominant period of the system; more than 0.
    pub points_per_period: f64,
    /// Time between two points, in its place; more than 0.
    pub dt: Option<f64>,
    /// Points left out before the first that is kept.
    pub discard: usize,
    /// Relative and absolute tolerance of a step, where there is no noise.
    pub tolerance: f64,
    /// Names and values of parameters.
    pub parameters: Vec<(String, f64)>,
    /// Initial state, in place of that of the record.
    pub start: Option<Vec<f64>>,
    /// Trajectories for each value of the sweeps, at least 1.
    pub ensemble: usize,
    /// Standard deviation of the scatter of their initial states, not negative.
    pub spread: f64,
    /// Parameters that take several values, each with each.
    pub sweep: Vec<Sweep>,
    /// Terms that are added to rates: state and expression.
    pub drive: Vec<(String, String)>,
    /// Coefficients of the Brownian motions: state and expression. An empty state is every state.
    pub diffusion: Vec<(String, String)>,
    /// The sense of the stochastic equation.
    pub sense: Sense,
    /// The scheme that follows it; by default Euler and Maruyama's for noise that depends on the state in the sense of Itô, and
    /// Heun's for others.
    pub scheme: Option<NoiseScheme>,
    /// Length of a step of it; by default that of the record, or a sixteenth of the time between two points.
    pub step: Option<f64>,
    /// Noise of observation, as a share of the standard deviation of each state; not negative.
    pub noise: f64,
    /// Share of the points that the instrument missed, from 0 to below 1.
    pub gaps: f64,
    /// Mean length of a gap in points, at least 1; without it points are missed independently of each other.
    pub gap_length: Option<f64>,
    /// Seed of scatter, noise and gaps.
    pub seed: u64,
}

/// A parameter that takes several values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Its name.
    pub parameter: String,
    /// The values, in their order.
    pub values: Vec<f64>,
}

impl Default for Options {
    /// 1000 points, 100 a period, one trajectory from the initial state of the record, nothing else.
    fn default() -> Self {
        Self {
            points: 1000,
            points_per_period: 100.0,
            dt: None,
            discard: 0,
            tolerance: 1e-9,
            parameters: Vec::new(),
            start: None,
            ensemble: 1,
            spread: 1e-3,
            sweep: Vec::new(),
            drive: Vec::new(),
            diffusion: Vec::new(),
            sense: Sense::Ito,
            scheme: None,
            step: None,
            noise: 0.0,
            gaps: 0.0,
            gap_length: None,
            seed: 0,
        }
    }
}

impl Options {
    /// Which points to keep.
    pub(super) fn sampling(&self) -> Sampling {
        let spacing = self.dt.map_or(Spacing::PerPeriod(self.points_per_period), Spacing::Time);
        Sampling { points: self.points, spacing, discard: self.discard, tolerance: self.tolerance }
    }

    /// Refuses what no simulation can follow, before any work.
    pub(super) fn check(&self) -> Result<()> {
        let not_negative = [
            ("The noise of observation", self.noise, "Give a share such as 0.05."),
            ("The scatter of initial states", self.spread, "Give a standard deviation such as 0.001."),
        ];
        for (what, value, mend) in not_negative {
            if !(value.is_finite() && value >= 0.0) {
                return Err(
                    Error::input(format!("{what} is {value}, but must be finite and not negative.")).advise(mend)
                );
            }
        }
        if self.ensemble == 0 {
            return Err(Error::input("An ensemble of 0 trajectories was asked for, but it has at least 1."));
        }
        if let Some(step) = self.step.filter(|step| !(step.is_finite() && *step > 0.0)) {
            return Err(Error::input(format!("The step is {step}, but must be finite and positive.")));
        }
        let named = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let given = [
            ("The parameter", "set", self.parameters.iter().map(|(name, _)| name.clone()).collect()),
            ("The drive of", "given", named(&self.drive)),
            ("The noise of", "given", named(&self.diffusion)),
        ];
        for (what, done, names) in given {
            if let Some((_, name)) = names.iter().enumerate().find(|(k, name)| names[..*k].contains(name)) {
                let name = if name.is_empty() { "every state" } else { name };
                return Err(Error::input(format!("{what} {name} is {done} twice.")).advise("Leave one of both out."));
            }
        }
        for Sweep { parameter, values } in &self.sweep {
            if values.is_empty() {
                return Err(Error::input(format!("The sweep of {parameter} has no values.")));
            }
            if self.sweep.iter().filter(|other| other.parameter == *parameter).count() > 1 {
                return Err(Error::input(format!("The parameter {parameter} is swept twice."))
                    .advise("Give all of its values in one sweep."));
            }
            if self.parameters.iter().any(|(name, _)| name == parameter) {
                return Err(Error::input(format!("The parameter {parameter} is both set and swept."))
                    .advise("Leave one of them out."));
            }
        }
        super::gaps::check(self.gaps, self.gap_length)
    }
}
