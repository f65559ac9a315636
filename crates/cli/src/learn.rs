//! `thalweg learn` and `thalweg demo`.

use crate::{args, console};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use thalweg_core::{Class, Context, Error, Report, Result, Snapshots, Status, listed};
use thalweg_io::{Request, Selection};
use thalweg_run::{Config, Destination, Existing, Finished, Origin, demo as population, text};

/// Features that the summary names.
const NAMED: usize = 8;
/// Where the demo goes.
const DEMO: &str = "runs/demo";

/// Learns from a table.
pub fn learn(args: args::Learn) -> Result<ExitCode> {
    let config = configuration(&args)?;
    let ctx = console::context(config.seed, &args.resources)?;
    let time = config.time.clone().ok_or_else(|| {
        Error::input("The column with the time of each row was not named.").advise("Name it with --time KEY.")
    })?;
    let request = Request {
        time: Some(time),
        features: match &config.features {
            Some(text) => text.parse()?,
            None => Selection::default(),
        },
        weights: config.weights.clone(),
        labels: None,
    };
    let table = thalweg_io::read(&args.data, &request, ctx.memory())?;
    let snapshots = table.snapshots()?;
    for warning in &table.warnings {
        console::note(&format!("warning: {warning}"));
    }
    let existing = if args.resume { Existing::Resume } else { Existing::Refuse };
    let source = args.data.file_name().map(|name| name.to_string_lossy().into_owned());
    let origin = Origin { command: command(), source, warnings: table.warnings };
    finish(&snapshots, &config, &origin, &args.output, existing, &args.resources, &ctx)
}

/// Learns from the demo population.
pub fn demo(args: args::Demo) -> Result<ExitCode> {
    let output = match args.output {
        Some(path) => path,
        None if args.resume => PathBuf::from(DEMO),
        None => free_folder()?,
    };
    let ctx = console::context(args.seed, &args.resources)?;
    let snapshots = population::population(args.seed)?;
    let config = Config { seed: args.seed, hold_out: vec![2.0], time: Some("day".into()), ..Config::default() };
    let existing = if args.resume { Existing::Resume } else { Existing::Refuse };
    let origin = Origin { command: command(), source: Some("The demo population".into()), warnings: Vec::new() };
    finish(&snapshots, &config, &origin, &output, existing, &args.resources, &ctx)
}

/// The words of the command to remember: a run is resumed to what its command makes without `--resume`.
fn command() -> Vec<String> {
    // A path need not be UTF-8; what is not is shown with marks of replacement.
    let words = std::env::args_os().filter(|word| word != "--resume");
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

fn finish(
    snapshots: &Snapshots,
    config: &Config,
    origin: &Origin,
    output: &Path,
    existing: Existing,
    resources: &args::Resources,
    ctx: &Context,
) -> Result<ExitCode> {
    let start = Instant::now();
    let destination = Some(Destination { root: output, existing });
    let finished = thalweg_run::learn(snapshots, config, origin, destination, ctx).map_err(|e| resumable(e, output))?;
    let page = thalweg_report::write_page(output, ctx).map_err(|e| resumable(e, output))?;
    if resources.json {
        console::print_json(&serde_json::json!({
            "run": output,
            "page": page,
            "method": finished.record.method,
            "report": finished.report,
            "metrics": finished.metrics,
            "seconds": start.elapsed().as_secs_f64(),
        }))?;
    } else {
        console::print(&summary(&finished, output, &page, start.elapsed().as_secs_f64()))?;
    }
    let complaints = complaints(&finished);
    complaints.iter().for_each(console::complain);
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What speaks against a finished run.
fn complaints(finished: &Finished) -> Vec<Error> {
    let training = (!finished.report.converged()).then(|| unconverged(&finished.report));
    let failures =
        finished.metrics.failures.iter().map(|failure| {
            Error::failed(&failure.reason).within(format_args!("No prediction of time {}", failure.time))
        });
    training.into_iter().chain(failures).collect()
}

/// What the report of a training says against its model.
fn unconverged(report: &Report) -> Error {
    let why = report.advice.clone().unwrap_or_else(|| format!("It stopped after {} steps.", report.iterations));
    match report.status {
        Status::Diverged => Error::failed(why),
        _ => Error::failed(format!("Not converged: {why}")),
    }
}

/// Says how to go on after an interruption.
fn resumable(error: Error, output: &Path) -> Error {
    match error.class() {
        Class::Interrupted => {
            error.advise(format!("Repeat the command with --resume to go on with the run in {}.", output.display()))
        }
        _ => error,
    }
}

fn summary(finished: &Finished, output: &Path, page: &Path, seconds: f64) -> String {
    let record = &finished.record;
    let mut out = format!(
        "{} ({}) on {} snapshots of {}\n\n",
        record.method,
        record.id,
        record.data.snapshots.len(),
        listed(&record.data.features, NAMED)
    );
    out.push_str(&text(&finished.metrics));
    if let Some(advice) = finished.report.advice.as_deref().filter(|_| finished.report.converged()) {
        out.push_str(&format!("\nNote: {advice}\n"));
    }
    out.push_str(&format!("\n{seconds:.1} s. Run: {}  Open: {}\n", output.display(), page.display()));
    out
}

fn configuration(args: &args::Learn) -> Result<Config> {
    let mut config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    let replace = |field: &mut Option<String>, flag: &Option<String>| {
        if flag.is_some() {
            field.clone_from(flag);
        }
    };
    replace(&mut config.time, &args.time);
    replace(&mut config.features, &args.features);
    replace(&mut config.weights, &args.weights);
    replace(&mut config.method, &args.method);
    if !args.hold_out.is_empty() {
        config.hold_out.clone_from(&args.hold_out);
    }
    if let Some(seed) = args.seed {
        config.seed = seed;
    }
    for assignment in &args.set {
        config.set(assignment)?;
    }
    Ok(config)
}

/// `runs/demo`, or the first `runs/demo-N` that does not exist.
fn free_folder() -> Result<PathBuf> {
    std::iter::once(DEMO.to_owned())
        .chain((2..10_000).map(|n| format!("{DEMO}-{n}")))
        .map(PathBuf::from)
        .find(|p| !p.exists())
        .ok_or_else(|| Error::input("runs/ holds 10,000 demos already.").advise("Name a folder with -o."))
}
