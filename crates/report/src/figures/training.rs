//! The training curve: the raw loss and its smoothed course.

use crate::frame::Frame;
use crate::scene::{LossPoint, Scene};
use crate::svg::{Drawing, named};
use crate::view::{Span, count, number};

/// Points of a curve: more than the paper resolves only make the file larger.
const MOST: usize = 600;

/// The curve, or none with fewer than two recorded steps.
pub fn curve(scene: &Scene, width: f64) -> Option<Drawing> {
    let points: Vec<LossPoint> =
        scene.training.iter().copied().filter(|p| p.loss.is_finite() && p.smoothed.is_finite()).collect();
    let steps = Span::around(points.iter().map(|p| p.step as f64))?;
    if points.len() < 2 {
        return None;
    }
    // A loss up to a constant may be negative; then only a linear axis can show it.
    let logarithmic = points.iter().all(|p| p.loss > 0.0 && p.smoothed > 0.0);
    let height = |v: f64| if logarithmic { v.log10() } else { v };
    let levels = Span::around(points.iter().flat_map(|p| [height(p.loss), height(p.smoothed)]))?.stretched(1.06);
    let mut drawing = Drawing::new(width, 268.0);
    let frame = Frame { place: [62.0, 10.0, width - 76.0, 216.0], x: steps, y: levels };
    let label = if logarithmic { "loss (log scale)" } else { "loss" };
    let ticks = if logarithmic { log_ticks(levels) } else { levels.ticks(5) };
    let write = |v: f64| if logarithmic { number(10f64.powf(v)) } else { number(v) };
    frame.axis_y(&mut drawing, &ticks, write, label);
    frame.axis_x(&mut drawing, &steps.ticks(5), |v| count(v.max(0.0) as usize), "training step");
    let stride = points.len().div_ceil(MOST);
    let line = |pick: fn(&LossPoint) -> f64| -> Vec<[f64; 2]> {
        points.iter().step_by(stride).map(|p| frame.at(p.step as f64, height(pick(p)))).collect()
    };
    drawing.polyline(&line(|p| p.loss), &named("observed"), 1.0, "");
    drawing.polyline(&line(|p| p.smoothed), &named("model"), 2.0, "");
    Some(drawing)
}

/// The figure, or none without a training curve.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let caption = format!("{}: loss of each recorded step (grey) and smoothed (blue).", scene.method.name);
    Some(curve(scene, 640.0)?.captioned("Training", &caption))
}

/// Exponents of 1, 2 and 5 times powers of ten inside the span, or powers alone where those are many.
fn log_ticks(span: Span) -> Vec<f64> {
    let inside = |v: &f64| *v >= span.low && *v <= span.high;
    let powers = span.low.floor() as i32..=span.high.ceil() as i32;
    let (few, many) = ([1.0f64].as_slice(), [1.0f64, 2.0, 5.0].as_slice());
    let factors = if span.width() > 2.5 { few } else { many };
    let ticks: Vec<f64> =
        powers.flat_map(|p| factors.iter().map(move |f| f64::from(p) + f.log10())).filter(inside).collect();
    if ticks.len() < 2 { span.ticks(4) } else { ticks }
}
