//! Follows a system: every value of a sweep, every trajectory of an ensemble, and what an instrument sees of them.

use super::noise;
use super::rule::Rule;
use super::{Options, drive, gaps};
use thalweg_core::{Context, Error, Points, Report, Result, Status, Stream, Trajectory};
use thalweg_systems::{Noise, Record, System, observe};

/// What is followed.
pub enum Subject<'a> {
    /// A system of the catalogue, or of a user's own file.
    System(System),
    /// A law that is not data: a function of a user.
    Law {
        /// Its name, kind, states, period and initial state; it has no equations.
        record: Box<Record>,
        /// The function.
        rule: Rule<'a>,
    },
}

impl Subject<'_> {
    /// What is known of it.
    pub fn record(&self) -> &Record {
        match self {
            Self::System(system) => system.record(),
            Self::Law { record, .. } => record,
        }
    }

    /// Whether its motion draws noise.
    fn is_noisy(&self, options: &Options) -> bool {
        !options.diffusion.is_empty() || matches!(self, Self::Law { rule: Rule::Flow { diffusion: Some(_), .. }, .. })
    }
}

/// The trajectories at one choice of the swept parameters.
#[derive(Clone, Debug)]
pub struct Member {
    /// Names and values of the swept parameters.
    pub parameters: Vec<(String, f64)>,
    /// A row a trajectory of the ensemble.
    pub path: Trajectory,
    /// Which points were missed, `trajectories x times`; empty where none were.
    pub missed: Vec<Vec<bool>>,
}

/// What became of a simulation.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Names of the states.
    pub states: Vec<String>,
    /// A member a choice of the swept parameters.
    pub members: Vec<Member>,
    /// The report of the first member that did not end as it should, or of the last.
    pub report: Report,
}

impl Followed {
    /// Trajectories altogether.
    pub fn trajectories(&self) -> usize {
        self.members.iter().map(|m| m.path.states.first().map_or(0, Points::len)).sum()
    }

    /// Points of all trajectories, those that were missed left out.
    pub fn points(&self) -> usize {
        let all = |m: &Member| m.path.states.iter().map(Points::len).sum::<usize>();
        let missed = |m: &Member| m.missed.iter().flatten().filter(|missed| **missed).count();
        self.members.iter().map(|m| all(m) - missed(m)).sum()
    }

    /// Whether every trajectory reached its end.
    pub fn whole(&self) -> bool {
        self.report.converged()
    }
}

/// Members that a sweep may have.
const MOST_MEMBERS: usize = 100_000;

/// Follows `subject`. A motion that leaves the finite range, and an interruption, end it early; what was done is kept.
///
/// # Errors
/// Options out of range; names that are not known; expressions that cannot be read; a step beyond the limit of stability;
/// a memory budget below the result.
pub fn follow(subject: &Subject<'_>, options: &Options, ctx: &Context) -> Result<Followed> {
    options.check()?;
    if options.scheme.is_some() && !subject.is_noisy(options) {
        return Err(Error::input("A scheme was given, but it is that of a motion with noise, and this one has none.")
            .advise("Leave the scheme out, or add noise."));
    }
    if options.step.is_some() && !subject.is_noisy(options) {
        return Err(Error::input("A step was given, but without noise steps follow the tolerance.")
            .advise("Leave the step out, or add noise."));
    }
    let choices = choices(options)?;
    let record = subject.record();
    let rows = options.ensemble.saturating_mul(choices.len());
    // The states, and the table of them with its times and numbers.
    let numbers = rows.saturating_mul(options.points).saturating_mul(2 * record.states.len() + 3);
    ctx.require_memory(
        (numbers as u64).saturating_mul(8),
        &format!("A table of {} points of {rows} trajectories", options.points),
    )?;
    let mut followed =
        Followed { states: record.states.clone(), members: Vec::new(), report: Report::new(Status::Interrupted, 0) };
    for (k, parameters) in choices.into_iter().enumerate() {
        // The first member is what a simulation without a sweep gives.
        let seed = if k == 0 { options.seed } else { Stream::new(options.seed, "simulation/member", k as u64).bits() };
        let path = path(subject, &parameters, options, seed, ctx)?;
        let ended = path.report.clone();
        let interrupted = ended.status == Status::Interrupted;
        if followed.members.is_empty() || followed.report.converged() {
            followed.report = ended;
        }
        followed.members.push(seen(path, parameters, options, seed)?);
        if interrupted {
            break;
        }
    }
    Ok(followed)
}

/// Every choice of the swept parameters, the last varying fastest.
pub(super) fn choices(options: &Options) -> Result<Vec<Vec<(String, f64)>>> {
    let count = options.sweep.iter().fold(1_usize, |n, sweep| n.saturating_mul(sweep.values.len()));
    if count > MOST_MEMBERS {
        return Err(Error::input(format!("The sweeps have {count} choices, but at most {MOST_MEMBERS} are followed.")));
    }
    let mut choices = vec![Vec::new()];
    for sweep in &options.sweep {
        let with = |choice: &Vec<(String, f64)>, value: f64| {
            choice.iter().cloned().chain([(sweep.parameter.clone(), value)]).collect::<Vec<_>>()
        };
        choices = choices.iter().flat_map(|c| sweep.values.iter().map(move |v| with(c, *v))).collect();
    }
    Ok(choices)
}

/// What the instrument sees of a path.
fn seen(path: Trajectory, parameters: Vec<(String, f64)>, options: &Options, seed: u64) -> Result<Member> {
    let rows = path.states.first().map_or(0, Points::len);
    // Where a trajectory did not come: it ended, or was stopped, before.
    let absent = |row: usize| path.states.iter().map(|s| s.row(row)[0].is_nan()).collect::<Vec<_>>();
    let absent: Vec<Vec<bool>> = if path.report.converged() { Vec::new() } else { (0..rows).map(absent).collect() };
    let path = if options.noise > 0.0 { observe(&path, Noise::Relative(options.noise), seed)? } else { path };
    let rows = if options.gaps > 0.0 { rows } else { 0 };
    let mut missed: Vec<Vec<bool>> = (0..rows)
        .map(|row| gaps::missed(path.times.len(), options.gaps, options.gap_length, seed, row as u64))
        .collect();
    if missed.is_empty() && absent.iter().flatten().any(|absent| *absent) {
        missed = absent;
    } else {
        missed.iter_mut().flatten().zip(absent.iter().flatten()).for_each(|(missed, absent)| *missed |= *absent);
    }
    Ok(Member { parameters, path, missed })
}

/// The trajectories at one choice of the swept parameters.
fn path(
    subject: &Subject<'_>,
    swept: &[(String, f64)],
    options: &Options,
    seed: u64,
    ctx: &Context,
) -> Result<Trajectory> {
    match subject {
        Subject::System(system) => of_system(system, swept, options, seed, ctx),
        Subject::Law { record, rule } => {
            let named = options.parameters.iter().chain(swept).next();
            if let Some((name, _)) = named {
                return Err(Error::input(format!(
                    "The parameter {name} was set, but {} is a function, which has none.",
                    record.name
                ))
                .advise("Give the function the values, or write the law in the expression language."));
            }
            if !options.drive.is_empty() {
                return Err(Error::input(format!("{} is a function, to which no drive can be added.", record.name))
                    .advise("Add it in the function."));
            }
            rule.follow(record, options, seed, ctx)
        }
    }
}

fn of_system(
    system: &System,
    swept: &[(String, f64)],
    options: &Options,
    seed: u64,
    ctx: &Context,
) -> Result<Trajectory> {
    let record = drive::driven(system.record(), &options.drive)?;
    // Values that the system had before, then those of the options, then those of this member.
    let before = system.parameters().map(|(name, value)| (name.to_owned(), value));
    let values: Vec<(String, f64)> =
        before.chain(options.parameters.iter().cloned()).chain(swept.iter().cloned()).collect();
    let driven = System::new(&record)?;
    let start = options.start.clone().unwrap_or_else(|| system.start().into_values());
    let driven = values.iter().try_fold(driven, |s, (name, value)| s.with(name, *value))?.starting_at(&start)?;
    let starts = match options.ensemble {
        1 => driven.start(),
        n => driven.scattered(n, options.spread, seed)?,
    };
    let sampling = options.sampling();
    if options.diffusion.is_empty() {
        return driven.trajectory(Some(&starts), &sampling, ctx);
    }
    let (size, additive) = noise::coefficients(&record, &values, &options.diffusion)?;
    let flow = driven.flow()?;
    // The motion without noise: it settles the times, and how long a step may be.
    let looks = thalweg_systems::Sampling { points: sampling.points.min(512), discard: 0, ..sampling.clone() };
    let quiet = driven.trajectory(Some(&driven.start()), &looks, ctx)?;
    let times = times(options, record.period)?;
    let step = step(options, record.step, &times);
    let along: Vec<f64> = quiet.states.iter().flat_map(|s| s.values().iter().copied()).collect();
    noise::stable(&record.name, &flow, &Points::new(driven.dim(), along)?, step)?;
    let how = (options.sense, options.scheme);
    noise::paths((&driven, &flow), (size, additive), how, &starts, (times, step), &ctx.with_seed(seed))
}

/// The kept times.
pub(super) fn times(options: &Options, period: Option<f64>) -> Result<Vec<f64>> {
    let interval = match (options.dt, period) {
        (Some(dt), _) => dt,
        (None, Some(period)) => period / options.points_per_period,
        (None, None) => {
            return Err(Error::input("The period of the law is not known.")
                .advise("Give the time between two points (dt, --dt) instead of points a period."));
        }
    };
    if options.points == 0 || !(interval.is_finite() && interval > 0.0) {
        return Err(Error::input(format!(
            "{} points that are {interval} of time apart were asked for, but at least 1 is needed, and the time must be finite and positive.",
            options.points
        )));
    }
    Ok((0..options.points).map(|k| (options.discard as f64 + k as f64) * interval).collect())
}

/// The step of a stochastic scheme.
pub(super) fn step(options: &Options, usual: Option<f64>, times: &[f64]) -> f64 {
    let interval = match times {
        [a, b, ..] => b - a,
        [a] if *a > 0.0 => *a,
        _ => 1.0,
    };
    options.step.unwrap_or_else(|| usual.unwrap_or(f64::INFINITY).min(interval / 16.0))
}

#[cfg(test)]
mod tests {
    use super::super::{NoiseScheme, Sense, Sweep};
    use super::*;

    fn own(line: &str) -> System {
        System::new(&thalweg_systems::read(line).unwrap()[0]).unwrap()
    }

    fn ends(followed: &Followed, state: usize) -> Vec<f64> {
        let last = followed.members[0].path.states.last().unwrap();
        last.rows().map(|x| x[state]).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// The Ornstein-Uhlenbeck process from rest: its variance at time t is s^2 (1 - exp(-2 k t)) / (2 k).
    #[test]
    fn additive_noise_has_the_variance_of_ornstein_and_uhlenbeck() {
        let subject = Subject::System(own("flow relax | x y | k=1.5 | -k*x; 0 | 0 0 | 1"));
        for seed in 0..3 {
            let options = Options {
                points: 2,
                dt: Some(0.8),
                ensemble: 4000,
                spread: 0.0,
                diffusion: vec![("x".into(), "0.7".into())],
                step: Some(0.02),
                seed,
                ..Options::default()
            };
            let ctx = Context::new(9, 1).unwrap();
            let followed = follow(&subject, &options, &ctx).unwrap();
            let squares: Vec<f64> = ends(&followed, 0).iter().map(|x| x * x).collect();
            let expected = 0.49 * (1.0 - (-2.4_f64).exp()) / 3.0;
            // Four standard errors of a variance of 4000 draws.
            let error = 4.0 * expected * (2.0 / 4000.0_f64).sqrt();
            assert!((mean(&squares) - expected).abs() < error, "{} {expected}", mean(&squares));
            assert!(ends(&followed, 1).iter().all(|y| *y == 0.0), "the other state has no noise");
        }
    }

    /// dx = s x dW: the mean stays 1 in the sense of Itô, is exp(s^2 t / 2) in that of Stratonovich, and exp(s^2 t) where the noise
    /// is taken at the end of a step.
    #[test]
    fn the_sense_of_multiplicative_noise_shows_in_the_mean() {
        let subject = Subject::System(own("flow stay | x | | 0 | 1 | 1"));
        for seed in 0..3 {
            let senses =
                [(Sense::Ito, 1.0), (Sense::Stratonovich, (0.125_f64).exp()), (Sense::AntiIto, (0.25_f64).exp())];
            for (sense, expected) in senses {
                let options = Options {
                    points: 2,
                    dt: Some(1.0),
                    ensemble: 4000,
                    spread: 0.0,
                    diffusion: vec![("x".into(), "0.5*x".into())],
                    sense,
                    step: Some(0.02),
                    seed,
                    ..Options::default()
                };
                let followed = follow(&subject, &options, &Context::new(0, 1).unwrap()).unwrap();
                // The variance of the lognormal end is expected^2 (exp(0.25) - 1).
                let error = 4.0 * expected * (0.25_f64.exp_m1() / 4000.0).sqrt();
                assert!(
                    (mean(&ends(&followed, 0)) - expected).abs() < error,
                    "{sense:?} {}",
                    mean(&ends(&followed, 0))
                );
            }
        }
    }

    /// x' = x^2 from x is 1 / (1/x - t): each of an ensemble ends at its own time, and does not end the others.
    #[test]
    fn each_trajectory_of_an_ensemble_is_kept_to_its_own_end() {
        let subject = Subject::System(own("flow burst | x | | x^2 | 1 | 1"));
        let options =
            Options { points: 30, dt: Some(0.1), ensemble: 6, spread: 0.8, tolerance: 1e-9, ..Options::default() };
        let followed = follow(&subject, &options, &Context::new(0, 1).unwrap()).unwrap();
        assert!(!followed.whole());
        let member = &followed.members[0];
        let starts: Vec<f64> = member.path.states[0].values().to_vec();
        let mut lengths = Vec::new();
        for (row, start) in starts.iter().enumerate() {
            let seen = |k: &usize| !member.missed[row][*k];
            let kept: Vec<usize> = (0..member.path.times.len()).filter(seen).collect();
            let lives = if *start > 0.0 { 1.0 / start } else { f64::INFINITY };
            let expected = (0..30).filter(|k| 0.1 * f64::from(*k) < lives).count();
            assert!(
                kept.len().abs_diff(expected) <= 1 && kept.iter().enumerate().all(|(a, b)| a == *b),
                "{kept:?} {start}"
            );
            for k in kept.iter().filter(|k| 0.1 * **k as f64 <= 0.9 * lives) {
                let (x, t) = (member.path.states[*k].row(row)[0], member.path.times[*k]);
                assert!((x * (1.0 / start - t) - 1.0).abs() < 1e-6, "{x} {t} {start}");
            }
            lengths.push(kept.len());
        }
        assert_eq!(followed.points(), lengths.iter().sum::<usize>());
        assert!(lengths.iter().max() > lengths.iter().min());
    }

    /// dx = x dt + s x dW in four steps of a quarter: the mean at time 1 is e, that of Euler and Maruyama (1 + h)^4, and that of
    /// a scheme of weak order 2 (1 + h + h^2 / 2)^4.
    #[test]
    fn the_scheme_that_is_chosen_is_the_one_that_goes() {
        let subject = Subject::System(own("flow grow | x | | x | 1 | 1"));
        let means = [
            (NoiseScheme::EulerMaruyama, 1.25_f64.powi(4)),
            (NoiseScheme::Milstein, 1.25_f64.powi(4)),
            (NoiseScheme::Platen, 1.28125_f64.powi(4)),
        ];
        for seed in 0..3 {
            for (scheme, expected) in means {
                let options = Options {
                    points: 2,
                    dt: Some(1.0),
                    ensemble: 2000,
                    spread: 0.0,
                    diffusion: vec![("x".into(), "0.1*x".into())],
                    scheme: Some(scheme),
                    step: Some(0.25),
                    seed,
                    ..Options::default()
                };
                let followed = follow(&subject, &options, &Context::new(0, 1).unwrap()).unwrap();
                let found = mean(&ends(&followed, 0));
                // The end scatters by a tenth; Euler's mean is 0.25 from that of Platen's.
                assert!((found - expected).abs() < 4.0 * 0.1 * expected / 2000.0_f64.sqrt(), "{scheme:?} {found}");
            }
        }
        // The scheme of strong order 1.5 for additive noise refuses any other, in a sentence.
        let wrong = Options {
            points: 2,
            dt: Some(1.0),
            diffusion: vec![("x".into(), "0.1*x".into())],
            scheme: Some(NoiseScheme::Sra1),
            ..Options::default()
        };
        assert!(follow(&subject, &wrong, &Context::new(0, 1).unwrap()).is_err());
    }

    #[test]
    fn sweeps_take_every_choice_and_begin_with_the_plain_simulation() {
        let subject = Subject::System(System::named("lorenz63").unwrap());
        let sweep = |parameter: &str, values: &[f64]| Sweep { parameter: parameter.into(), values: values.to_vec() };
        let options = Options {
            points: 5,
            ensemble: 2,
            noise: 0.1,
            sweep: vec![sweep("rho", &[28.0, 30.0]), sweep("sigma", &[10.0, 11.0, 12.0])],
            ..Options::default()
        };
        let ctx = Context::new(0, 1).unwrap();
        let swept = follow(&subject, &options, &ctx).unwrap();
        assert_eq!((swept.members.len(), swept.trajectories(), swept.points()), (6, 12, 60));
        assert_eq!(swept.members[4].parameters, [("rho".to_owned(), 30.0), ("sigma".to_owned(), 11.0)]);
        let plain = follow(&subject, &Options { sweep: Vec::new(), ..options.clone() }, &ctx).unwrap();
        assert_eq!(plain.members[0].path.states, swept.members[0].path.states);
        assert_ne!(swept.members[0].path.states, swept.members[3].path.states);
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_a_figure() {
        let subject = Subject::System(System::named("lorenz63").unwrap());
        let ctx = Context::new(0, 1).unwrap().with_memory(Some(1 << 20));
        let usual = Options { points: 10, ..Options::default() };
        let endless = Options { points: usize::MAX, ..usual.clone() };
        assert!(
            follow(&subject, &endless, &Context::new(0, 1).unwrap())
                .unwrap_err()
                .message()
                .contains("18446744073709551615 points")
        );
        let noisy = Options { diffusion: vec![(String::new(), "0.1".into())], ..usual.clone() };
        for (options, part) in [
            (Options { noise: -1.0, ..usual.clone() }, "-1"),
            (Options { points: 1_000_000, ..usual.clone() }, "memory budget"),
            (Options { step: Some(1.0), ..noisy.clone() }, "stability limit"),
            (Options { step: Some(0.01), ..usual.clone() }, "without noise"),
            (Options { diffusion: vec![("x".into(), "-2".into())], ..usual.clone() }, "-2"),
            (Options { diffusion: vec![("x".into(), "0.1*w".into())], ..usual.clone() }, "^"),
            (Options { ensemble: 0, ..usual.clone() }, "at least 1"),
            (Options { gaps: 1.5, ..usual.clone() }, "1.5"),
        ] {
            let error = follow(&subject, &options, &ctx).unwrap_err();
            let said = format!("{} {}", error.message(), error.advice().unwrap_or_default());
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    /// Asks to stop at the first look after the first trajectory of an ensemble has come to its end.
    struct Stopping(std::sync::Arc<std::sync::atomic::AtomicBool>);

    impl thalweg_core::Progress for Stopping {
        fn update(&self, _: &str, done: u64, _: u64, _: &str) {
            self.0.store(done > 100, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// Of an ensemble that is stopped, trajectories that were there are kept, and what is kept is what they would have been.
    #[test]
    fn an_ensemble_that_is_stopped_keeps_the_trajectories_that_were_there() {
        let subject = Subject::System(System::named("lorenz63").unwrap());
        let options = Options { points: 4000, ensemble: 40, noise: 0.0, ..Options::default() };
        let whole = follow(&subject, &options, &Context::new(0, 1).unwrap()).unwrap();
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let progress = std::sync::Arc::new(Stopping(std::sync::Arc::clone(&stop)));
        let ctx = Context::new(0, 1).unwrap().with_stop(stop).with_progress(progress);
        let cut = follow(&subject, &options, &ctx).unwrap();
        assert_eq!(cut.report.status, Status::Interrupted);
        assert!(cut.points() > 4000 && cut.points() < whole.points(), "{}", cut.points());
        assert_eq!(cut.table().unwrap().rows(), cut.points());
        for (k, state) in cut.members[0].path.states.iter().enumerate() {
            for (row, x) in state.rows().enumerate().filter(|(row, _)| !cut.members[0].missed[*row][k]) {
                assert_eq!(x, whole.members[0].path.states[k].row(row));
            }
        }
    }

    #[test]
    fn an_interruption_keeps_what_was_done() {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;
        let ctx = Context::new(0, 1).unwrap().with_stop(Arc::new(AtomicBool::new(true)));
        for name in ["lorenz63", "henon", "mackeyglass"] {
            let subject = Subject::System(System::named(name).unwrap());
            let followed = follow(&subject, &Options { dt: Some(0.1), ..Options::default() }, &ctx).unwrap();
            assert_eq!(followed.report.status, Status::Interrupted, "{name}");
            assert!(followed.points() < 1000, "{name}");
        }
    }
}
