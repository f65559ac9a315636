//! The evaluation as bars: the model beside its references, with the sampling floor as a mark.

use super::time_text;
use crate::digits::{labelled, widest};
use crate::evaluation::{PREDICTORS, rows, values};
use crate::frame::Frame;
use crate::scene::{Metric, Protocol, Scene, Score};
use crate::svg::{Anchor, Drawing, named};
use crate::view::Span;

/// Style of each predictor, in the order of [`PREDICTORS`].
const STYLES: [&str; 3] = ["model", "straight", "unchanged"];

/// Wider bars would make few times look weightier than many.
const WIDEST_BAR: f64 = 40.0;

/// What the bars are, in words.
pub const CAPTION: &str = "Shorter is better. The line across the bars is the sampling floor: the distance between two halves of the observed snapshot.";

/// Bars of one protocol and metric, or none without rows.
pub fn bars(scene: &Scene, protocol: Protocol, metric: Metric) -> Option<Drawing> {
    let rows = rows(&scene.evaluation, protocol, metric);
    if rows.is_empty() {
        return None;
    }
    let times: Vec<(f64, String)> =
        rows.iter().enumerate().map(|(k, row)| (k as f64 + 0.5, time_text(scene, row.time))).collect();
    let room = 66.0_f64.max(widest(&times) + 8.0);
    let width = 460.0_f64.max(86.0 + room * rows.len() as f64);
    let mut drawing = Drawing::new(width, 236.0);
    let top = rows.iter().flat_map(|s| values(s).into_iter().chain([s.floor])).flatten().fold(0.0, f64::max);
    let y = Span { low: 0.0, high: if top > 0.0 { 1.08 * top } else { 1.0 } };
    let levels = labelled(y, 4, f64::INFINITY);
    let left = 58.0_f64.max(widest(&levels) + 26.0);
    let place = [left, 40.0, width - left - 12.0, 150.0];
    let frame = Frame { place, x: Span { low: 0.0, high: rows.len() as f64 }, y };
    frame.axis_y(&mut drawing, &levels, metric.title());
    let present: Vec<usize> = (0..PREDICTORS.len()).filter(|p| rows.iter().any(|r| values(r)[*p].is_some())).collect();
    for (k, row) in rows.iter().enumerate() {
        group(&mut drawing, &frame, k, row, &present);
    }
    let title = format!("{} \u{00B7} {}", scene.time.title(), protocol.name());
    frame.axis_x(&mut drawing, &times, &title);
    legend(&mut drawing, &rows);
    Some(drawing)
}

/// The figure, or none without an evaluation.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let panels: Vec<Drawing> = [Protocol::LeftOut, Protocol::OneStepAhead]
        .into_iter()
        .flat_map(|protocol| Metric::ALL.into_iter().filter_map(move |metric| bars(scene, protocol, metric)))
        .collect();
    (!panels.is_empty()).then(|| Drawing::tiled(&panels, 2, 16.0).captioned("Evaluation", CAPTION))
}

/// The bars of one time around the middle of its place. Every time has room for all predictors that are `present`
/// at any, so that equal things look equal; what is missing at this time is left out.
fn group(drawing: &mut Drawing, frame: &Frame, k: usize, row: &Score, present: &[usize]) {
    let room = frame.place[2] / frame.x.width();
    let bar = (0.74 * room / present.len() as f64).min(WIDEST_BAR);
    let half = 0.5 * bar * present.len() as f64;
    let [middle, base] = frame.at(k as f64 + 0.5, 0.0);
    for (slot, predictor) in present.iter().enumerate() {
        if let Some(value) = values(row)[*predictor] {
            let [_, y] = frame.at(0.0, value.max(0.0));
            let left = middle - half + bar * (slot as f64 + 0.06);
            drawing.rect([left, y, 0.88 * bar, base - y], &named(STYLES[*predictor]));
        }
    }
    if let Some(floor) = row.floor {
        let [_, y] = frame.at(0.0, floor);
        let (from, to) = ([middle - half - 5.0, y], [middle + half + 5.0, y]);
        drawing.line(from, to, &named("paper"), 3.6);
        drawing.line(from, to, &named("ink"), 1.6);
    }
}

fn legend(drawing: &mut Drawing, rows: &[Score]) {
    let mut x = 58.0;
    for (k, name) in PREDICTORS.into_iter().enumerate() {
        if rows.iter().any(|r| values(r)[k].is_some()) {
            drawing.rect([x, 9.0, 11.0, 11.0], &named(STYLES[k]));
            drawing.text([x + 16.0, 19.0], 12.0, Anchor::Start, &named("ink"), name);
            x += 32.0 + 6.6 * name.len() as f64;
        }
    }
    if rows.iter().any(|r| r.floor.is_some()) {
        drawing.line([x, 15.0], [x + 14.0, 15.0], &named("ink"), 1.6);
        drawing.text([x + 19.0, 19.0], 12.0, Anchor::Start, &named("ink"), "floor");
    }
}
