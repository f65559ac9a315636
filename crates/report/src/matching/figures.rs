//! The still figures of a match.

use super::MatchScene;
use crate::figures::training::log_ticks;
use crate::figures::{Figure, map, scale, thinned};
use crate::frame::Frame;
use crate::svg::{Anchor, Drawing, named, sequential};
use crate::view::{Span, count, number};
use thalweg_run::matching::{MatchRecord, Milestone, Problem};

/// Displacements drawn as arrows.
const ARROWS: usize = 260;
/// Steps of opacity, so that lines of nearly equal mass share a path.
const LEVELS: usize = 12;

/// The figures of a match, those for which there is something to draw.
pub fn figures(scene: &MatchScene) -> Vec<Figure> {
    let all = [("plan", Some(plan(scene))), ("displacement", displacement(scene)), ("convergence", convergence(scene))];
    all.into_iter().filter_map(|(name, sheet)| Some(Figure { name, svg: sheet?.document() })).collect()
}

fn clouds(drawing: &mut Drawing, frame: &Frame, scene: &MatchScene) {
    for snapshot in &scene.stage.snapshots {
        let style = sequential(snapshot.time);
        drawing.dots(thinned(&snapshot.xy).map(|p| frame.point(p)), 1.6, &style, 0.75);
    }
}

fn legend(drawing: &mut Drawing, frame: &Frame) {
    scale(drawing, frame, "", &[(0.02, "source".to_owned()), (0.98, "target".to_owned())], sequential);
}

/// Both clouds and lines of the plan, opaque by mass.
fn plan(scene: &MatchScene) -> Drawing {
    let (mut drawing, frame) = map(&scene.stage, 720.0);
    frame.axes(&mut drawing, [&scene.stage.axes[0].title(), &scene.stage.axes[1].title()]);
    drawing.clipped("plane", frame.place, |drawing| {
        for level in 1..=LEVELS {
            let ends: Vec<[[f64; 2]; 2]> = scene
                .lines
                .iter()
                .filter(|l| ((l.mass.sqrt() * LEVELS as f32).ceil() as usize).clamp(1, LEVELS) == level)
                .map(|l| [frame.point(&l.from), frame.point(&l.to)])
                .collect();
            drawing.segments(&ends, &named("ink"), 0.8, 0.6 * level as f64 / LEVELS as f64);
        }
        clouds(drawing, &frame, scene);
    });
    legend(&mut drawing, &frame);
    let caption = format!(
        "{} lines of the plan, more opaque for more mass: the heaviest targets of a sample of sources. The whole plan has {} kept entries. {}. Seed {}.",
        count(scene.lines.len()),
        count(scene.record.plan.entries),
        scene.stage.method.name,
        scene.stage.seed
    );
    drawing.captioned("The plan between both clouds", &caption)
}

/// Arrows from a sample of the source to where the plan sends it on average.
fn displacement(scene: &MatchScene) -> Option<Drawing> {
    let particles = scene.stage.particles.as_ref()?;
    let (from, to) = (&particles.xy[0], &particles.xy[1]);
    let (mut drawing, frame) = map(&scene.stage, 720.0);
    frame.axes(&mut drawing, [&scene.stage.axes[0].title(), &scene.stage.axes[1].title()]);
    let drawn = from.len().min(ARROWS);
    drawing.clipped("plane", frame.place, |drawing| {
        clouds(drawing, &frame, scene);
        for (a, b) in from.iter().zip(to).take(drawn) {
            arrow(drawing, frame.point(a), frame.point(b));
        }
    });
    legend(&mut drawing, &frame);
    let caption = format!(
        "Displacement of {} points of the source to their barycentric image: the mean target of each under the plan.",
        count(drawn)
    );
    Some(drawing.captioned("Where the source goes", &caption))
}

fn arrow(drawing: &mut Drawing, from: [f64; 2], to: [f64; 2]) {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy);
    drawing.polyline(&[from, to], &named("ink"), 0.9, "stroke-opacity=\"0.55\"");
    if length > 6.0 {
        let (x, y) = (dx / length, dy / length);
        let wing = |side: f64| [to[0] - 5.0 * x - side * 2.4 * y, to[1] - 5.0 * y + side * 2.4 * x];
        drawing.polygon(&[to, wing(1.0), wing(-1.0)], &named("ink"), "fill-opacity=\"0.75\"");
    }
}

/// The residual against iterations, as far as it was noted.
fn convergence(scene: &MatchScene) -> Option<Drawing> {
    Some(curve(&scene.record)?.captioned("Convergence", &caption(&scene.record)))
}

/// What the residual is.
pub(super) fn residual(record: &MatchRecord) -> &'static str {
    match record.options.method {
        Problem::Gromov => "Relative change of the objective",
        Problem::LowRank => "What ten steps gained, of the cost",
        _ => "Marginal error",
    }
}

/// What the curve is, in words.
pub(super) fn caption(record: &MatchRecord) -> String {
    let noted = match record.options.method {
        Problem::Gromov | Problem::LowRank => "after each iteration",
        Problem::SemiDiscrete => "on the way",
        _ => "where a step that did harm is taken back by the next",
    };
    format!("{} against iterations, {noted}. Dashes: the tolerance.", residual(record))
}

/// The curve of the residual, or none where nothing was noted.
pub(super) fn curve(record: &MatchRecord) -> Option<Drawing> {
    const WIDTH: f64 = 480.0;
    let tolerance = record.options.tolerance_or_default();
    let points: Vec<&Milestone> =
        record.history.iter().filter(|m| m.residual.is_finite() && m.residual > 0.0).collect();
    let last = points.last()?.iteration as f64;
    let heights = points.iter().map(|m| m.residual.log10()).chain([tolerance.log10()]);
    let levels = Span::around(heights)?.stretched(1.08);
    let steps = Span { low: 0.0, high: 1.04 * last.max(1.0) };
    let mut drawing = Drawing::new(WIDTH, 262.0);
    let frame = Frame { place: [62.0, 12.0, WIDTH - 76.0, 200.0], x: steps, y: levels };
    let powers: Vec<_> =
        log_ticks(levels).into_iter().map(|v| (v, number(10f64.powf(v)).replace(".0e", "e"))).collect();
    frame.axis_y(&mut drawing, &powers, &format!("{} (log scale)", residual(record).to_lowercase()));
    let counts: Vec<_> = steps.ticks(5).into_iter().map(|v| (v, count(v.max(0.0) as usize))).collect();
    frame.axis_x(&mut drawing, &counts, "iterations");
    let goal = [frame.at(steps.low, tolerance.log10()), frame.at(steps.high, tolerance.log10())];
    drawing.polyline(&goal, &named("straight"), 1.4, "stroke-dasharray=\"5 4\"");
    let line: Vec<[f64; 2]> = points.iter().map(|m| frame.at(m.iteration as f64, m.residual.log10())).collect();
    drawing.polyline(&line, &named("model"), 2.0, "");
    drawing.dots(line.iter().copied(), 3.2, &named("model"), 1.0);
    drawing.text([goal[0][0] + 6.0, goal[0][1] - 6.0], 11.0, Anchor::Start, &named("muted"), "tolerance");
    Some(drawing)
}
