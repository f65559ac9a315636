//! `thalweg simulate`: what a known law does, as a table with a `time` column and as a page.

use crate::{args, console, flux, systems};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thalweg_core::{Context, Error, Report, Result, Status};
use thalweg_io::OutTable;
use thalweg_run::registry;
use thalweg_run::simulation::laws::{law, with_laws};
use thalweg_run::simulation::{
    Growth, Law, NoiseScheme, Options, Outcome, Picture, Sense, Side, SimulationRecord, Stretch, Subject, Sweep,
    chosen, driven, exponents, follow, keep, require_no_noise, stretch,
};
use thalweg_systems::{Kind, Record, System, find};

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

/// Whether the output is a folder: a path without an extension.
fn is_folder(output: &Path) -> bool {
    output.extension().is_none()
}

fn check_outputs(args: &args::Simulate) -> Result<()> {
    if args.output == Path::new("-") {
        return Err(Error::input("The output is -, but tables and folders are not written to the terminal.")
            .advise("Name a file such as orbit.csv, or a folder."));
    } else if !is_folder(&args.output) {
        thalweg_io::check_output(&args.output)?;
    } else if args.output.is_file() {
        return Err(Error::input(format!(
            "{} is a file, but without an extension it is a folder.",
            args.output.display()
        ))
        .advise("Choose another -o."));
    } else if args.report.is_some() {
        return Err(Error::input("A page was asked for beside a folder, which has one of its own.")
            .advise("Leave --report out, or give -o an extension such as .parquet."));
    }
    match &args.report {
        Some(page) if page.extension().is_none_or(|e| e != "html") => {
            Err(Error::input(format!("The page {} has no extension .html.", page.display())))
        }
        _ => Ok(()),
    }
}

/// Whether anybody will look at a page.
fn pictured(args: &args::Simulate) -> bool {
    is_folder(&args.output) || args.report.is_some()
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
    let records = systems::records(args.file.as_deref())?;
    let found = find(&records, &args.name);
    let plain = found.map_err(|error| if args.file.is_none() { with_laws(&args.name, error) } else { error })?;
    let options = options(args)?;
    let driven = System::new(&driven(plain, &options.drive)?)?;
    let system = options.parameters.iter().try_fold(driven, |s, (name, value)| s.with(name, *value))?;
    let system = options.start.as_deref().map_or(Ok(system.clone()), |start| system.starting_at(start))?;
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

/// `state=from:to:count`.
fn side(text: &str) -> Result<Side> {
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

/// Flags that only mean something for trajectories, and whether they were given.
fn flags_of_trajectories(args: &args::Simulate) -> [(&'static str, bool); 10] {
    [
        ("--points-per-period", args.points_per_period.is_some()),
        ("--dt", args.dt.is_some()),
        ("--discard", args.discard.is_some()),
        ("--sweep", !args.sweep.is_empty()),
        ("--ensemble", args.ensemble.is_some()),
        ("--spread", args.spread.is_some()),
        ("--sde", !args.sde.is_empty()),
        ("--step", args.step.is_some()),
        ("--noise", args.noise.is_some()),
        ("--gaps", args.gaps.is_some()),
    ]
}

fn refuse(why: &str, args: &args::Simulate, flags: &[(&str, bool)]) -> Result<()> {
    let exponents = ("--exponents", args.exponents);
    match flags.iter().chain([&exponents]).find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => {
            Err(Error::input(format!("{why}, and {flag} is for trajectories.")).advise("Leave one of both out."))
        }
    }
}

/// A law has settings and no trajectories; what only means something for those is refused, not ignored.
fn refuse_flags_of_systems(law: &Law, args: &args::Simulate) -> Result<()> {
    let others = [
        ("--start", !args.start.is_empty()),
        ("--drive", !args.drive.is_empty()),
        ("--exponents", args.exponents),
        ("--ftle", args.ftle.is_some()),
        ("--tolerance", args.tolerance.is_some()),
    ];
    let given = flags_of_trajectories(args).into_iter().chain(others).collect::<Vec<_>>();
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => {
            Err(Error::input(format!("{flag} is for systems of the catalogue, and {} is a law.", law.name))
                .advise(format!("Its settings are (--set name=value):\n{}", law.described())))
        }
    }
}

fn by_system(args: &args::Simulate, ctx: &Context) -> Result<Done> {
    let records = systems::records(args.file.as_deref())?;
    let found = find(&records, &args.name);
    let plain = found.map_err(|error| if args.file.is_none() { with_laws(&args.name, error) } else { error })?;
    refuse_flags_of_flows(plain, args)?;
    let options = options(args)?;
    if args.exponents {
        require_no_noise(&options)?;
    }
    let subject = Subject::System(System::new(plain)?);
    let began = std::time::Instant::now();
    let followed = follow(&subject, &options, ctx)?;
    let system = plain.clone();
    let record_of = driven(&system, &options.drive)?;
    let mut picture = Picture::of(&followed, &record_of);
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

/// The time of a map is its iteration; what spaces points in time is refused, not ignored. So are other flags that would do
/// nothing.
fn refuse_flags_of_flows(record: &Record, args: &args::Simulate) -> Result<()> {
    let spacing = [("--dt", args.dt.is_some()), ("--points-per-period", args.points_per_period.is_some())];
    if let Some((flag, _)) = spacing.iter().find(|(_, given)| *given && record.kind == Kind::Map) {
        return Err(Error::input(format!(
            "{flag} spaces points in time, but {} is a map, whose time is the number of iterations.",
            record.name
        ))
        .advise(format!("Leave {flag} out; -n is the number of iterations that are kept.")));
    }
    let idle = [
        ("--sense", args.sense.is_some() && args.sde.is_empty(), "noise of the motion (--sde)"),
        ("--spread", args.spread.is_some() && args.ensemble.is_none(), "an ensemble (--ensemble)"),
    ];
    match idle.iter().find(|(_, given, _)| *given) {
        None => Ok(()),
        Some((flag, _, needs)) => Err(Error::input(format!("{flag} was given, but does nothing without {needs}."))
            .advise(format!("Give {needs} too, or leave {flag} out."))),
    }
}

fn record(name: &str, args: &args::Simulate, report: &Report) -> SimulationRecord {
    SimulationRecord { command: std::env::args().collect(), ..SimulationRecord::new(name, args.seed, report) }
}

/// `name=value`; `example` shows how.
fn pair(text: &str, example: &str) -> Result<(String, String)> {
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

fn options(args: &args::Simulate) -> Result<Options> {
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
fn described(record: &Record) -> String {
    let count = record.states.len();
    format!("a {} of {count} state{}", record.kind.name(), if count == 1 { "" } else { "s" })
}

/// What was chosen, for the record.
fn settings(options: &Options) -> Vec<(String, String)> {
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

/// Writes the table, or the folder, and the page; says what became of it.
fn deliver(mut done: Done, args: &args::Simulate) -> Result<ExitCode> {
    let mut written: Vec<PathBuf> = vec![args.output.clone()];
    if is_folder(&args.output) {
        let picture = done.picture.take().unwrap_or_default();
        keep(&args.output, &mut done.record, &picture, &done.table, done.figures.as_ref())?;
        written.push(thalweg_report::write_page(&args.output, &Context::new(0, 1)?)?);
    } else {
        thalweg_io::write(&args.output, &done.table)?;
        if let (Some(path), Some(picture)) = (&args.report, done.picture.take()) {
            let page = thalweg_report::simulation_html(&done.record, &picture)?;
            thalweg_io::write_atomically(path, |out| {
                std::io::Write::write_all(out, page.as_bytes())
                    .map_err(|e| Error::system(format_args!("write {}", path.display()), e))
            })?;
            written.push(path.clone());
        }
    }
    say(&done.record, &written, args)
}

fn say(record: &SimulationRecord, written: &[PathBuf], args: &args::Simulate) -> Result<ExitCode> {
    let SimulationRecord { name, rows, report, .. } = record;
    if report.status == Status::Interrupted {
        console::note(&format!("warning: {name} was interrupted; what was done until then is kept."));
    } else if !report.converged() {
        console::note(&format!(
            "warning: The motion of {name} left the finite range, or ran out of steps; {rows} rows were kept. {}",
            report.advice.as_deref().unwrap_or_default()
        ));
    }
    if args.resources.json {
        let mut value = serde_json::json!(record);
        value["output"] = serde_json::json!(args.output);
        value["points"] = serde_json::json!(rows);
        value["whole"] = serde_json::json!(report.converged());
        console::print_json(&value)?;
    } else {
        let facts: String = record.facts.iter().map(|(fact, value)| format!("{fact:<28} {value:.6e}\n")).collect();
        let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        console::print(&format!("{facts}{rows} points of {name}: {}\n", paths.join(", ")))?;
    }
    Ok(match report.status {
        Status::Converged => ExitCode::SUCCESS,
        Status::Interrupted => ExitCode::from(Error::interrupted().exit_code()),
        _ => ExitCode::FAILURE,
    })
}
