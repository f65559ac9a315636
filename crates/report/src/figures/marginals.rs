//! Observed against generated densities along each drawn direction of the state, one column a snapshot.

use super::streamlines::spread;
use super::{time_fraction, time_span, time_text};
use crate::digits::labelled;
use crate::frame::Frame;
use crate::marginals::{Marginal, NODES, marginals};
use crate::scene::Scene;
use crate::svg::{Anchor, Drawing, named, sequential};
use crate::view::{Span, View};

/// Columns shown when there are more snapshots than that.
const COLUMNS: usize = 8;

/// What the curves are, in words.
pub const CAPTION: &str = "Filled: observed. Line: generated, weighted by mass. Both smoothed with the same Gaussian kernel (Silverman's width of the observed points); densities have area one, so a change of total mass does not show here.";

/// One drawing a snapshot, its axes below each other.
pub fn columns(scene: &Scene) -> Vec<Drawing> {
    let view = View::of(scene);
    let all = marginals(scene, [view.x, view.y]);
    let tops = [0, 1].map(|k| highest(&all, k));
    let span = time_span(scene);
    spread(&all, COLUMNS)
        .into_iter()
        .map(|marginal| column(scene, marginal, view, tops, time_fraction(span, marginal.time)))
        .collect()
}

/// The figure, or none without snapshots.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let columns = columns(scene);
    let wide = if columns.len() <= 5 { columns.len() } else { columns.len().div_ceil(2) };
    (!columns.is_empty())
        .then(|| Drawing::tiled(&columns, wide, 14.0).captioned("Marginals: observed and generated", CAPTION))
}

fn column(scene: &Scene, marginal: &Marginal, view: View, tops: [f64; 2], fraction: f64) -> Drawing {
    const WIDTH: f64 = 220.0;
    const TALL: f64 = 134.0;
    let axes = scene.state_axes();
    let mut drawing = Drawing::new(WIDTH, 24.0 + TALL * axes.len() as f64);
    let time = format!("{} {}", scene.time.label, time_text(scene, marginal.time));
    drawing.strong([14.0, 14.0], 13.0, Anchor::Start, &named("ink"), &time);
    if marginal.held_out {
        drawing.text([WIDTH - 14.0, 14.0], 11.0, Anchor::End, &named("muted"), "held out");
    }
    for (row, k) in axes.enumerate() {
        let span = [view.x, view.y][k];
        let place = [14.0, 24.0 + TALL * row as f64, WIDTH - 28.0, 92.0];
        let frame = Frame { place, x: span, y: Span { low: 0.0, high: tops[k] } };
        curve(&mut drawing, &frame, &marginal.observed[k], None);
        if let Some(generated) = &marginal.generated {
            curve(&mut drawing, &frame, &generated[k], Some(fraction));
        }
        frame.axis_x(&mut drawing, &labelled(span, 4, place[2]), &scene.axes[k].title());
    }
    drawing
}

/// A filled curve, or a line in the colour of its time.
fn curve(drawing: &mut Drawing, frame: &Frame, density: &[f64], line: Option<f64>) {
    let at = |k: usize| frame.x.low + k as f64 * frame.x.width() / (NODES - 1) as f64;
    let mut points: Vec<[f64; 2]> = density.iter().enumerate().map(|(k, d)| frame.at(at(k), *d)).collect();
    match line {
        Some(fraction) => drawing.polyline(&points, &sequential(fraction), 2.0, ""),
        None => {
            points.insert(0, frame.at(frame.x.low, 0.0));
            points.push(frame.at(frame.x.high, 0.0));
            drawing.polygon(&points, &named("observed"), "fill-opacity=\"0.75\"");
        }
    }
}

fn highest(all: &[Marginal], axis: usize) -> f64 {
    let generated = all.iter().filter_map(|m| m.generated.as_ref()).flat_map(|g| &g[axis]);
    let top = all.iter().flat_map(|m| &m.observed[axis]).chain(generated).copied().fold(0.0, f64::max);
    if top > 0.0 { 1.05 * top } else { 1.0 }
}
