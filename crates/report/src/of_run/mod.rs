//! The scene of a run folder: what the page shows, read from what the run left.

mod motion;
mod training;
mod velocity;

use crate::plane::Plane;
use crate::scene::{Axis, Citation, MethodCard, Metric, Outcome, Scene, Score, SnapshotView};
use crate::words::{capitalised, citation_text, in_words};
use std::path::Path;
use thalweg_core::{Context, Error, Result, Status, VectorField};
use thalweg_nn::Model;
use thalweg_run::{Distances, Metrics, Observed, Record, Row, load_points, read_json, registry};

/// Everything the page shows of the run in `root`.
///
/// # Errors
/// A file of the run is missing or damaged; the law could not be integrated.
pub fn scene_of(root: &Path, ctx: &Context) -> Result<Scene> {
    let record: Record = read_json(&root.join("run.json"))?;
    let metrics: Metrics = read_json(&root.join("metrics.json"))?;
    let model = Model::load(root.join("model.safetensors"))?;
    let observed = load_points(root)?;
    if observed.points.dim() != model.law().dim() {
        return Err(Error::input(format!(
            "The points of {} have {} coordinates and its model has {}, so they are not of one run.",
            root.display(),
            observed.points.dim(),
            model.law().dim()
        )));
    }
    let ctx = &ctx.with_seed(record.config.seed);
    let span = (observed.times[0], observed.times[observed.times.len() - 1]);
    let time = Axis::new(record.config.time.clone().unwrap_or_else(|| "time".into()), "");
    let plane = Plane::of(&observed.points, &observed.times, &model.law().features, &time)?;
    let path = motion::moved(&model, &observed, span, ctx)?;
    Ok(Scene {
        title: title(&record, &time, span),
        method: method_card(&record)?,
        command: record.command_line(),
        seed: record.config.seed,
        versions: vec![("thalweg".into(), record.thalweg.clone())],
        outcome: outcome(&record),
        warnings: warnings(&record, &metrics, &time),
        citations: vec![Citation { text: citation_text(&record.citation), bibtex: record.citation.clone() }],
        features: model.law().features.clone(),
        axes: plane.axes(),
        snapshots: snapshots(&model, &observed, &plane),
        particles: Some(motion::particles(&path, &plane)),
        velocity: velocity::fields(&model, &observed, &path, &plane)?,
        evaluation: metrics.rows.iter().flat_map(scores).collect(),
        training: training::trainings(root)?,
        time,
    })
}

/// What the user should know about the data, and where the model could not be judged.
fn warnings(record: &Record, metrics: &Metrics, time: &Axis) -> Vec<String> {
    let failures = metrics.failures.iter().map(|f| format!("No prediction of {} {}. {}", time.label, f.time, f.reason));
    record.warnings.iter().cloned().chain(failures).collect()
}

fn method_card(record: &Record) -> Result<MethodCard> {
    let method = &registry::learner(&record.method)?.method;
    Ok(MethodCard { id: method.id.into(), name: in_words(method.name), summary: capitalised(method.summary) })
}

/// What was learned from, where it has a name, and from when to when.
fn title(record: &Record, time: &Axis, span: (f64, f64)) -> String {
    let times = format!("{} {} to {}", time.label, span.0, span.1);
    record.source.as_ref().map_or_else(|| capitalised(&times), |source| format!("{source}, {times}"))
}

fn outcome(record: &Record) -> Outcome {
    let (status, sentence) = match &record.report {
        Some(r) => {
            let status = match r.status {
                Status::Converged => "converged",
                Status::Exhausted { .. } => "exhausted",
                Status::Diverged => "diverged",
                Status::Interrupted => "interrupted",
            };
            let advice = r.advice.as_deref().unwrap_or("");
            (status, format!("The last training ended after {} steps ({status}). {advice}", r.iterations))
        }
        None => ("unfinished", "The run has not finished.".to_owned()),
    };
    Outcome { status: status.into(), sentence: sentence.trim_end().to_owned(), seconds: record.seconds }
}

/// Row ranges of equal time.
fn groups(times: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for group in times.chunk_by(|a, b| a == b) {
        out.push(start..start + group.len());
        start += group.len();
    }
    out
}

/// How far beside its time the point of a number is drawn where time has an axis: points of one value could not be told
/// apart otherwise. At most a fiftieth of the time shown, or a fifth of the shortest interval, to either side.
fn aside(observed: &Observed, plane: &Plane) -> impl Fn(usize) -> f64 {
    let times = groups(&observed.times).into_iter().map(|g| observed.times[g.start]).collect::<Vec<_>>();
    let shortest = times.windows(2).map(|t| t[1] - t[0]).fold(f64::INFINITY, f64::min);
    let most = if plane.has_time() { (0.02 * (times[times.len() - 1] - times[0])).min(0.2 * shortest) } else { 0.0 };
    // The golden section spreads any number of points evenly.
    move |i| most * (2.0 * (0.618_033_988_749_895 * i as f64).fract() - 1.0)
}

fn snapshots(model: &Model, observed: &Observed, plane: &Plane) -> Vec<SnapshotView> {
    let aside = aside(observed, plane);
    groups(&observed.times)
        .into_iter()
        .map(|range| {
            let time = observed.times[range.start];
            let rows: Vec<usize> = range.clone().collect();
            let points = observed.points.select(&rows);
            let growth = model.has_growth().then(|| {
                let mut g = vec![0.0; points.len()];
                model.growth(time, points.values(), &mut g);
                g.iter().map(|v| *v as f32).collect()
            });
            let weights = &observed.weights[range];
            let uniform = weights.iter().all(|w| *w == weights[0]);
            SnapshotView {
                time,
                held_out: observed.held_out.contains(&time),
                xy: plane.points(time, &points).into_iter().enumerate().map(|(i, p)| [p[0] + aside(i), p[1]]).collect(),
                weights: (!uniform).then(|| weights.iter().map(|w| *w as f32).collect()),
                growth,
            }
        })
        .collect()
}

fn scores(row: &Row) -> Vec<Score> {
    let distance = |metric, pick: fn(&Distances) -> f64| Score {
        time: row.time,
        protocol: row.protocol,
        metric,
        model: pick(&row.model),
        unchanged: Some(pick(&row.previous)),
        straight: row.straight_line.as_ref().map(pick),
        floor: row.floor.as_ref().map(pick),
    };
    let mass = Score {
        time: row.time,
        protocol: row.protocol,
        metric: Metric::MassError,
        model: row.mass_error,
        unchanged: Some(row.previous_mass_error),
        straight: None,
        floor: None,
    };
    vec![distance(Metric::W1, |d| d.w1), distance(Metric::W2, |d| d.w2), distance(Metric::Mmd, |d| d.mmd), mass]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_time_stay_together() {
        assert_eq!(groups(&[0.0, 0.0, 1.0, 2.0, 2.0]), [0..2, 2..3, 3..5]);
    }
}
