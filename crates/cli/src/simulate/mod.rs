//! `thalweg simulate`: what a known law does, as a table with a `time` column and as a page.

mod deliver;
mod flags;
mod options;

use crate::{args, console, flux, systems};
use deliver::{check_outputs, deliver, pictured};
use flags::{flags_of_trajectories, refuse, refuse_flags_of_flows, refuse_flags_of_systems};
use options::{described, options, pair, settings, side};
use std::process::ExitCode;
use thalweg_core::{Context, Error, Report, Result, Status};
use thalweg_io::OutTable;
use thalweg_run::registry;
use thalweg_run::simulation::laws::{law, with_laws};
use thalweg_run::simulation::{
    Growth, Law, Outcome, Picture, SimulationRecord, Stretch, Subject, chosen, driven, exponents, follow,
    require_no_noise, stretch,
};
use thalweg_systems::{Record, System, find};

/// Follows a system or a law and writes what was seen of it; what ends early is written as far as it came.
pub fn simulate(args: args::Simulate) -> Result<ExitCode> {
    if flux::is_meant(&args) {
        return flux::simulate(&args);
    }
    check_outputs(&args)?;
    let ctx = console::context(args.seed, &args.resources)?;
    let named = if args.file.is_none() { law(&args.name) } else { None };
    let done = match (named, args.ftle) {
        (Some(law), _) => by_law(law, &args, &ctx)?,
        (None, Some(length)) => by_stretching(length, &args, &ctx)?,
        (None, None) => by_system(&args, &ctx)?,
    };
    deliver(done, &args)
}

/// What there is to write.
struct Done {
    record: SimulationRecord,
    picture: Option<Picture>,
    table: OutTable,
    figures: Option<OutTable>,
}

fn by_law(law: &Law, args: &args::Simulate, ctx: &Context) -> Result<Done> {
    refuse_flags_of_systems(law, args)?;
    let set: Vec<(String, String)> = args.set.iter().map(|s| pair(s, "--set nu=0.5")).collect::<Result<_>>()?;
    let settings = law.settings(&set, args.n)?;
    let began = std::time::Instant::now();
    let outcome = law.follow(&settings, ctx)?;
    let method = registry::method(law.method)?;
    let record = SimulationRecord {
        kind: "law".into(),
        summary: law.summary.into(),
        settings: settings.listed(),
        citation: Some(method.citation.bibtex.into()),
        ..record(law.name, args, &outcome.report.clone().timed(began))
    };
    whole(&outcome, record, args)
}

/// What there is to write of an outcome.
fn whole(outcome: &Outcome, record: SimulationRecord, args: &args::Simulate) -> Result<Done> {
    let table = outcome.table()?;
    // JSON has no other numbers.
    let facts = outcome.facts.iter().filter(|(_, value)| value.is_finite()).cloned().collect();
    let record = SimulationRecord { rows: table.rows(), facts, ..record };
    let picture = pictured(args).then(|| Picture::of_law(outcome));
    Ok(Done { record, picture, figures: outcome.figures()?, table })
}

/// Times of a map of exponents that are kept where nothing else is asked for.
const LENGTHS: usize = 31;

/// A map of finite-time exponents in place of trajectories.
fn by_stretching(length: f64, args: &args::Simulate, ctx: &Context) -> Result<Done> {
    refuse("--ftle is about the flow itself", args, &flags_of_trajectories(args))?;
    let plain = &named(args)?;
    let options = options(args)?;
    let system = chosen(plain, &options)?;
    let plane = match &args.plane[..] {
        [] => None,
        [x, y] => Some([side(x)?, side(y)?]),
        other => {
            return Err(Error::input(format!("{} sides of a plane were given, but it has two.", other.len()))
                .advise("Write for example --plane x=0:2:201 --plane y=0:1:101."));
        }
    };
    let tolerance = args.tolerance.unwrap_or(1e-7);
    let asked = Stretch { plane, length, frames: args.n.unwrap_or(LENGTHS), tolerance };
    let began = std::time::Instant::now();
    let outcome = stretch(&system, &asked, ctx)?;
    let mut settings = settings(&options);
    settings.push(("time".into(), length.to_string()));
    let record = SimulationRecord {
        kind: plain.kind.name().into(),
        summary: format!("finite-time Lyapunov exponents of {}, {}", plain.name, towards(length)),
        settings,
        reference: plain.reference.clone(),
        ..record(&plain.name, args, &outcome.report.clone().timed(began))
    };
    whole(&outcome, record, args)
}

fn towards(length: f64) -> &'static str {
    if length > 0.0 { "forward: ridges repel" } else { "backward: ridges attract" }
}

/// The record that was named, of a user's file or of the catalogue.
fn named(args: &args::Simulate) -> Result<Record> {
    let records = systems::records(args.file.as_deref())?;
    let found = find(&records, &args.name).cloned();
    found.map_err(|error| if args.file.is_none() { with_laws(&args.name, error) } else { error })
}

fn by_system(args: &args::Simulate, ctx: &Context) -> Result<Done> {
    let plain = &named(args)?;
    refuse_flags_of_flows(plain, args)?;
    let options = options(args)?;
    if args.exponents {
        require_no_noise(&options)?;
    }
    let subject = Subject::System(System::new(plain)?);
    let began = std::time::Instant::now();
    let followed = follow(&subject, &options, ctx)?;
    let mut picture = Picture::of(&followed, &driven(plain, &options.drive)?);
    let mut facts = Vec::new();
    if args.exponents && followed.report.status != Status::Interrupted {
        let system = chosen(plain, &options)?;
        if options.sweep.is_empty() {
            picture = picture.with_exponents(&system, ctx)?;
            facts = picture.convergence.last().map_or(Vec::new(), |last| told(&last.values, &last.errors, ""));
        } else {
            for Growth { parameters, found } in exponents(&system, &options, ctx)? {
                let place = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
                facts.extend(told(&found.values, &found.errors, &format!(" at {}", place.join(", "))));
            }
        }
    }
    let table = followed.table()?;
    let record = SimulationRecord {
        kind: plain.kind.name().into(),
        summary: described(plain),
        settings: settings(&options),
        trajectories: followed.trajectories(),
        rows: table.rows(),
        facts,
        reference: plain.reference.clone(),
        warnings: if plain.note.is_empty() { Vec::new() } else { vec![plain.note.clone()] },
        ..record(&plain.name, args, &followed.report.clone().timed(began))
    };
    Ok(Done { record, picture: pictured(args).then_some(picture), table, figures: None })
}

/// Exponents with their errors; `place` ends their names.
fn told(values: &[f64], errors: &[f64], place: &str) -> Vec<(String, f64)> {
    let one = |(k, (value, error)): (usize, (&f64, &f64))| {
        [(format!("exponent {}{place}", k + 1), *value), (format!("its error {}{place}", k + 1), *error)]
    };
    // JSON has no other numbers, and a map that loses a direction at once has minus infinity.
    values.iter().zip(errors).enumerate().flat_map(one).filter(|(_, value)| value.is_finite()).collect()
}

fn record(name: &str, args: &args::Simulate, report: &Report) -> SimulationRecord {
    SimulationRecord { command: std::env::args().collect(), ..SimulationRecord::new(name, args.seed, report) }
}
