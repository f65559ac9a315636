//! Laws that are functions: of a flow, of a map, of an equation that looks back.

use super::Options;
use super::follow::{step, times};
use super::noise::{self, Diffusion};
use thalweg_core::{Context, Error, Points, Report, Result, Status, Trajectory, VectorField};
use thalweg_solve::{Delayed, Integrate, Law, Motion, SaveAt, integrate_as_far};
use thalweg_systems::{Kind, Record, System};

/// What a function says.
pub enum Rule<'a> {
    /// The rates of a flow.
    Flow {
        /// The drift.
        drift: &'a dyn VectorField,
        /// The coefficients of its noise, where they are a function too.
        diffusion: Option<Diffusion<'a>>,
    },
    /// The next states of a map, as a velocity; the time counts the iterations before.
    Map(&'a dyn VectorField),
    /// The rates of an equation that looks back.
    Delay(&'a dyn Delayed),
}

/// Steps that may be taken.
const MOST_STEPS: usize = 20_000_000;

impl Rule<'_> {
    /// Follows it; `record` says what it is called and where it starts.
    pub(super) fn follow(&self, record: &Record, options: &Options, seed: u64, ctx: &Context) -> Result<Trajectory> {
        // What scatters initial states is the same for all; a system without equations would be refused.
        let still = Record { kind: Kind::Flow, equations: vec!["0"; record.states.len()].join("; "), ..record.clone() };
        let still = System::new(&still)?.starting_at(options.start.as_deref().unwrap_or(&record.start))?;
        let starts = match options.ensemble {
            1 => still.start(),
            n => still.scattered(n, options.spread, seed)?,
        };
        match self {
            Self::Flow { drift, diffusion } => {
                let times = times(options, record.period)?;
                let given = (!options.diffusion.is_empty()).then(|| Diffusion::of(record, &[], &options.diffusion));
                let given = given.transpose()?;
                let Some(diffusion) = given.as_ref().or(diffusion.as_ref()) else {
                    let (span, steps) = kept(options, times);
                    return integrate_as_far(*drift, &starts, span, &steps, ctx);
                };
                let step = step(options, record.step, &times);
                noise::stochastic(
                    *drift,
                    diffusion,
                    (options.sense, options.scheme),
                    &starts,
                    times,
                    step,
                    &ctx.with_seed(seed),
                )
            }
            _ if !options.diffusion.is_empty() => {
                Err(Error::input(format!("{} is a {}, but noise drives flows only.", record.name, record.kind.name()))
                    .advise("Leave the noise of the motion out, or add noise of observation."))
            }
            Self::Map(next) => iterate(*next, starts, options, ctx),
            Self::Delay(law) => {
                let (span, steps) = kept(options, times(options, record.period)?);
                Motion::of(Law::Delayed(*law)).follow_as_far(&starts, span, &steps, ctx)
            }
        }
    }
}

fn kept(options: &Options, times: Vec<f64>) -> ((f64, f64), Integrate) {
    let end = times.last().copied().unwrap_or(0.0);
    let steps = Integrate::adaptive(options.tolerance).saving(SaveAt::Times(times));
    ((0.0, end), Integrate { max_steps: MOST_STEPS, ..steps })
}

/// A point an iteration.
fn iterate(next: &dyn VectorField, mut now: Points, options: &Options, ctx: &Context) -> Result<Trajectory> {
    let (mut times, mut states) = (Vec::new(), Vec::new());
    let mut status = Status::Converged;
    for k in 0..options.discard + options.points {
        if ctx.check_stop().is_err() {
            status = Status::Interrupted;
            break;
        }
        if now.check_finite().is_err() {
            status = Status::Diverged;
            break;
        }
        if k >= options.discard {
            times.push(k as f64);
            states.push(now.clone());
        }
        let mut there = Points::zeros(now.len(), now.dim());
        next.velocity(k as f64, now.values(), there.values_mut());
        now = there;
    }
    let report = Report::new(status, times.len());
    Ok(Trajectory { times, states, log_weights: Vec::new(), report })
}

#[cfg(test)]
mod tests {
    use super::super::{Subject, follow};
    use super::*;
    use thalweg_solve::FnField;

    fn record(line: &str) -> Box<Record> {
        Box::new(thalweg_systems::read(line).unwrap().swap_remove(0))
    }

    /// A function is followed as the same map in words, number for number.
    #[test]
    fn a_function_is_the_map_it_says() {
        let words = "map logistic | x | r=3.9 | r*x*(1-x) | 0.3";
        let next = FnField::batch(1, |_, x, out| out.iter_mut().zip(x).for_each(|(o, x)| *o = 3.9 * x * (1.0 - x)));
        let options = Options { points: 50, discard: 7, ensemble: 3, ..Options::default() };
        let ctx = Context::new(0, 1).unwrap();
        let subject = Subject::Law { record: record(words), rule: Rule::Map(&next) };
        let (by_function, in_words) = (
            follow(&subject, &options, &ctx).unwrap(),
            follow(&Subject::System(System::new(&record(words)).unwrap()), &options, &ctx).unwrap(),
        );
        for (a, b) in by_function.members[0].path.states.iter().zip(&in_words.members[0].path.states) {
            assert!(a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
        }
        assert_eq!(by_function.members[0].path.times, in_words.members[0].path.times);
    }

    struct Late;

    impl Delayed for Late {
        fn dim(&self) -> usize {
            1
        }

        fn delays(&self) -> &[f64] {
            &[1.0]
        }

        fn velocity(&self, _t: f64, _x: &[f64], past: &[f64], out: &mut [f64]) {
            out.iter_mut().zip(past).for_each(|(o, past)| *o = -past);
        }
    }

    /// x' = -x(t - 1) from a past of 1: 1 - t, then 1 - t + (t - 1)^2 / 2, by the method of steps.
    #[test]
    fn a_function_that_looks_back_goes_by_the_method_of_steps() {
        let words = record("delay late | x | tau=1 | -xd | 1");
        let options = Options { points: 5, dt: Some(0.5), ..Options::default() };
        let subject = Subject::Law { record: words, rule: Rule::Delay(&Late) };
        let found = follow(&subject, &options, &Context::new(0, 1).unwrap()).unwrap();
        let x: Vec<f64> = found.members[0].path.states.iter().map(|s| s.values()[0]).collect();
        let truth = [1.0, 0.5, 0.0, -0.375, -0.5];
        assert!(x.iter().zip(truth).all(|(x, t)| (x - t).abs() < 1e-8), "{x:?}");
    }
}
