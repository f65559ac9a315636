//! Stochastic variants: a drift with a Brownian motion a state, in the sense of Itô, of Stratonovich, or anti-Itô.

use super::drive::{system_of, terms};
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result, Trajectory, VectorField};
use thalweg_solve::{Integrate, Law, Motion, NoiseKind, SaveAt, Scheme, Sense};
use thalweg_systems::{Flow, Kind, NoisyScheme, Paths, Record, System};

/// By which scheme a motion with noise is followed; all keep the sense of the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseScheme {
    /// Euler and Maruyama: strong order 1/2, weak order 1.
    EulerMaruyama,
    /// Heun: weak order 2 where the noise is the same in every state, else 1.
    Heun,
    /// Milstein: strong order 1.
    Milstein,
    /// SRA1: strong order 1.5, for noise that is the same in every state.
    Sra1,
    /// SRI1: strong order 1.5.
    Sri1,
    /// Platen: weak order 2.
    Platen,
}

impl From<NoiseScheme> for Scheme {
    fn from(scheme: NoiseScheme) -> Self {
        match scheme {
            NoiseScheme::EulerMaruyama => Self::EulerMaruyama,
            NoiseScheme::Heun => Self::StochasticHeun,
            NoiseScheme::Milstein => Self::Milstein,
            NoiseScheme::Sra1 => Self::Sra1,
            NoiseScheme::Sri1 => Self::Sri1,
            NoiseScheme::Platen => Self::Platen,
        }
    }
}

/// The coefficients of the noise of each state.
pub struct Diffusion<'a> {
    /// Its velocity is the coefficient of each state.
    pub size: Box<dyn VectorField + 'a>,
    /// Whether it is the same in every state.
    pub additive: bool,
}

/// The coefficients `given` (state and expression) of a flow with these values of its parameters, and whether they are the
/// same in every state.
pub(super) fn coefficients(
    record: &Record,
    values: &[(String, f64)],
    given: &[(String, String)],
) -> Result<(System, bool)> {
    if record.kind != Kind::Flow {
        return Err(Error::input(format!("{} is a {}, but noise drives flows only.", record.name, record.kind.name()))
            .advise("Leave the noise of the motion out, or add noise of observation."));
    }
    let terms = terms(record, "noise", given)?;
    for value in terms.iter().filter_map(|term| term.trim().parse::<f64>().ok()) {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Error::input(format!("The noise {value} is no size: it must be finite and not negative."))
                .advise("Give the size of the kicks, such as 0.1; their sign is chance."));
        }
    }
    let additive = terms.iter().all(|term| term.trim().parse::<f64>().is_ok());
    let system = system_of(record, "noise", &terms)?;
    let system = values.iter().try_fold(system, |system, (name, value)| system.with(name, *value))?;
    Ok((system, additive))
}

impl Diffusion<'static> {
    /// Those of [`coefficients`].
    pub(super) fn of(record: &Record, values: &[(String, f64)], given: &[(String, String)]) -> Result<Self> {
        let (system, additive) = coefficients(record, values, given)?;
        Ok(Self { size: Box::new(system.flow()?), additive })
    }
}

/// A drift with noise.
struct Noisy<'a> {
    drift: &'a dyn VectorField,
    size: &'a dyn VectorField,
    kind: NoiseKind,
    sense: Sense,
}

impl thalweg_solve::Diffusion for Noisy<'_> {
    fn dim(&self) -> usize {
        self.drift.dim()
    }

    fn nature(&self) -> (NoiseKind, Sense) {
        (self.kind, self.sense)
    }

    fn drift(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.drift.velocity(t, x, out);
    }

    fn spread(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.size.velocity(t, x, out);
    }

    /// Of coefficients that may depend on all states: each changes along its own Brownian motion alone.
    fn induced(&self, t: f64, x: &[f64], out: &mut [f64]) {
        if self.kind.is_additive() {
            return out.fill(0.0);
        }
        let d = self.drift.dim();
        let step = |x: f64| 6e-6 * x.abs().max(1.0);
        let (mut moved, mut ends) = (x.to_vec(), [vec![0.0; x.len()], vec![0.0; x.len()]]);
        self.size.velocity(t, x, out);
        for k in 0..d {
            for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
                moved.iter_mut().zip(x).skip(k).step_by(d).for_each(|(m, x)| *m = x + sign * step(*x));
                self.size.velocity(t, &moved, end);
            }
            moved.copy_from_slice(x);
            let slope = |i: usize| (ends[0][i] - ends[1][i]) / (2.0 * step(x[i]));
            (k..x.len()).step_by(d).for_each(|i| out[i] *= slope(i));
        }
    }
}

/// Steps that a path may take.
const MOST_STEPS: f64 = 2e9;

/// The steps to `end`.
fn steps(end: f64, step: f64) -> Result<f64> {
    let steps = (end / step).ceil().max(1.0);
    if steps > MOST_STEPS {
        return Err(Error::input(format!(
            "{steps:.1e} steps of {step} to time {end} were asked for, but at most {MOST_STEPS:.0e} are taken."
        ))
        .advise("Take longer steps, or follow a shorter time."));
    }
    Ok(steps)
}

/// The scheme that was chosen, or the usual one: where the noise is the same everywhere all senses agree, and Heun is of the
/// higher order; else each scheme goes in its own sense, and corrects the drift of the third.
fn scheme(additive: bool, sense: Sense, chosen: Option<NoiseScheme>) -> Scheme {
    let usual = match (additive, sense) {
        (false, Sense::Ito) => Scheme::EulerMaruyama,
        _ => Scheme::StochasticHeun,
    };
    chosen.map_or(usual, Scheme::from)
}

/// Follows a system, and its flow, with the coefficients `size` through `times`, in steps of at most `step`: by machine code
/// where a scheme goes in its own sense.
pub(super) fn paths(
    (system, flow): (&System, &Flow),
    (size, additive): (System, bool),
    (sense, chosen): (Sense, Option<NoiseScheme>),
    starts: &Points,
    (times, step): (Vec<f64>, f64),
    ctx: &Context,
) -> Result<Trajectory> {
    steps(times.last().copied().unwrap_or(0.0), step)?;
    let scheme = match (scheme(additive, sense, chosen), sense) {
        (Scheme::EulerMaruyama, Sense::Ito) => NoisyScheme::EulerMaruyama,
        (Scheme::EulerMaruyama, _) if additive => NoisyScheme::EulerMaruyama,
        (Scheme::StochasticHeun, Sense::Stratonovich) => NoisyScheme::Heun,
        (Scheme::StochasticHeun, _) if additive => NoisyScheme::Heun,
        _ => {
            let diffusion = Diffusion { size: Box::new(size.flow()?), additive };
            return stochastic(flow, &diffusion, (sense, chosen), starts, times, step, ctx);
        }
    };
    system.paths(&size, starts, &Paths { times, step, scheme }, ctx)
}

/// Follows `drift`, a function, with noise through `times`, in steps of at most `step` of the scheme, if one was chosen.
pub(super) fn stochastic(
    drift: &dyn VectorField,
    diffusion: &Diffusion<'_>,
    (sense, chosen): (Sense, Option<NoiseScheme>),
    starts: &Points,
    times: Vec<f64>,
    step: f64,
    ctx: &Context,
) -> Result<Trajectory> {
    let end = times.last().copied().unwrap_or(0.0);
    let steps = steps(end, step)?;
    let scheme = scheme(diffusion.additive, sense, chosen);
    let kind = if diffusion.additive { NoiseKind::AdditiveDiagonal } else { NoiseKind::Diagonal };
    let options = Integrate::fixed(scheme, steps as usize).saving(SaveAt::Times(times));
    let law = Noisy { drift, size: &*diffusion.size, kind, sense };
    Motion::of(Law::Diffusion(&law)).follow_as_far(starts, (0.0, end), &options, ctx)
}

/// States along the noise-free motion at which the fastest rate is looked for.
const LOOKS: usize = 64;
/// Squarings of a Jacobian: the 64th root of the size of its 64th power is its spectral radius within a few per cent.
const SQUARINGS: usize = 6;

/// Refuses a step beyond which an explicit scheme amplifies the fastest decay: 2 over the largest rate of the Jacobian in
/// `states`, those of the motion without noise.
pub(super) fn stable(name: &str, flow: &Flow, states: &Points, step: f64) -> Result<()> {
    let d = states.dim();
    let stride = states.len().div_ceil(LOOKS).max(1);
    let mut jacobian = vec![0.0; d * d];
    let fastest = states
        .rows()
        .step_by(stride)
        .map(|x| {
            flow.jacobian(0.0, x, &mut jacobian);
            radius(&jacobian, d)
        })
        .filter(|rate| rate.is_finite())
        .fold(0.0_f64, f64::max);
    if step * fastest <= 2.0 {
        return Ok(());
    }
    Err(Error::input(format!(
        "The step {step} is beyond the stability limit {:.3e} of {name}: its fastest motion has the rate {fastest:.3e}.",
        2.0 / fastest
    ))
    .advise(format!("Take steps of {:.1e} or less.", 1.0 / fastest)))
}

/// About the spectral radius of the matrix `a` (`d x d`): Gelfand's formula.
fn radius(a: &[f64], d: usize) -> f64 {
    let (mut power, mut log, mut order) = (a.to_vec(), 0.0, 1.0);
    for k in 0..=SQUARINGS {
        let size = power.iter().map(|v| v * v).sum::<f64>().sqrt();
        if size == 0.0 || !size.is_finite() {
            return size;
        }
        log += size.ln() / order;
        if k == SQUARINGS {
            break;
        }
        power.iter_mut().for_each(|v| *v /= size);
        let squared = (0..d * d).map(|at| (0..d).map(|j| power[at / d * d + j] * power[j * d + at % d]).sum());
        power = squared.collect();
        order *= 2.0;
    }
    log.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_is_that_of_known_matrices() {
        // Eigenvalues 3 and -5 of a rotated diagonal; a rotation by a right angle times 7; a nilpotent one.
        assert!((radius(&[-1.0, 4.0, 4.0, -1.0], 2) / 5.0 - 1.0).abs() < 0.02);
        assert!((radius(&[0.0, -7.0, 7.0, 0.0], 2) / 7.0 - 1.0).abs() < 0.02);
        assert_eq!(radius(&[0.0, 1.0, 0.0, 0.0], 2), 0.0);
    }
}
