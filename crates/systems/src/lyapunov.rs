//! Lyapunov exponents, from tangents that are carried along and kept orthonormal.

mod delay;
mod flow;
mod map;

use crate::{Kind, System};
use thalweg_core::{Context, Error, Points, Result, Stream, orthonormalise};

/// How exponents are computed.
///
/// Lengths are in stretches: a period of a flow (one unit of time where it is not known), 100 iterations of a map, one
/// delay of a delay equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Lyapunov {
    /// Orbits that are followed together; each begins where the one before it ends.
    pub orbits: usize,
    /// Stretches of each orbit that are averaged over.
    pub stretches: usize,
    /// Stretches before that, in which the motion settles, and then the tangents.
    pub settle: usize,
    /// Least number of steps in a stretch of a flow. Tangents are made orthonormal at the end of every step.
    pub restarts: usize,
    /// Relative and absolute tolerance of a step of a flow.
    pub tolerance: f64,
    /// How many exponents of a delay equation, which has infinitely many.
    pub leading: usize,
}

impl Default for Lyapunov {
    /// Eight orbits of 200 stretches after 50, tangents orthonormal 20 times a period, tolerance 1e-8.
    fn default() -> Self {
        Self { orbits: 8, stretches: 200, settle: 50, restarts: 20, tolerance: 1e-8, leading: 3 }
    }
}

/// Lyapunov exponents with their standard errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Exponents {
    /// The exponents per unit of time or iteration, largest first.
    pub values: Vec<f64>,
    /// The standard error of each, from the scatter of parts of the orbits.
    pub errors: Vec<f64>,
    /// The mean divergence along the same orbits, for flows. The sum of the exponents must equal it; where it does not,
    /// the least of them are lost in the errors of steps.
    pub divergence: Option<f64>,
}

impl Exponents {
    /// The same, largest first.
    fn ordered(self) -> Self {
        let mut pairs: Vec<(f64, f64)> = self.values.into_iter().zip(self.errors).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (values, errors) = pairs.into_iter().unzip();
        Self { values, errors, divergence: self.divergence }
    }

    /// The Kaplan-Yorke dimension: where the sum of the leading exponents, interpolated, falls to zero; all dimensions
    /// where the sum of all is not negative beyond its error, and 0 where the first is negative.
    pub fn kaplan_yorke(&self) -> f64 {
        thalweg_core::kaplan_yorke(&self.values, self.errors.iter().sum())
    }
}

/// Parts into which each orbit is cut for the errors.
const PARTS: usize = 4;
/// Restarts altogether, of which a machine does some million a minute.
const MOST_RESTARTS: usize = 1_000_000_000_000;
/// Iterations of a map in a stretch.
const ITERATIONS: usize = 100;

impl System {
    /// Its Lyapunov exponents: all of a flow or a map, the leading ones of a delay equation.
    ///
    /// Tangents follow the exact Jacobian and are made orthonormal again and again (Benettin, Galgani, Giorgilli and
    /// Strelcyn, Meccanica 15, 1980). Errors are those of the mean over four parts of each orbit.
    /// Costs about `1 + dim` times what the orbits cost.
    ///
    /// # Errors
    /// Lengths of zero; an orbit that leaves the finite range; interruption.
    pub fn exponents(&self, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
        let least = options.orbits.min(options.restarts).min(options.leading).min(options.stretches / PARTS);
        if least == 0 {
            return Err(Error::input(format!(
                "Exponents of {} orbits of {} stretches, {} restarts and {} leading ones were asked for, but at least {PARTS} stretches and 1 of the others are needed.",
                options.orbits, options.stretches, options.restarts, options.leading
            )));
        }
        let length = options.settle.saturating_add(options.stretches).saturating_mul(options.orbits);
        if length.saturating_mul(options.restarts.max(ITERATIONS)) > MOST_RESTARTS {
            return Err(Error::input(format!(
                "{length} stretches with {} restarts each were asked for, which would never end.",
                options.restarts
            )));
        }
        match self.record().kind {
            Kind::Flow => self.of_flow(options, ctx),
            Kind::Map => map::of_map(&self.map()?, self.start(), options, ctx),
            Kind::Delay => delay::of_delay(&self.delay()?, self.start(), options, ctx),
        }
        .map_err(|error| error.within(&self.record().name))
    }
}

fn astray() -> Error {
    Error::failed("The orbit left the finite range, or moves so fast that steps cannot follow it.")
        .advise("Start where the motion stays bounded, or lower the tolerance.")
}

fn finite(state: Option<Points>) -> Result<Points> {
    state.filter(|s| s.check_finite().is_ok()).ok_or_else(astray)
}

/// `d` orthonormal tangents in no special direction: along an axis some would never meet the direction that grows most.
fn generic(d: usize, row: usize) -> Vec<f64> {
    let mut tangents = vec![0.0; d * d];
    Stream::new(0, "systems/tangents", row as u64).fill_normal(&mut tangents);
    orthonormalise(&mut tangents, d, &mut vec![0.0; d]);
    tangents
}

/// Logarithms of growth over a part of an orbit.
#[derive(Clone, Debug)]
struct Part {
    logs: Vec<f64>,
    /// Its length in time.
    time: f64,
}

impl Part {
    fn new(width: usize) -> Self {
        Self { logs: vec![0.0; width], time: 0.0 }
    }

    /// The same, of this length.
    fn over(self, time: f64) -> Self {
        Self { time, ..self }
    }
}

/// Logarithms of growth, summed over parts of each orbit.
struct Growth {
    width: usize,
    parts: Vec<Part>,
}

impl Growth {
    /// For `rows` orbits.
    fn new(rows: usize, width: usize) -> Self {
        Self { width, parts: vec![Part::new(width); rows * PARTS] }
    }

    /// Adds what an orbit grew by in step number `step` of `length`, each of which takes the time `time`.
    fn add(&mut self, row: usize, (step, length): (usize, usize), time: f64, logs: &[f64]) {
        let part = &mut self.parts[row * PARTS + step * PARTS / length];
        part.time += time;
        part.logs.iter_mut().zip(logs).for_each(|(sum, log)| *sum += log);
    }

    /// Mean rates with their errors.
    fn means(&self) -> Exponents {
        let parts = self.parts.len() as f64;
        let time: f64 = self.parts.iter().map(|part| part.time).sum();
        let mean = |k: usize| self.parts.iter().map(|part| part.logs[k]).sum::<f64>() / time;
        let values: Vec<f64> = (0..self.width).map(mean).collect();
        let error = |k: usize| {
            let scatter = |part: &Part| (part.logs[k] / part.time - values[k]).powi(2);
            (self.parts.iter().map(scatter).sum::<f64>() / (parts * (parts - 1.0))).sqrt()
        };
        Exponents { errors: (0..self.width).map(error).collect(), values, divergence: None }
    }
}
