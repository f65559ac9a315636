//! A whole run: train, save, evaluate, record.

use crate::config::{Config, merged};
use crate::evaluate::{Metrics, evaluate};
use crate::folder::{Existing, RunFolder, read_json};
use crate::keep::write_results;
use crate::record::{DataRecord, Origin, Outcome, Record};
use crate::{refusals, registry};
use serde_json::{Map, Value};
use std::path::Path;
use std::time::Instant;
use thalweg_core::{Class, Context, Error, Report, Result, Snapshots, Status};
use thalweg_nn::{Learner, Model, Workspace};

/// What a run leaves in memory; the same lies in its folder.
#[derive(Debug)]
pub struct Finished {
    /// The learned law.
    pub model: Model,
    /// How the training ended.
    pub report: Report,
    /// The evaluation table.
    pub metrics: Metrics,
    /// The record written as `run.json`.
    pub record: Record,
}

/// Where a run writes.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The run folder.
    pub root: &'a Path,
    /// Whether a run there is continued.
    pub existing: Existing,
}

/// Learns the law of `snapshots`, evaluates it and, given a destination, leaves a run folder.
///
/// # Errors
/// Bad input or configuration (nothing is written); a folder that cannot be used; divergence or interruption (the
/// folder keeps its checkpoints and says what happened).
pub fn learn(
    snapshots: &Snapshots,
    config: &Config,
    origin: &Origin,
    destination: Option<Destination<'_>>,
    ctx: &Context,
) -> Result<Finished> {
    let start = Instant::now();
    let ctx = &ctx.with_seed(config.seed);
    config.check()?;
    let training = snapshots.without(&config.hold_out)?;
    refusals::check_held(&config.hold_out, &training)?;
    refusals::check_scale(snapshots)?;
    let learner = choose(config, &training)?;
    let settings = merged(&(learner.method.defaults)(), &config.settings);
    let mut record = Record {
        thalweg: env!("CARGO_PKG_VERSION").to_owned(),
        command: origin.command.clone(),
        source: origin.source.clone(),
        method: learner.method.name.to_owned(),
        id: learner.method.id.to_owned(),
        config: config.clone(),
        settings: settings.clone(),
        data: DataRecord::of(snapshots),
        warnings: origin.warnings.clone(),
        outcome: Outcome::Running,
        report: None,
        seconds: 0.0,
        citation: learner.method.citation.bibtex.to_owned(),
    };
    (learner.validate)(&settings, &training).map_err(|e| blamed(e, learner, config, &training))?;
    refusals::check_early_stop(&settings)?;
    ctx.require_memory(memory(learner, &settings, snapshots, config, ctx)?, "This run")?;
    let (folder, previous) = match destination {
        Some(d) => open(d, &mut record).map(|(folder, previous)| (Some(folder), previous))?,
        None => (None, None),
    };
    let spent = record.seconds;
    let result = train(learner, &settings, &training, snapshots, config, folder.as_ref(), ctx);
    record.seconds = spent + start.elapsed().as_secs_f64();
    match result {
        Ok((model, report, metrics)) => {
            record.outcome = match report.status {
                Status::Diverged => Outcome::Failed { reason: report.advice.clone().unwrap_or_default() },
                _ => match metrics.failures.first() {
                    Some(failure) => Outcome::Failed { reason: failure.reason.clone() },
                    None => Outcome::Done,
                },
            };
            record.report = Some(report.clone());
            if previous.is_some_and(|previous| previous.trained_as_far(&record)) {
                record.seconds = spent;
            }
            if let Some(folder) = &folder {
                write_results(folder, &record, &metrics)?;
            }
            Ok(Finished { model, report, metrics, record })
        }
        Err(error) => {
            record.outcome = match error.class() {
                Class::Interrupted => Outcome::Interrupted,
                _ => Outcome::Failed { reason: error.to_string() },
            };
            if let Some(folder) = &folder {
                // What stopped the run is what the user must hear, even if the disk has no room to note it.
                let _ = folder.write_json("run.json", &record);
            }
            Err(error)
        }
    }
}

/// The configured learner, or the one that fits: growth is learned when the masses of the snapshots differ.
fn choose(config: &Config, training: &Snapshots) -> Result<&'static Learner> {
    match config.method.as_deref() {
        None | Some("auto") => {
            let masses: Vec<f64> = training.items().iter().map(|s| s.measure.mass()).collect();
            let differ = masses.iter().any(|m| (m / masses[0] - 1.0).abs() > 1e-9);
            registry::learner(if differ { "velocity-growth-matching" } else { "flow-matching" })
        }
        Some(word) => registry::learner(word),
    }
}

/// Names the setting that is to blame, where one alone is refused as all together are.
fn blamed(error: Error, learner: &Learner, config: &Config, training: &Snapshots) -> Error {
    let defaults = (learner.method.defaults)();
    let refused = |settings: &Value| (learner.validate)(settings, training).err().map(|e| e.to_string());
    let sentence = error.to_string();
    let given = leaves(&config.settings);
    // A setting may fail alone and be mended by another: only the one with this very sentence is meant.
    let guilty = given.iter().find(|(_, alone)| refused(&merged(&defaults, alone)).as_ref() == Some(&sentence));
    let cured_without = |k: usize| {
        let others = given.iter().enumerate().filter(|(other, _)| *other != k);
        refused(&others.fold(defaults.clone(), |settings, (_, (_, alone))| merged(&settings, alone))).is_none()
    };
    let guilty = guilty.or_else(|| (0..given.len()).find(|k| cured_without(*k)).map(|k| &given[k]));
    let error = match error.advice() {
        Some(_) => error,
        None => error.advise(format!("`thalweg methods {}` lists all settings.", learner.method.name)),
    };
    match guilty {
        Some((key, _)) => error.within(format_args!("The setting {key}")),
        None => error,
    }
}

/// Each setting with its dotted name, in a table of its own.
fn leaves(settings: &Map<String, Value>) -> Vec<(String, Map<String, Value>)> {
    let mut found = Vec::new();
    for (key, value) in settings {
        let wrap = |value: Value| Map::from_iter([(key.clone(), value)]);
        match value {
            Value::Object(inner) if !inner.is_empty() => found.extend(
                leaves(inner).into_iter().map(|(rest, alone)| (format!("{key}.{rest}"), wrap(Value::Object(alone)))),
            ),
            other => found.push((key.clone(), wrap(other.clone()))),
        }
    }
    found
}

/// Bytes that a run takes at most: the program, the points (as read, by snapshot, standardised, by interval), and the
/// largest of what learning, evaluation and page take in turn. A test of the command compares it with the resident size.
fn memory(learner: &Learner, settings: &Value, snapshots: &Snapshots, config: &Config, ctx: &Context) -> Result<u64> {
    const PROGRAM: u64 = 16 << 20;
    const THREAD: u64 = 2 << 20;
    const COPIES: usize = 6;
    let learning = (learner.weigh)(settings, snapshots, ctx.threads())?;
    let points = COPIES * snapshots.total_points() * (snapshots.dim() + 2) * size_of::<f64>();
    let after = evaluation_bytes(snapshots, config.evaluation.points, ctx.threads()).max(PAGE * snapshots.dim() as u64);
    Ok(PROGRAM + THREAD * ctx.threads() as u64 + points as u64 + learning.peak.max(learning.rest + after))
}

/// Bytes of a page for each coordinate: some thousand particles at each of its frames, in double precision.
const PAGE: u64 = 2 << 20;

/// Bytes of the evaluation: each thread compares two clouds of at most `most` points by all their distances.
fn evaluation_bytes(snapshots: &Snapshots, most: usize, threads: usize) -> u64 {
    let largest = snapshots.items().iter().map(|s| s.measure.len()).max().unwrap_or(0);
    let (whole, half) = (largest.min(most) as u64, (largest / 2).min(most) as u64);
    // A snapshot that is not thinned is drawn once, but halved many times.
    let (once, each) = if largest > most { (0, whole) } else { (whole, half) };
    12 * once.pow(2).max(threads as u64 * each.pow(2))
}

/// The folder of a run, and the record of the run in it that is continued.
fn open(destination: Destination<'_>, record: &mut Record) -> Result<(RunFolder, Option<Record>)> {
    let folder = RunFolder::create(destination.root, destination.existing)?;
    let path = folder.root().join("run.json");
    let mut continued = None;
    if path.is_file() {
        let previous: Record = read_json(&path)
            .map_err(|e| e.advise(format!("Restore it or remove {} to start over.", destination.root.display())))?;
        if let Some(what) = previous.differs(record) {
            return Err(Error::input(format!(
                "The run in {} was started with {what}, so it cannot be resumed with these arguments.",
                destination.root.display()
            ))
            .advise("Repeat the original command with --resume, or choose another -o."));
        }
        // Repeated with --resume, the command may be spelt otherwise; with another budget of time it is another.
        if previous.settings == record.settings {
            record.command.clone_from(&previous.command);
        }
        record.seconds = previous.seconds;
        continued = Some(previous);
    }
    folder.write_json("run.json", &*record)?;
    Ok((folder, continued))
}

fn train(
    learner: &Learner,
    settings: &Value,
    training: &Snapshots,
    all: &Snapshots,
    config: &Config,
    folder: Option<&RunFolder>,
    ctx: &Context,
) -> Result<(Model, Report, Metrics)> {
    let workspace = folder.map_or_else(Workspace::none, |f| Workspace::at(f.root()));
    let learned = (learner.learn)(training, settings, &workspace, ctx)?;
    if let Some(folder) = folder {
        learned.model.save(folder.root().join("model.safetensors"))?;
        crate::points::save(folder, all, &config.hold_out, ctx)?;
    }
    let metrics = evaluate(&learned.model, all, &config.hold_out, &config.evaluation, ctx)?;
    Ok((learned.model, learned.report, metrics))
}
