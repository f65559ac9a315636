//! The scene of a run folder: what the page shows, read from what the run left.

use crate::scene::{
    Axis, Citation, LossPoint, MethodCard, Metric, Outcome, Particles, Protocol, Scene, Score, SnapshotView,
    VelocityGrid,
};
use crate::{figures, html, png, view2d::View};
use std::fs;
use std::path::{Path, PathBuf};
use thalweg_core::{Context, Error, Measure, Result, Status, Stream, VectorField};
use thalweg_nn::Model;
use thalweg_run::{Distances, Metrics, Observed, Record, Row, load_points, read_json, registry, simulate};
use thalweg_solve::SaveAt;

/// Particles of the animation at most; the page stays a few megabytes.
const PARTICLES: usize = 2000;
/// Frames from the first to the last snapshot.
const FRAMES: usize = 61;
/// Nodes of the velocity grid along each axis.
const NODES: usize = 40;
/// Times at which the velocity is drawn.
const FIELDS: usize = 5;

/// Picture formats of exported figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Vector graphics.
    Svg,
    /// Pixels.
    Png,
}

/// Writes `report.html` into the run folder `root` and gives its path.
///
/// # Errors
/// The folder is not that of a finished run, or cannot be written.
pub fn write_page(root: &Path, ctx: &Context) -> Result<PathBuf> {
    let page = root.join("report.html");
    let text = html(&scene_of(root, ctx)?)?;
    thalweg_io::write_atomically(&page, |out| {
        use std::io::Write;
        out.write_all(text.as_bytes()).map_err(|e| Error::system(format_args!("write {}", page.display()), e))
    })?;
    Ok(page)
}

/// Writes each figure of the run as a file into `folder` and gives the paths.
///
/// # Errors
/// As [`write_page`]; pixels without the cargo feature `png`.
pub fn write_figures(root: &Path, folder: &Path, format: Format, ctx: &Context) -> Result<Vec<PathBuf>> {
    let scene = scene_of(root, ctx)?;
    fs::create_dir_all(folder).map_err(|e| Error::system(format_args!("create the folder {}", folder.display()), e))?;
    let mut written = Vec::new();
    for figure in figures(&scene)? {
        let (extension, bytes) = match format {
            Format::Svg => ("svg", figure.svg.clone().into_bytes()),
            Format::Png => ("png", png(&figure, 2.0)?),
        };
        let path = folder.join(format!("{}.{extension}", figure.name));
        thalweg_io::write_atomically(&path, |out| {
            use std::io::Write;
            out.write_all(&bytes).map_err(|e| Error::system(format_args!("write {}", path.display()), e))
        })?;
        written.push(path);
    }
    Ok(written)
}

/// Everything the page shows of the run in `root`.
///
/// # Errors
/// A file of the run is missing or damaged; the law could not be integrated.
pub fn scene_of(root: &Path, ctx: &Context) -> Result<Scene> {
    let record: Record = read_json(&root.join("run.json"))?;
    let metrics: Metrics = read_json(&root.join("metrics.json"))?;
    let model = Model::load(root.join("model.safetensors"))?;
    let observed = load_points(root)?;
    let ctx = &ctx.with_seed(record.config.seed);
    let view = View::of(&observed.points, &model.law().features)?;
    let span = (observed.times[0], observed.times[observed.times.len() - 1]);
    let time = Axis::new(record.config.time.clone().unwrap_or_else(|| "time".into()), "");
    Ok(Scene {
        title: format!("{} from {} {} to {}", record.method, time.label, span.0, span.1),
        method: method_card(&record)?,
        command: record.command.join(" "),
        seed: record.config.seed,
        versions: vec![("thalweg".into(), record.thalweg.clone())],
        outcome: outcome(&record),
        warnings: record.warnings.clone(),
        citations: vec![Citation { text: citation_text(&record.citation), bibtex: record.citation.clone() }],
        features: model.law().features.clone(),
        axes: view.axes(),
        snapshots: snapshots(&model, &observed, &view),
        particles: Some(particles(&model, &observed, &view, span, ctx)?),
        velocity: fields(&model, &observed, &view, span),
        evaluation: metrics.rows.iter().flat_map(scores).collect(),
        training: training(root)?,
        time,
    })
}

fn method_card(record: &Record) -> Result<MethodCard> {
    let method = &registry::learner(&record.method)?.method;
    Ok(MethodCard { id: method.id.into(), name: method.name.into(), summary: method.summary.into() })
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
            (status, format!("Training ended after {} steps ({status}). {advice}", r.iterations))
        }
        None => ("unfinished", "The run has not finished.".to_owned()),
    };
    Outcome { status: status.into(), sentence: sentence.trim_end().to_owned(), seconds: record.seconds }
}

/// "Authors, title, year" out of a BibTeX entry.
fn citation_text(bibtex: &str) -> String {
    let field = |name: &str| {
        let start = bibtex.find(&format!("{name} = {{"))? + name.len() + 4;
        Some(bibtex[start..].split_once('}')?.0.to_owned())
    };
    [field("author"), field("title"), field("year")].into_iter().flatten().collect::<Vec<_>>().join(". ")
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

fn snapshots(model: &Model, observed: &Observed, view: &View) -> Vec<SnapshotView> {
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
                xy: view.points(&points),
                weights: (!uniform).then(|| weights.iter().map(|w| *w as f32).collect()),
                growth,
            }
        })
        .collect()
}

fn particles(model: &Model, observed: &Observed, view: &View, span: (f64, f64), ctx: &Context) -> Result<Particles> {
    let first = groups(&observed.times).into_iter().next().unwrap_or(0..0);
    let mut rows: Vec<usize> = Stream::new(ctx.seed(), "particles", 0).permutation(first.len());
    rows.truncate(PARTICLES);
    let start = Measure::counted(observed.points.select(&rows))?;
    let path = simulate(model, start.points(), span, SaveAt::Even(FRAMES), ctx)?;
    let log_weight = (!path.log_weights.is_empty())
        .then(|| path.log_weights.iter().map(|frame| frame.iter().map(|w| *w as f32).collect()).collect());
    Ok(Particles { times: path.times.clone(), xy: path.states.iter().map(|s| view.points(s)).collect(), log_weight })
}

/// Velocities on a grid of the view: the grid lies in the plane of the view through the mean of the nearby data.
fn fields(model: &Model, observed: &Observed, view: &View, span: (f64, f64)) -> Vec<VelocityGrid> {
    let ([x0, x1], [y0, y1]) = view.window();
    let all = view.points(&observed.points);
    (0..FIELDS)
        .map(|f| {
            let time = span.0 + (span.1 - span.0) * f as f64 / (FIELDS - 1) as f64;
            let mut nodes = Vec::with_capacity(NODES * NODES);
            for j in 0..NODES {
                for i in 0..NODES {
                    let at = |a: f32, b: f32, k: usize| a + (b - a) * k as f32 / (NODES - 1) as f32;
                    nodes.push([at(x0, x1, i), at(y0, y1, j)]);
                }
            }
            let (lifted, data) = view.lift(&nodes, &observed.points, &all);
            let mut v = vec![0.0; lifted.values().len()];
            model.velocity(time, lifted.values(), &mut v);
            let uv = v.chunks_exact(lifted.dim()).map(|v| view.direction(v)).collect();
            VelocityGrid { time, x: [x0, x1], y: [y0, y1], nx: NODES, ny: NODES, uv, data }
        })
        .collect()
}

fn scores(row: &Row) -> Vec<Score> {
    let protocol = match row.protocol {
        thalweg_run::Protocol::LeftOut => Protocol::LeftOut,
        thalweg_run::Protocol::OneStepAhead => Protocol::OneStepAhead,
    };
    let distance = |metric, pick: fn(&Distances) -> f64| Score {
        time: row.time,
        protocol,
        metric,
        model: pick(&row.model),
        unchanged: Some(pick(&row.previous)),
        straight: row.straight_line.as_ref().map(pick),
        floor: Some(pick(&row.floor)),
    };
    let mass = Score {
        time: row.time,
        protocol,
        metric: Metric::MassError,
        model: row.mass_error,
        unchanged: Some(row.previous_mass_error),
        straight: None,
        floor: None,
    };
    vec![distance(Metric::W1, |d| d.w1), distance(Metric::W2, |d| d.w2), distance(Metric::Mmd, |d| d.mmd), mass]
}

/// What the page reads of a line of the training log.
#[derive(serde::Deserialize)]
struct Logged {
    step: u64,
    loss: f64,
}

/// The curve of the first training of the run (later ones, such as a fine-tuning, have other losses).
fn training(root: &Path) -> Result<Vec<LossPoint>> {
    let folder = root.join("events");
    let mut logs: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(&folder)
        .map_err(|e| Error::system(format_args!("read {}", folder.display()), e))?
        .flatten()
        .filter(|f| f.path().extension().is_some_and(|e| e == "jsonl"))
        .filter_map(|f| Some((f.metadata().ok()?.modified().ok()?, f.path())))
        .collect();
    logs.sort();
    let Some((_, path)) = logs.first() else { return Ok(Vec::new()) };
    let text = fs::read_to_string(path).map_err(|e| Error::system(format_args!("read {}", path.display()), e))?;
    let mut smoothed = None;
    let mut curve = Vec::new();
    for line in text.lines() {
        let event: Logged = serde_json::from_str(line)
            .map_err(|e| Error::input(format!("{} has a line that is not an event: {e}.", path.display())))?;
        let s = smoothed.map_or(event.loss, |s: f64| 0.9 * s + 0.1 * event.loss);
        smoothed = Some(s);
        curve.push(LossPoint { step: event.step, loss: event.loss, smoothed: s });
    }
    Ok(curve)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_read_as_text() {
        let text = citation_text("@a{k,\n  title = {Some Title},\n  author = {A, B and C, D},\n  year = {2023}\n}");
        assert_eq!(text, "A, B and C, D. Some Title. 2023");
    }

    #[test]
    fn rows_of_one_time_stay_together() {
        assert_eq!(groups(&[0.0, 0.0, 1.0, 2.0, 2.0]), [0..2, 2..3, 3..5]);
    }
}
