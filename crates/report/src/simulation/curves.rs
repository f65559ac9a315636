//! Curves: states over time, spectra, return maps, exponents, figures of a law.

use super::{Sheet, with_error};
use crate::digits::labelled;
use crate::figures::training::log_ticks;
use crate::frame::{Frame, beyond};
use crate::svg::{Anchor, Drawing, named, sequential};
use crate::view::{Span, number};
use thalweg_run::simulation::{Orbit, Picture};

/// Points of a course over time; more are not told apart.
const POINTS: usize = 1500;
/// Trajectories drawn over each other, and states.
const TOGETHER: usize = 6;
const STATES: usize = 6;
/// Periods of the spectrum's highest frequency that are shown.
const HARMONICS: f64 = 12.0;
/// A power below this share of the largest is drawn at the edge.
const FLOOR: f64 = 1e-14;

const WIDTH: f64 = 520.0;

/// States over time, with the Lyapunov time along the upper edge.
pub(super) fn courses(picture: &Picture) -> Option<Sheet> {
    let tiles: Vec<Drawing> = (0..picture.states.len().min(STATES)).filter_map(|k| course(picture, k)).collect();
    let upper = if picture.exponent.is_some() { " Above: Lyapunov times, in which errors grow by e." } else { "" };
    let gaps = if picture.orbits.iter().any(|o| o.missed.contains(&true)) { " Breaks: missed points." } else { "" };
    let caption = format!("The beginning of each state over time.{upper}{gaps}");
    (!tiles.is_empty()).then_some(Sheet { name: "courses", title: "Over time", caption, tiles })
}

fn course(picture: &Picture, state: usize) -> Option<Drawing> {
    let states = picture.states.len();
    let shown: Vec<&Orbit> = picture.orbits.iter().filter(|o| o.times.len() > 1).take(TOGETHER).collect();
    let values = |o: &Orbit| {
        (0..o.times.len().min(POINTS))
            .map(|k| (o.times[k], f64::from(o.values[k * states + state])))
            .collect::<Vec<_>>()
    };
    let all: Vec<Vec<(f64, f64)>> = shown.iter().map(|o| values(o)).collect();
    let x = Span::around(all.iter().flatten().map(|p| p.0))?;
    let y = Span::around(all.iter().flatten().map(|p| p.1))?.stretched(1.08);
    let mut drawing = Drawing::new(WIDTH, 232.0);
    let frame = Frame { place: [64.0, 34.0, WIDTH - 78.0, 150.0], x, y };
    let title = if picture.discrete { "iteration" } else { "time" };
    frame.axis_y(&mut drawing, &labelled(y, 4, f64::INFINITY), &picture.states[state]);
    frame.axis_x(&mut drawing, &labelled(x, 6, frame.place[2]), title);
    if let Some(exponent) = picture.exponent {
        lyapunov_axis(&mut drawing, &frame, exponent);
    }
    for (k, (orbit, line)) in shown.iter().zip(&all).enumerate().rev() {
        let style = if shown.len() == 1 { named("model") } else { sequential(k as f64 / (shown.len() - 1) as f64) };
        let missed = |n: &usize| orbit.missed.get(*n).copied().unwrap_or(false);
        let kept: Vec<usize> = (0..line.len()).collect();
        for part in kept.split(missed) {
            let points: Vec<[f64; 2]> = part.iter().map(|n| frame.at(line[*n].0, line[*n].1)).collect();
            if picture.discrete || points.len() == 1 {
                drawing.dots(points.iter().copied(), 1.0, &style, 1.0);
            }
            let width = if picture.discrete { 0.4 } else { 1.1 };
            drawing.polyline(&points, &style, width, "");
        }
    }
    Some(drawing)
}

fn lyapunov_axis(drawing: &mut Drawing, frame: &Frame, exponent: f64) {
    let [left, top, width, _] = frame.place;
    let times = Span { low: 0.0, high: exponent * frame.x.width() };
    for (tick, label) in labelled(times, 6, width) {
        let [x, _] = frame.at(frame.x.low + tick / exponent, frame.y.low);
        drawing.line([x, top], [x, top - 4.0], &named("muted"), 0.8);
        drawing.text([x, top - 7.0], 10.0, Anchor::Middle, &named("muted"), &label);
    }
    drawing.line([left, top], [left + width, top], &named("muted"), 0.8);
    drawing.text([left + width, top - 20.0], 10.0, Anchor::End, &named("muted"), "Lyapunov times");
}

/// Power spectra, each with its peak marked: the dominant frequency that was measured, whatever the catalogue calls the period.
pub(super) fn spectra(picture: &Picture) -> Option<Sheet> {
    let tiles: Vec<Drawing> = picture
        .spectra
        .iter()
        .filter_map(|s| {
            let highest = s.frequencies.last().copied()?;
            let end = picture.period.map_or(highest, |p| (HARMONICS / p).min(highest));
            let largest = s.density.iter().copied().fold(0.0, f64::max);
            let points: Vec<(f64, f64)> = s
                .frequencies
                .iter()
                .zip(&s.density)
                .filter(|(f, _)| **f <= end)
                .map(|(f, d)| (*f, d.max(FLOOR * largest).log10()))
                .filter(|p| p.1.is_finite())
                .collect();
            let y = Span::around(points.iter().map(|p| p.1))?.stretched(1.08);
            let x = Span { low: 0.0, high: end };
            let mut drawing = Drawing::new(WIDTH, 222.0);
            let frame = Frame { place: [64.0, 20.0, WIDTH - 78.0, 150.0], x, y };
            frame.axis_y(&mut drawing, &powers(y), &format!("power of {} (log)", s.state));
            frame.axis_x(&mut drawing, &labelled(x, 6, frame.place[2]), "cycles a unit of time");
            let peak = points.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
            if let Some((frequency, _)) = peak.filter(|_| largest > 0.0) {
                let [at, _] = frame.at(frequency, y.low);
                let ends = [[at, frame.place[1]], [at, frame.place[1] + frame.place[3]]];
                drawing.polyline(&ends, &named("straight"), 1.1, "stroke-dasharray=\"4 3\"");
                let (anchor, label) = beside(frequency, end);
                drawing.text([at, frame.place[1] - 5.0], 10.0, anchor, &named("muted"), &label);
            }
            let line: Vec<[f64; 2]> = points.iter().map(|p| frame.at(p.0, p.1)).collect();
            drawing.polyline(&line, &named("model"), 1.2, "");
            Some(drawing)
        })
        .collect();
    let caption =
        "One-sided power spectral density by Welch's method (Hann windows that overlap by half). Dashes: the \
                   largest of the values that are shown."
            .to_owned();
    (!tiles.is_empty()).then_some(Sheet { name: "spectra", title: "Power spectra", caption, tiles })
}

/// The label of a peak, within the frame.
fn beside(frequency: f64, end: f64) -> (Anchor, String) {
    let anchor = match frequency / end {
        share if share < 0.15 => Anchor::Start,
        share if share > 0.85 => Anchor::End,
        _ => Anchor::Middle,
    };
    (anchor, format!("peak at {}", number(frequency)))
}

fn powers(span: Span) -> Vec<(f64, String)> {
    let ticks = log_ticks(span);
    let few = ticks.len().div_ceil(6).max(1);
    ticks.into_iter().step_by(few).map(|v| (v, number(10f64.powf(v)).replace(".0e", "e"))).collect()
}

/// A value against the one before it.
pub(super) fn returns(picture: &Picture) -> Option<Sheet> {
    let extremes = picture.extremes.as_ref().filter(|e| e.pairs.len() > 2)?;
    let span = Span::around(extremes.pairs.iter().flatten().copied())?.stretched(1.06);
    let mut drawing = Drawing::new(400.0, 390.0);
    let frame = Frame { place: [70.0, 10.0, 318.0, 318.0], x: span, y: span };
    frame.axes(&mut drawing, [&extremes.what, &format!("the next {}", extremes.what)]);
    let diagonal = [frame.at(span.low, span.low), frame.at(span.high, span.high)];
    drawing.polyline(&diagonal, &named("muted"), 0.8, "stroke-dasharray=\"4 3\"");
    drawing.dots(extremes.pairs.iter().map(|p| frame.at(p[0], p[1])), 1.3, &named("model"), 0.8);
    let caption = format!(
        "Each {} against the one before it, {} pairs. A thin curve: one value settles the next. Dashes: no change.",
        extremes.what,
        extremes.pairs.len()
    );
    Some(Sheet { name: "returns", title: "Return map", caption, tiles: vec![drawing] })
}

/// Exponents against the time that they are averaged over.
pub(super) fn exponents(picture: &Picture) -> Option<Sheet> {
    let (first, last) = (picture.convergence.first()?, picture.convergence.last()?);
    let count = last.values.len().min(STATES);
    let x = Span { low: first.time.log10(), high: last.time.log10() }.stretched(1.1);
    let all = picture.convergence.iter().flat_map(|c| c.values.iter().take(count).copied());
    let y = Span::around(all.chain([0.0]))?.stretched(1.12);
    let mut drawing = Drawing::new(WIDTH, 282.0);
    let frame = Frame { place: [64.0, 14.0, WIDTH - 196.0, 214.0], x, y };
    frame.axis_y(&mut drawing, &labelled(y, 6, f64::INFINITY), "Lyapunov exponent");
    let ticks: Vec<(f64, String)> = picture.convergence.iter().map(|c| (c.time.log10(), number(c.time))).collect();
    frame.axis_x(&mut drawing, &ticks, "time averaged over (log)");
    let zero = [frame.at(x.low, 0.0), frame.at(x.high, 0.0)];
    drawing.polyline(&zero, &named("muted"), 0.9, "stroke-dasharray=\"4 3\"");
    let mut labels: Vec<([f64; 2], String)> = Vec::new();
    for k in 0..count {
        let style = sequential(k as f64 / (count - 1).max(1) as f64);
        let line: Vec<[f64; 2]> = picture.convergence.iter().map(|c| frame.at(c.time.log10(), c.values[k])).collect();
        for c in &picture.convergence {
            let ends = [-1.0, 1.0].map(|side| frame.at(c.time.log10(), c.values[k] + side * c.errors[k]));
            drawing.line(ends[0], ends[1], &style, 1.4);
        }
        drawing.polyline(&line, &style, 1.4, "");
        drawing.dots(line.iter().copied(), 2.4, &style, 1.0);
        labels.extend(line.last().map(|end| (*end, with_error(last.values[k], last.errors[k]))));
    }
    // Labels of exponents near each other are moved apart, from the top down.
    let mut free = f64::NEG_INFINITY;
    for ([_, y], label) in labels {
        let y = (y + 4.0).max(free);
        free = y + 13.0;
        drawing.text([frame.place[0] + frame.place[2] + 6.0, y], 11.0, Anchor::Start, &named("ink"), &label);
    }
    let caption = "Bars: one standard error, from the scatter of four parts of the orbit.".to_owned();
    Some(Sheet { name: "exponents", title: "Convergence of the exponents", caption, tiles: vec![drawing] })
}

/// Figures of a law over time.
pub(super) fn series(picture: &Picture) -> Option<Sheet> {
    let tiles: Vec<Drawing> = picture
        .series
        .iter()
        .filter_map(|(name, points)| {
            let x = Span::around(points.iter().map(|p| p[0]))?;
            let y = Span::around(points.iter().map(|p| p[1]))?.stretched(1.08);
            let mut drawing = Drawing::new(WIDTH, 212.0);
            let ticks = labelled(y, 4, f64::INFINITY);
            let left = 84.0_f64.max(beyond(&ticks) + 14.0);
            let frame = Frame { place: [left, 12.0, WIDTH - left - 14.0, 150.0], x, y };
            frame.axis_y(&mut drawing, &ticks, name);
            let title =
                if picture.time_unit.is_empty() { "time".into() } else { format!("time ({})", picture.time_unit) };
            frame.axis_x(&mut drawing, &labelled(x, 6, frame.place[2]), &title);
            let line: Vec<[f64; 2]> = points.iter().map(|p| frame.at(p[0], p[1])).collect();
            drawing.polyline(&line, &named("model"), 1.3, "");
            Some(drawing)
        })
        .collect();
    let caption = "Figures of the whole over time.".to_owned();
    (!tiles.is_empty()).then_some(Sheet { name: "series", title: "Figures over time", caption, tiles })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_run::simulation::Spectrum;

    #[test]
    fn the_peak_that_is_marked_is_the_one_that_was_measured() {
        let frequencies: Vec<f64> = (1..=100).map(|k| 0.05 * f64::from(k)).collect();
        let bump = |f: &f64| 1e-3 + (-((f - 1.35) / 0.2).powi(2)).exp();
        let density = frequencies.iter().map(bump).collect();
        let spectrum = Spectrum { state: "z".into(), frequencies, density };
        // The catalogue calls another time its period.
        let picture = Picture { spectra: vec![spectrum], period: Some(1.5), ..Picture::default() };
        let drawn = spectra(&picture).unwrap().tiles[0].document();
        assert!(drawn.contains("peak at 1.35") && !drawn.contains("period"), "{drawn}");
        let flat = Spectrum { state: "z".into(), frequencies: vec![1.0, 2.0], density: vec![0.0, 0.0] };
        let none = spectra(&Picture { spectra: vec![flat], ..Picture::default() });
        assert!(none.is_none_or(|sheet| !sheet.tiles[0].document().contains("peak")));
    }
}
