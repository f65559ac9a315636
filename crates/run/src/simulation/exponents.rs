//! Lyapunov exponents beside trajectories: of the motion that was asked for, at every choice of a sweep.

use super::follow::choices;
use super::{Options, driven};
use thalweg_core::{Class, Context, Error, Result};
use thalweg_systems::{Exponents, Lyapunov, Record, System};

/// Stretches over which the exponents of a choice are averaged.
const STRETCHES: usize = 256;

/// Exponents at one choice of the swept parameters.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Names and values of the swept parameters.
    pub parameters: Vec<(String, f64)>,
    /// The exponents with their errors.
    pub found: Exponents,
}

/// Refuses exponents of a motion with noise: tangents are carried along the law without it.
///
/// # Errors
/// Noise of the motion.
pub fn require_no_noise(options: &Options) -> Result<()> {
    match options.diffusion.first() {
        None => Ok(()),
        Some((_, term)) => Err(Error::input(format!(
            "Lyapunov exponents were asked for of a motion with the noise {term}, but they are computed along the motion without it."
        ))
        .advise("Leave --exponents out, or the noise; `thalweg measure FILE --what lyapunov` takes them from the noisy series.")),
    }
}

/// The system of `record` with the drive, the parameters and the initial state of `options`.
///
/// # Errors
/// Names that are not known; a drive that cannot be read; an initial state of another dimension.
pub fn chosen(record: &Record, options: &Options) -> Result<System> {
    let driven = System::new(&driven(record, &options.drive)?)?;
    let system = options.parameters.iter().try_fold(driven, |system, (name, value)| system.with(name, *value))?;
    options.start.as_deref().map_or(Ok(system.clone()), |start| system.starting_at(start))
}

/// The exponents of `system` at every choice of the sweeps of `options`, each over 256 stretches (periods of a flow, hundreds
/// of iterations of a map, delays). An interruption ends them early.
///
/// # Errors
/// As [`System::exponents`]; noise of the motion.
pub fn exponents(system: &System, options: &Options, ctx: &Context) -> Result<Vec<Growth>> {
    require_no_noise(options)?;
    let choices = choices(options)?;
    let total = choices.len() as u64;
    let lengths = Lyapunov { orbits: 1, stretches: STRETCHES, ..Lyapunov::default() };
    let mut all = Vec::with_capacity(choices.len());
    for parameters in choices {
        ctx.progress("exponents", all.len() as u64, total, "");
        let here = parameters.iter().try_fold(system.clone(), |system, (name, value)| system.with(name, *value))?;
        match here.exponents(&lengths, ctx) {
            Ok(found) => all.push(Growth { parameters, found }),
            Err(error) if error.class() == Class::Interrupted => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::Sweep;
    use super::*;

    /// The logistic map at r: ln 2 at 4, and ln |2 - r| where it rests in its fixed point, from 1 to 3.
    #[test]
    fn each_choice_of_a_sweep_has_exponents_of_its_own() {
        let system = System::named("logistic").unwrap();
        let values = vec![2.5, 2.8, 4.0];
        let options = Options { sweep: vec![Sweep { parameter: "r".into(), values }], ..Options::default() };
        let all = exponents(&system, &options, &Context::new(0, 1).unwrap()).unwrap();
        let expected = [0.5_f64.ln(), 0.8_f64.ln(), 2.0_f64.ln()];
        assert_eq!(all.iter().map(|g| g.parameters[0].1).collect::<Vec<_>>(), [2.5, 2.8, 4.0]);
        for (growth, expected) in all.iter().zip(expected) {
            assert!((growth.found.values[0] - expected).abs() < 5e-3, "{growth:?} {expected}");
        }
    }

    #[test]
    fn exponents_are_those_of_the_motion_that_was_asked_for() {
        // Two wells of other widths: from x < 0 the motion ends where the rate falls by 1, from x > 0 where it falls by 2.
        let well = "flow wells | x | k=1 | (1-step(x))*(-k*(x+1))+step(x)*(-2*k*(x-1)) | 1 | 1";
        let record = &thalweg_systems::read(well).unwrap()[0];
        let ctx = Context::new(0, 1).unwrap();
        for (start, expected) in [(1.5, -2.0), (-1.5, -1.0)] {
            let options = Options { start: Some(vec![start]), ..Options::default() };
            let found = exponents(&chosen(record, &options).unwrap(), &options, &ctx).unwrap();
            assert!((found[0].found.values[0] - expected).abs() < 1e-6, "{found:?}");
        }
        let noisy = Options { diffusion: vec![("x".into(), "0.1".into())], ..Options::default() };
        let error = exponents(&chosen(record, &noisy).unwrap(), &noisy, &ctx).unwrap_err();
        assert!(error.message().contains("0.1") && error.advice().is_some_and(|a| a.contains("measure")));
    }
}
