#![doc = include_str!("klein_gordon.md")]

mod checks;
mod observe;
mod potential;
mod start;
mod wave;

pub use observe::{Entropies, Observed, Observer, entropies, kernel_density, spectrum};
pub use potential::Potential;
pub use start::{Start, breather, kink};
pub use wave::{State, Wave};

use crate::line::Line;
use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Citation, Class, Context, Error, Family, Maturity, Method, Report, Result, Status};

const NAME: &str = "klein-gordon";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S069",
    name: NAME,
    family: Family::Field,
    summary: "Nonlinear Klein-Gordon waves, kinks and breathers by Fourier derivatives and leapfrog",
    docs: include_str!("klein_gordon.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "herho2025amangkurat",
        bibtex: "@misc{herho2025amangkurat,\n  author = {Herho, Sandy H. S. and others},\n  title = {amangkurat: a symplectic pseudo-spectral solver for the (1+1)D nonlinear Klein-Gordon equation},\n  year = {2025},\n  howpublished = {\\url{https://pypi.org/project/amangkurat/}}\n}",
    },
};

/// Steps that may be taken: days on one core.
const MOST_STEPS: f64 = 1e9;

/// Settings of a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The potential.
    pub potential: Potential,
    /// The field at time 0, centred on the line.
    pub start: Start,
    /// Points of the line, even and at least 4.
    pub points: usize,
    /// Length of the line, positive; what the field does across the seam follows from the start.
    pub length: f64,
    /// Time of a step, positive and stable; `null` for a quarter of the largest stable step.
    pub step: Option<f64>,
    /// Time to simulate, positive.
    pub time: f64,
    /// States kept after the first, at least 1.
    pub saves: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            potential: Potential::SineGordon {},
            start: Start::Breather { frequency: 0.5, speed: 0.0 },
            points: 512,
            length: 60.0,
            step: None,
            time: 50.0,
            saves: 200,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        self.potential.check()?;
        self.start.check()?;
        let positive = |v: f64| v > 0.0 && v.is_finite();
        demand(positive(self.time), NAME, "time", self.time, "positive and finite")?;
        if let Some(step) = self.step {
            demand(positive(step), NAME, "step", step, "positive and finite")?;
        }
        demand(self.saves >= 1, NAME, "saves", self.saves, "at least 1")
    }
}

/// A field followed through time.
#[derive(Clone, Debug)]
pub struct Evolution {
    /// Where the points are.
    pub x: Vec<f64>,
    /// Times of the states, increasing from 0.
    pub times: Vec<f64>,
    /// The field and its rate at each time.
    pub states: Vec<State>,
    /// Energy, momentum and charge at each time.
    pub observed: Vec<Observed>,
    /// Entropies of where the energy lies at each time.
    pub entropies: Vec<Entropies>,
    /// Converged at the end of time, diverged where the field left the finite range before, interrupted where the call was
    /// asked to stop; what was done until then is kept. Residual "energy drift": the largest change of the energy relative to
    /// the first.
    pub report: Report,
}

/// Follows a field from its start.
///
/// The step is shortened so that a whole number of them lies between two saves.
///
/// # Errors
/// A setting out of range, or a step that is not stable; a start that the potential does not have; a memory budget below the
/// states that are kept.
pub fn simulate(ctx: &Context, config: &Config) -> Result<Evolution> {
    let began = Instant::now();
    config.check()?;
    let bytes = (config.saves as u64).saturating_add(8).saturating_mul(config.points as u64).saturating_mul(16);
    ctx.require_memory(bytes, "Keeping the field at every save")?;
    let line = Line::new(config.points, config.length, config.start.seam(&config.potential)?)?;
    let x = line.positions();
    let start = config.start.state(&config.potential, &x, 0.0)?;
    let mut wave = Wave::new(line, config.potential)?;
    let most = start.u.iter().fold(0.0, |most: f64, u| most.max(u.abs()));
    let wanted = config.step.unwrap_or(0.25 * wave.stable_step(most));
    let every = (config.time / config.saves as f64 / wanted).ceil().max(1.0);
    let count = every * config.saves as f64;
    if count > MOST_STEPS {
        return Err(Error::input(format!(
            "A time of {} takes {count:.1e} steps of {wanted:.2e}, but at most {MOST_STEPS:.0e} are taken.",
            config.time
        ))
        .advise(format!("Shorten the time below {:.1e}, or keep fewer times.", config.time * MOST_STEPS / count)));
    }
    let (every, steps) = (every as usize, every as usize * config.saves);
    let h = config.time / steps as f64;
    let observer = Observer::new(&wave);
    let (mut times, mut states, mut observed, mut entropy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let followed = wave.follow(ctx, &start, h, steps, every, |step, state| {
        let seen = observer.observe(state);
        if !seen.energy.is_finite() {
            return Ok(false);
        }
        times.push(step as f64 * h);
        entropy.push(entropies(&observer.energy_density(state))?);
        states.push(state.clone());
        observed.push(seen);
        Ok(true)
    });
    let interrupted = match followed {
        Err(error) if error.class() == Class::Interrupted => true,
        other => other.map(|()| false)?,
    };
    let first = observed.first().map_or(0.0, |o: &Observed| o.energy);
    let drift =
        observed.iter().map(|o| (o.energy - first).abs()).fold(0.0, f64::max) / first.abs().max(f64::MIN_POSITIVE);
    let done = times.len() == config.saves + 1;
    let status = match (done, interrupted) {
        (true, _) => Status::Converged,
        (false, true) => Status::Interrupted,
        (false, false) => Status::Diverged,
    };
    let report =
        Report::new(status, times.len().saturating_sub(1) * every).residual("energy drift", drift).timed(began);
    let report = match status {
        Status::Diverged => report.advise(format!("Lower the step below {:e}.", 0.5 * h)),
        _ => report,
    };
    Ok(Evolution { x, times, states, observed, entropies: entropy, report })
}
