//! What the flags of `thalweg simulate` ask for, and how a record tells it.

use crate::args;
use thalweg_core::{Error, Result};
use thalweg_run::simulation::{NoiseScheme, Options, Sense, Side, Sweep};
use thalweg_systems::Record;
/// `name=value`; `example` shows how.
pub(super) fn pair(text: &str, example: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Error::input(format!("\"{text}\" is not a name with a value."))
            .advise(format!("Write for example {example}."))),
    }
}

fn number(text: &str, whole: &str, example: &str) -> Result<f64> {
    text.trim().parse().map_err(|_| {
        Error::input(format!("\"{}\" in \"{whole}\" is not a number.", text.trim()))
            .advise(format!("Write for example {example}."))
    })
}

/// Values most of a sweep, `from:to:count`.
const MOST_VALUES: f64 = 1e5;

/// `name=a,b,c` or `name=from:to:count`.
fn sweep(text: &str) -> Result<Sweep> {
    let example = "--sweep rho=20,24,28 or --sweep rho=20:28:5";
    let (parameter, values) = pair(text, example)?;
    let numbers = |separator| values.split(separator).map(|v| number(v, text, example)).collect::<Result<Vec<f64>>>();
    let values = match numbers(':') {
        Ok(range) if range.len() == 3 => {
            let (from, to, count) = (range[0], range[1], range[2]);
            if !(count.fract() == 0.0 && (2.0..=MOST_VALUES).contains(&count)) {
                return Err(Error::input(format!(
                    "{count} values of {parameter} were asked for, but a range has 2 to {MOST_VALUES}."
                )));
            }
            (0..count as usize).map(|k| from + (to - from) * k as f64 / (count - 1.0)).collect()
        }
        _ => numbers(',')?,
    };
    Ok(Sweep { parameter, values })
}

pub(super) fn options(args: &args::Simulate) -> Result<Options> {
    let usual = Options::default();
    let value = |text: &String| {
        let (name, value) = pair(text, "--set rho=28")?;
        Ok((name, number(&value, text, "--set rho=28")?))
    };
    // Without a name before the sign it is the size for every state; `<=` and its like are not in the language.
    let size = |text: &String| match text.split_once('=') {
        Some(_) => pair(text, "--sde x=0.1*x"),
        None => Ok((String::new(), text.clone())),
    };
    Ok(Options {
        points: args.n.unwrap_or(usual.points),
        points_per_period: args.points_per_period.unwrap_or(usual.points_per_period),
        dt: args.dt,
        discard: args.discard.unwrap_or(usual.discard),
        tolerance: args.tolerance.unwrap_or(usual.tolerance),
        parameters: args.set.iter().map(value).collect::<Result<_>>()?,
        start: (!args.start.is_empty()).then(|| args.start.clone()),
        ensemble: args.ensemble.unwrap_or(usual.ensemble),
        spread: args.spread.unwrap_or(usual.spread),
        sweep: args.sweep.iter().map(|text| sweep(text)).collect::<Result<_>>()?,
        drive: args.drive.iter().map(|text| pair(text, "--drive \"x=2*cos(1.2*t)\"")).collect::<Result<_>>()?,
        diffusion: args.sde.iter().map(size).collect::<Result<_>>()?,
        sense: match args.sense.unwrap_or(args::Sense::Ito) {
            args::Sense::Ito => Sense::Ito,
            args::Sense::Stratonovich => Sense::Stratonovich,
            args::Sense::AntiIto => Sense::AntiIto,
        },
        scheme: args.scheme.map(|scheme| match scheme {
            args::NoiseScheme::EulerMaruyama => NoiseScheme::EulerMaruyama,
            args::NoiseScheme::Heun => NoiseScheme::Heun,
            args::NoiseScheme::Milstein => NoiseScheme::Milstein,
            args::NoiseScheme::Sra1 => NoiseScheme::Sra1,
            args::NoiseScheme::Sri1 => NoiseScheme::Sri1,
            args::NoiseScheme::Platen => NoiseScheme::Platen,
        }),
        step: args.step,
        noise: args.noise.unwrap_or(usual.noise),
        gaps: args.gaps.unwrap_or(usual.gaps),
        gap_length: args.gap_length,
        seed: args.seed,
    })
}

/// Values of a sweep that are listed; of more both ends are told.
const LISTED: usize = 8;

fn shortly(values: &[f64]) -> String {
    match values {
        [first, .., last] if values.len() > LISTED => format!("{} values from {first} to {last}", values.len()),
        _ => values.iter().map(f64::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// `a map of 1 state`.
pub(super) fn described(record: &Record) -> String {
    let count = record.states.len();
    format!("a {} of {count} state{}", record.kind.name(), if count == 1 { "" } else { "s" })
}

/// What was chosen, for the record.
pub(super) fn settings(options: &Options) -> Vec<(String, String)> {
    let mut list = options.parameters.iter().map(|(k, v)| (k.clone(), v.to_string())).collect::<Vec<_>>();
    list.extend(options.sweep.iter().map(|s| (format!("{} from", s.parameter), shortly(&s.values))));
    list.extend(options.drive.iter().map(|(state, term)| (format!("drive of {state}"), term.clone())));
    list.extend(options.diffusion.iter().map(|(state, term)| {
        (if state.is_empty() { "noise".to_owned() } else { format!("noise of {state}") }, term.clone())
    }));
    if !options.diffusion.is_empty() {
        list.push(("sense".into(), format!("{:?}", options.sense)));
        list.extend(options.scheme.map(|scheme| ("scheme".into(), format!("{scheme:?}"))));
    }
    let figures = [("noise of observation", options.noise), ("missing", options.gaps)];
    list.extend(figures.into_iter().filter(|(_, v)| *v > 0.0).map(|(name, v)| (name.to_owned(), v.to_string())));
    list
}

/// `state=from:to:count`.
pub(super) fn side(text: &str) -> Result<Side> {
    let example = "--plane x=0:2:201";
    let (state, range) = pair(text, example)?;
    let numbers = range.split(':').map(|v| number(v, text, example)).collect::<Result<Vec<f64>>>()?;
    match numbers[..] {
        [from, to, count] if count.fract() == 0.0 && (4.0..=MOST_VALUES).contains(&count) => {
            Ok(Side { state, from, to, count: count as usize })
        }
        _ => Err(Error::input(format!(
            "\"{text}\" is no side of a plane: from, to and how many places, 4 to {MOST_VALUES}."
        ))
        .advise(format!("Write for example {example}."))),
    }
}
