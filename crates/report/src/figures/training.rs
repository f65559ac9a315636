//! The training curves: each recorded loss and, where they are many, their smoothed course.

use crate::digits::labelled;
use crate::frame::Frame;
use crate::scene::{LossPoint, Scene, Training};
use crate::svg::{Anchor, Drawing, named};
use crate::view::{Span, count, number};

/// Points of a curve: more than the paper resolves only make the file larger.
const MOST: usize = 600;
/// Recorded losses that share a smoothed one: a fortieth of the training to each side of it.
const SMOOTH: usize = 40;

/// What the curves are, in words.
pub const CAPTION: &str = "Grey: recorded losses. Blue: their running mean, where there are enough of them. Losses of different trainings are different quantities.";

/// One drawing a training; those with fewer than two recorded losses have none.
pub fn curves(scene: &Scene) -> Vec<Drawing> {
    scene.training.iter().filter_map(curve).collect()
}

/// The figure, or none without a training curve.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let curves = curves(scene);
    (!curves.is_empty()).then(|| Drawing::tiled(&curves, 2, 16.0).captioned("Training", CAPTION))
}

fn curve(training: &Training) -> Option<Drawing> {
    const WIDTH: f64 = 480.0;
    let points: Vec<LossPoint> = training.losses.iter().copied().filter(|p| p.loss.is_finite()).collect();
    if points.len() < 2 {
        return None;
    }
    let smoothed = smoothed(&points);
    let steps = Span::around(points.iter().map(|p| p.step as f64))?;
    // A loss up to a constant may be negative; then only a linear axis can show it.
    let logarithmic = points.iter().all(|p| p.loss > 0.0);
    let height = |v: f64| if logarithmic { v.log10() } else { v };
    let levels = Span::around(points.iter().map(|p| height(p.loss)))?.stretched(1.06);
    let mut drawing = Drawing::new(WIDTH, 276.0);
    let frame = Frame { place: [62.0, 26.0, WIDTH - 76.0, 200.0], x: steps, y: levels };
    drawing.strong([62.0, 14.0], 13.0, Anchor::Start, &named("ink"), &training.name);
    let label = if logarithmic { "loss (log scale)" } else { "loss" };
    let ticks = if logarithmic {
        log_ticks(levels).into_iter().map(|v| (v, number(10f64.powf(v)))).collect()
    } else {
        labelled(levels, 5, f64::INFINITY)
    };
    frame.axis_y(&mut drawing, &ticks, label);
    let ticks: Vec<_> = steps.ticks(5).into_iter().map(|v| (v, count(v.max(0.0) as usize))).collect();
    frame.axis_x(&mut drawing, &ticks, "training step");
    let line = |points: &[LossPoint]| -> Vec<[f64; 2]> {
        let stride = points.len().div_ceil(MOST);
        points.iter().step_by(stride).map(|p| frame.at(p.step as f64, height(p.loss))).collect()
    };
    if points.len() < 2 * SMOOTH {
        drawing.polyline(&line(&points), &named("model"), 2.0, "");
    } else {
        drawing.polyline(&line(&points), &named("observed"), 1.0, "");
        drawing.polyline(&line(&smoothed), &named("model"), 2.0, "");
    }
    Some(drawing)
}

/// The mean of each loss and its neighbours, as many on the left as on the right, so that nothing lags behind.
fn smoothed(points: &[LossPoint]) -> Vec<LossPoint> {
    let reach = points.len() / SMOOTH;
    let mean = |k: usize| {
        let reach = reach.min(k).min(points.len() - 1 - k);
        let near = &points[k - reach..=k + reach];
        near.iter().map(|p| p.loss).sum::<f64>() / near.len() as f64
    };
    points.iter().enumerate().map(|(k, p)| LossPoint { step: p.step, loss: mean(k) }).collect()
}

/// Exponents of 1, 2 and 5 times powers of ten inside the span; of powers alone where those are many, and of
/// equally spaced losses where they are few.
pub fn log_ticks(span: Span) -> Vec<f64> {
    let inside = |v: &f64| *v >= span.low && *v <= span.high;
    let powers = span.low.floor() as i32..=span.high.ceil() as i32;
    let (few, many) = ([1.0f64].as_slice(), [1.0f64, 2.0, 5.0].as_slice());
    let factors = if span.width() > 2.5 { few } else { many };
    let ticks: Vec<f64> =
        powers.flat_map(|p| factors.iter().map(move |f| f64::from(p) + f.log10())).filter(inside).collect();
    if ticks.len() > 2 {
        return ticks;
    }
    let losses = Span { low: 10f64.powf(span.low), high: 10f64.powf(span.high) };
    losses.ticks(4).into_iter().filter(|v| *v > 0.0).map(f64::log10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_line_and_its_ends() {
        let line: Vec<LossPoint> = (0..400).map(|k| LossPoint { step: k, loss: 3.0 + k as f64 }).collect();
        for (a, b) in line.iter().zip(smoothed(&line)) {
            assert!((a.loss - b.loss).abs() < 1e-9);
        }
    }

    #[test]
    fn a_narrow_range_has_round_ticks() {
        let span = Span { low: 0.33f64.log10(), high: 0.72f64.log10() };
        let ticks: Vec<String> = log_ticks(span).into_iter().map(|v| number(10f64.powf(v))).collect();
        assert_eq!(ticks, ["0.4", "0.5", "0.6", "0.7"]);
    }
}
