//! The scene of a run folder: what the page shows, read from what the run left.

use crate::plane::Plane;
use crate::scene::{
    Axis, Citation, LossPoint, MethodCard, Metric, Outcome, Particles, Scene, Score, SnapshotView, Training,
    VelocityGrid,
};
use crate::{MatchScene, figures, html, match_figures, match_html, png, simulation_figures, simulation_html};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use thalweg_core::{Context, Error, Points, Result, Status, Stream, Trajectory, VectorField};
use thalweg_nn::Model;
use thalweg_run::matching::is_match;
use thalweg_run::simulation::{PICTURE, Picture, RECORD, SimulationRecord, is_simulation};
use thalweg_run::{Distances, Metrics, Observed, Record, Row, load_points, read_json, registry, simulate};
use thalweg_solve::SaveAt;

/// Particles of the animation at most; the page stays a few megabytes.
const PARTICLES: usize = 4000;
/// Frames from the first to the last snapshot, unless there are more snapshots than that.
const FRAMES: usize = 61;
/// Nodes of the velocity grid along each axis.
const NODES: usize = 40;
/// Times at which the velocity is drawn where there are more snapshots than that; otherwise theirs.
const FIELDS: usize = 8;

/// Picture formats of exported figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Vector graphics.
    Svg,
    /// Pixels.
    Png,
}

/// Writes `report.html` into the folder `root` of a run, a match or a simulation and gives its path.
///
/// # Errors
/// The folder is not that of a finished run or match, or cannot be written.
pub fn write_page(root: &Path, ctx: &Context) -> Result<PathBuf> {
    let page = root.join("report.html");
    let html = if is_simulation(root) {
        let (record, picture) = simulated(root)?;
        simulation_html(&record, &picture)?
    } else if is_match(root) {
        match_html(&MatchScene::of(root)?)?
    } else {
        html(&scene_of(root, ctx)?)?
    };
    save(&page, html.as_bytes())?;
    Ok(page)
}

/// Writes each figure of the run, match or simulation as a file into `folder` and gives the paths.
///
/// # Errors
/// As [`write_page`]; pixels without the cargo feature `png`.
pub fn write_figures(root: &Path, folder: &Path, format: Format, ctx: &Context) -> Result<Vec<PathBuf>> {
    let figures = if is_simulation(root) {
        let (record, picture) = simulated(root)?;
        simulation_figures(&record, &picture)
    } else if is_match(root) {
        match_figures(&MatchScene::of(root)?)
    } else {
        figures(&scene_of(root, ctx)?)?
    };
    let drawn = figures
        .into_iter()
        .map(|figure| match format {
            Format::Png => Ok((format!("{}.png", figure.name), png(&figure, 2.0)?)),
            Format::Svg => Ok((format!("{}.svg", figure.name), figure.svg.into_bytes())),
        })
        .collect::<Result<Vec<_>>>()?;
    // Made only now: what cannot be drawn leaves no empty folder.
    fs::create_dir_all(folder).map_err(|e| Error::system(format_args!("create the folder {}", folder.display()), e))?;
    let mut written = Vec::new();
    for (name, bytes) in drawn {
        let path = folder.join(name);
        save(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// What the page of a simulation shows.
fn simulated(root: &Path) -> Result<(SimulationRecord, Picture)> {
    Ok((read_json(&root.join(RECORD))?, read_json(&root.join(PICTURE))?))
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    thalweg_io::write_atomically(path, |out| {
        out.write_all(bytes).map_err(|e| Error::system(format_args!("write {}", path.display()), e))
    })
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
    let path = moved(&model, &observed, span, ctx)?;
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
        particles: Some(particles(&path, &plane)),
        velocity: fields(&model, &observed, &path, &plane)?,
        evaluation: metrics.rows.iter().flat_map(scores).collect(),
        training: trainings(root)?,
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

/// `rectified-flow` as "Rectified flow".
fn in_words(name: &str) -> String {
    capitalised(&name.replace('-', " "))
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
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

/// "Authors, title, year" out of a BibTeX entry.
pub(crate) fn citation_text(bibtex: &str) -> String {
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

/// Points of the first snapshot moved to the last time.
fn moved(model: &Model, observed: &Observed, span: (f64, f64), ctx: &Context) -> Result<Trajectory> {
    let groups = groups(&observed.times);
    let times: Vec<f64> = groups.iter().map(|g| observed.times[g.start]).collect();
    let frames = frames(&times);
    // Many snapshots need many frames, for which fewer particles make room.
    let most = PARTICLES * FRAMES / frames.len().max(FRAMES);
    let first = groups.into_iter().next().unwrap_or(0..0);
    let rows = chosen(&observed.weights[first], most, &mut Stream::new(ctx.seed(), "particles", 0));
    simulate(model, &observed.points.select(&rows), span, SaveAt::Times(frames), ctx)
}

/// Times of the frames: those of the snapshots, where the picture is compared with data, and as many between any two of
/// them, since each interval has a motion of its own, however short it is.
fn frames(snapshots: &[f64]) -> Vec<f64> {
    let share = ((FRAMES - 1) / (snapshots.len() - 1).max(1)).max(1);
    let mut frames = vec![snapshots[0]];
    for pair in snapshots.windows(2) {
        let between = (1..share).map(|k| pair[0] + (pair[1] - pair[0]) * k as f64 / share as f64);
        // Times that no number lies between have no frame there.
        frames.extend(between.filter(|t| *t > pair[0] && *t < pair[1]));
        frames.push(pair[1]);
    }
    frames.dedup();
    frames
}

/// Rows of at most `most` particles of equal mass: each row once where the weights are equal and it fits, else drawn in
/// proportion to the weights.
fn chosen(weights: &[f64], most: usize, stream: &mut Stream) -> Vec<usize> {
    if weights.iter().all(|w| *w == weights[0]) {
        let mut rows = stream.permutation(weights.len());
        rows.truncate(most);
        return rows;
    }
    let sums: Vec<f64> = weights
        .iter()
        .scan(0.0, |sum, w| {
            Some({
                *sum += w;
                *sum
            })
        })
        .collect();
    let (count, total) = (weights.len().min(most), sums[sums.len() - 1]);
    // One point a stratum: the shares are met as closely as whole particles can.
    let at = |k: usize, u: f64| (k as f64 + u) / count as f64 * total;
    (0..count).map(|k| sums.partition_point(|s| *s <= at(k, stream.uniform())).min(sums.len() - 1)).collect()
}

fn particles(path: &Trajectory, plane: &Plane) -> Particles {
    let log_weight = (!path.log_weights.is_empty())
        .then(|| path.log_weights.iter().map(|frame| frame.iter().map(|w| *w as f32).collect()).collect());
    let xy = path.times.iter().zip(&path.states).map(|(t, s)| plane.points(*t, s)).collect();
    Particles { times: path.times.clone(), xy, log_weight }
}

/// What is known around a time: the snapshots before and after it, and the particles on their way between them.
fn known(observed: &Observed, path: &Trajectory, time: f64) -> Result<Points> {
    let groups = groups(&observed.times);
    let at = |k: usize| observed.times[groups[k].start];
    let before = groups.iter().rposition(|g| observed.times[g.start] <= time).unwrap_or(0);
    let after = if at(before) < time { (before + 1).min(groups.len() - 1) } else { before };
    let range = groups[before].start..groups[after].end;
    let d = observed.points.dim();
    let mut values = observed.points.values()[range.start * d..range.end * d].to_vec();
    let gaps = path.times.iter().map(|t| (t - time).abs()).enumerate();
    if let Some((frame, _)) = gaps.min_by(|a, b| a.1.total_cmp(&b.1)) {
        values.extend_from_slice(path.states[frame].values());
    }
    Points::new(d, values)
}

/// Times at which the velocity is drawn.
fn field_times(observed: &Observed) -> Vec<f64> {
    let times: Vec<f64> = groups(&observed.times).into_iter().map(|g| observed.times[g.start]).collect();
    if times.len() <= FIELDS {
        return times;
    }
    let (first, last) = (times[0], times[times.len() - 1]);
    (0..FIELDS).map(|f| first + (last - first) * f as f64 / (FIELDS - 1) as f64).collect()
}

/// Velocities on a grid over the window of the plane: one at each drawn time, or one of all times where time has an axis.
fn fields(model: &Model, observed: &Observed, path: &Trajectory, plane: &Plane) -> Result<Vec<VelocityGrid>> {
    if plane.has_time() {
        return Ok(vec![course(model, observed, path, plane)?]);
    }
    field_times(observed)
        .into_iter()
        .map(|time| {
            let near = known(observed, path, time)?;
            let (lifted, data) = plane.lift(&nodes(plane), &near, &plane.points(time, &near));
            let mut v = vec![0.0; lifted.values().len()];
            model.velocity(time, lifted.values(), &mut v);
            Ok(grid(time, plane, &v, data))
        })
        .collect()
}

/// Nodes over the window, the first axis fastest.
fn nodes(plane: &Plane) -> Vec<[f64; 2]> {
    let ([x0, x1], [y0, y1]) = plane.window();
    let at = |a: f64, b: f64, k: usize| a + (b - a) * k as f64 / (NODES - 1) as f64;
    (0..NODES).flat_map(|j| (0..NODES).map(move |i| [at(x0, x1, i), at(y0, y1, j)])).collect()
}

/// The grid of the velocities `v` (`NODES² x d`).
fn grid(time: f64, plane: &Plane, v: &[f64], data: Vec<bool>) -> VelocityGrid {
    let (x, y) = plane.window();
    let uv = v.chunks_exact(v.len() / (NODES * NODES)).map(|v| plane.direction(v)).collect();
    VelocityGrid { time, x, y, nx: NODES, ny: NODES, uv, data }
}

/// The velocity of the one feature at all times and values where there are observed points or particles on their way.
fn course(model: &Model, observed: &Observed, path: &Trajectory, plane: &Plane) -> Result<VelocityGrid> {
    /// Particles of a frame that are looked at: their paths are continuous, so that some show where all are.
    const PASSING: usize = 200;
    let mut values = observed.points.values().to_vec();
    let mut xy: Vec<[f64; 2]> = observed.times.iter().zip(&values).map(|(t, x)| [*t, *x]).collect();
    for (time, frame) in path.times.iter().zip(&path.states) {
        for x in frame.values().iter().step_by(frame.len().div_ceil(PASSING)) {
            values.push(*x);
            xy.push([*time, *x]);
        }
    }
    let nodes = nodes(plane);
    let (lifted, data) = plane.lift(&nodes, &Points::new(1, values)?, &xy);
    let (first, last) = (observed.times[0], observed.times[observed.times.len() - 1]);
    let mut v = vec![0.0; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        let time = node[0].clamp(first, last);
        model.velocity(time, lifted.row(i), &mut v[i..=i]);
    }
    Ok(grid(first, plane, &v, data))
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

/// What the page reads of a line of the training log.
#[derive(serde::Deserialize)]
struct Logged {
    step: u64,
    loss: f64,
    /// Seconds since 1970.
    wall: f64,
}

/// The losses of each training of the run, in the order in which they began.
fn trainings(root: &Path) -> Result<Vec<Training>> {
    let folder = root.join("events");
    let logs = fs::read_dir(&folder).map_err(|e| Error::system(format_args!("read {}", folder.display()), e))?;
    let mut begun = Vec::new();
    for path in logs.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")) {
        let events = logged(&path)?;
        let Some(first) = events.first() else { continue };
        let name = path.file_stem().map(|n| n.to_string_lossy().replace('-', " ")).unwrap_or_default();
        let losses = events.iter().map(|e| LossPoint { step: e.step, loss: e.loss }).collect();
        begun.push((first.wall, Training { name, losses }));
    }
    begun.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(begun.into_iter().map(|(_, training)| training).collect())
}

/// The events of a log.
fn logged(path: &Path) -> Result<Vec<Logged>> {
    let text = fs::read_to_string(path).map_err(|e| Error::system(format_args!("read {}", path.display()), e))?;
    let event = |line: &str| {
        serde_json::from_str(line)
            .map_err(|e| Error::input(format!("{} has a line that is not an event: {e}.", path.display())))
    };
    text.lines().map(event).collect()
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
    fn particles_share_the_weights() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "test", 0);
            assert_eq!(chosen(&[2.0; 5000], PARTICLES, &mut stream).len(), PARTICLES);
            let weights: Vec<f64> = (0..1000).map(|k| if k < 100 { 9.0 } else { 1.0 }).collect();
            let heavy = chosen(&weights, PARTICLES, &mut stream).into_iter().filter(|i| *i < 100).count();
            // Half of the mass; a stratum may lie across the border.
            assert!(heavy.abs_diff(500) <= 1, "{heavy}");
        }
    }

    #[test]
    fn each_interval_has_its_frames_and_each_snapshot_one() {
        let times = [0.0, 1.0, 2.0, 24.0, 168.0];
        let found = frames(&times);
        assert_eq!(found.len(), FRAMES);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        for pair in times.windows(2) {
            assert!(found.contains(&pair[0]) && found.contains(&pair[1]));
            assert_eq!(found.iter().filter(|t| **t >= pair[0] && **t < pair[1]).count(), 15);
        }
        let many: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(frames(&many), many);
        // Neighbouring numbers have none between them.
        let close = [1.7e9, 1.7e9_f64.next_up(), 1.8e9];
        assert_eq!(frames(&close)[..2], close[..2]);
    }

    /// dx = -x dtau, where a clock gives tau = 1 at time 1 and 2 at time 100: what the page shows at time 1 is the law there,
    /// not a chord past it.
    #[test]
    fn the_picture_at_a_snapshot_is_the_law_there() {
        let law = serde_json::json!({
            "method": "by-hand", "features": ["x"], "times": [0.0, 1.0, 100.0],
            "scaling": {"mean": [0.0], "scale": [1.0], "clock": {"times": [0.0, 1.0, 100.0], "taus": [0.0, 1.0, 2.0]}},
            "velocity": {
                "spec": {"inputs": 2, "layers": [{"layer": "linear", "inputs": 2, "outputs": 1}]},
                "offset": 0, "reading": {"kind": "direct"},
            },
            "score": null, "diffusion": {"kind": "none"}, "meta": {},
        });
        let model = Model::new(serde_json::from_value(law).unwrap(), vec![-1.0, 0.0, 0.0]).unwrap();
        let observed = Observed {
            points: Points::new(1, vec![1.0, 2.0, 0.5, 0.1]).unwrap(),
            times: vec![0.0, 0.0, 1.0, 100.0],
            weights: vec![1.0; 4],
            held_out: Vec::new(),
        };
        let path = moved(&model, &observed, (0.0, 100.0), &Context::new(0, 1).unwrap()).unwrap();
        let frame = path.times.iter().position(|t| *t == 1.0).unwrap();
        let mut ends: Vec<f64> = path.states[frame].values().to_vec();
        ends.sort_by(f64::total_cmp);
        for (end, start) in ends.iter().zip([1.0, 2.0]) {
            assert!((end - start * (-1.0_f64).exp()).abs() < 1e-3, "{end}");
        }
    }

    #[test]
    fn a_name_reads_as_words() {
        assert_eq!(in_words("velocity-growth-matching"), "Velocity growth matching");
    }

    #[test]
    fn rows_of_one_time_stay_together() {
        assert_eq!(groups(&[0.0, 0.0, 1.0, 2.0, 2.0]), [0..2, 2..3, 3..5]);
    }
}
