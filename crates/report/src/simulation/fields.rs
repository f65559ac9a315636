//! Still pictures of fields: space and time at once on a line, moments on a plane, maps and poles of a sphere.

use super::{Sheet, range};
use crate::colour;
use crate::digits::{Digits, labelled};
use crate::frame::Frame;
use crate::svg::{Anchor, Drawing, Style, diverging, named, sequential};
use crate::view::{Span, number};
use std::f64::consts::{PI, TAU};
use thalweg_run::simulation::{Picture, Shown};

/// Most cells along each axis of a still picture.
const CELLS: usize = 208;
/// Moments of a surface.
const MOMENTS: usize = 4;

/// The fields, those that can be drawn.
pub(super) fn sheet(picture: &Picture) -> Option<Sheet> {
    let tiles: Vec<Drawing> = picture.fields.iter().flat_map(|field| tiles(field, &picture.time_unit)).collect();
    let sphere = picture.fields.iter().any(|f| f.surface == "sphere");
    let poles =
        if sphere { " Discs: the last moment from above each pole, which is the dot in the middle." } else { "" };
    let caption = format!("Colours are the same in all moments of a field.{poles}");
    (!tiles.is_empty()).then_some(Sheet { name: "fields", title: "Fields", caption, tiles })
}

fn tiles(field: &Shown, unit: &str) -> Vec<Drawing> {
    let moments = || spread(field.times.len(), MOMENTS);
    match (field.surface.as_str(), &field.axes[..]) {
        ("line", [_]) => vec![space_time(field, unit)],
        ("plane", [_, _]) => moments().into_iter().map(|k| moment(field, k, unit)).collect(),
        ("sphere", [_, _]) => {
            let last = field.times.len().saturating_sub(1);
            let maps = moments().into_iter().map(|k| moment(field, k, unit));
            maps.chain([true, false].map(|north| pole(field, last, north))).collect()
        }
        _ => Vec::new(),
    }
}

/// Evenly spread places, both ends among them.
fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most { (0..count).collect() } else { (0..most).map(|k| k * (count - 1) / (most - 1)).collect() }
}

/// The step of the colour map of a value, none where it is not finite.
fn step(value: f32, span: Span) -> Option<usize> {
    let value = f64::from(value);
    value.is_finite().then(|| colour::step((value - span.low) / span.width()))
}

fn map(signed: bool) -> fn(f64) -> Style {
    if signed { diverging } else { sequential }
}

fn titled(field: &Shown) -> String {
    if field.unit.is_empty() { field.name.clone() } else { format!("{} ({})", field.name, field.unit) }
}

/// The index of the position nearest to a fraction of the way, for positions that increase.
fn place(positions: &[f64], fraction: f64) -> usize {
    let (first, last) = (positions[0], positions[positions.len() - 1]);
    nearest(positions, first + fraction * (last - first))
}

fn space_time(field: &Shown, unit: &str) -> Drawing {
    let (name, x) = &field.axes[0];
    let (span, signed) = range(field);
    let spans = |values: &[f64]| Span::around(values.iter().copied()).unwrap_or(Span { low: 0.0, high: 1.0 });
    let mut drawing = Drawing::new(560.0, 390.0);
    let frame = Frame { place: [70.0, 24.0, 400.0, 320.0], x: spans(x), y: spans(&field.times) };
    let (columns, rows) = (x.len().min(CELLS), field.times.len().min(CELLS));
    let cell = |row: usize, column: usize| {
        let k = place(&field.times, 1.0 - (row as f64 + 0.5) / rows as f64);
        let j = place(x, (column as f64 + 0.5) / columns as f64);
        step(field.values[k * x.len() + j], span)
    };
    let time = if unit.is_empty() { "time".to_owned() } else { format!("time ({unit})") };
    // The lines of an axis lie under the cells.
    frame.axis_y(&mut drawing, &labelled(frame.y, 6, f64::INFINITY), &time);
    drawing.cells(frame.place, (columns, rows), cell, map(signed));
    frame.axis_x(&mut drawing, &labelled(frame.x, 6, 400.0), name);
    bar(&mut drawing, [486.0, 24.0, 12.0, 320.0], span, signed, &titled(field));
    drawing
}

/// A field on a plane, or on a sphere laid flat, at one time.
fn moment(field: &Shown, k: usize, unit: &str) -> Drawing {
    let ((_, slow), (_, fast)) = (&field.axes[0], &field.axes[1]);
    let (span, signed) = range(field);
    let sphere = field.surface == "sphere";
    let (x, y) = if sphere {
        (Span { low: 0.0, high: 360.0 }, Span { low: -90.0, high: 90.0 })
    } else {
        let around = |p: &[f64]| Span::around(p.iter().copied()).unwrap_or(Span { low: 0.0, high: 1.0 });
        (around(fast), around(slow))
    };
    // As it is, unless one side would be a sliver.
    let shape = if sphere { 0.5 } else { (y.width() / x.width()).clamp(0.35, 2.5) };
    let wide = (230.0 / shape).min(330.0);
    let tall = wide * shape;
    let mut drawing = Drawing::new(480.0, tall + 70.0);
    let frame = Frame { place: [62.0, 24.0, wide, tall], x, y };
    let (columns, rows) = (fast.len().min(CELLS), slow.len().min(CELLS));
    let cell = |row: usize, column: usize| {
        let down = (row as f64 + 0.5) / rows as f64;
        // Colatitudes begin at the top, positions of a plane at the bottom.
        let i = place(slow, if sphere { down } else { 1.0 - down });
        let j = place(fast, (column as f64 + 0.5) / columns as f64);
        step(field.values[(k * slow.len() + i) * fast.len() + j], span)
    };
    let names =
        if sphere { ["longitude (degrees)", "latitude"] } else { [field.axes[1].0.as_str(), field.axes[0].0.as_str()] };
    frame.axis_y(&mut drawing, &labelled(y, 4, f64::INFINITY), names[1]);
    drawing.cells(frame.place, (columns, rows), cell, map(signed));
    frame.axis_x(&mut drawing, &labelled(x, 4, wide), names[0]);
    let when = Digits::of(&field.times).write(field.times[k]);
    drawing.text(
        [62.0, 15.0],
        12.0,
        Anchor::Start,
        &named("ink"),
        format!("{}, time {when} {unit}", field.name).trim(),
    );
    let place = [62.0 + wide + 14.0, 24.0, 10.0, tall];
    bar(&mut drawing, place, span, signed, &titled(field));
    drawing
}

/// A sphere from above one of its poles, in the orthographic projection.
fn pole(field: &Shown, k: usize, north: bool) -> Drawing {
    let ((_, slow), (_, fast)) = (&field.axes[0], &field.axes[1]);
    let (span, signed) = range(field);
    let mut drawing = Drawing::new(300.0, 306.0);
    let place_of = [30.0, 26.0, 240.0, 240.0];
    let cell = |row: usize, column: usize| {
        let at = |n: usize| 2.0 * (n as f64 + 0.5) / CELLS as f64 - 1.0;
        let (x, y) = (at(column), -at(row));
        let radius = x.hypot(y);
        if radius > 1.0 {
            return None;
        }
        let colatitude = if north { radius.asin() } else { PI - radius.asin() };
        let longitude = y.atan2(if north { x } else { -x }).rem_euclid(TAU);
        let i = nearest(slow, colatitude);
        let j = nearest(fast, longitude);
        step(field.values[(k * slow.len() + i) * fast.len() + j], span)
    };
    drawing.cells(place_of, (CELLS, CELLS), cell, map(signed));
    let centre = [150.0, 146.0];
    for degrees in [30.0_f64, 60.0, 90.0] {
        let radius = 120.0 * (degrees.to_radians()).sin();
        let circle: Vec<[f64; 2]> = (0..=72)
            .map(|n| f64::from(n) * TAU / 72.0)
            .map(|a| [centre[0] + radius * a.cos(), centre[1] + radius * a.sin()])
            .collect();
        drawing.polyline(&circle, &named("muted"), 0.6, "stroke-opacity=\"0.6\"");
    }
    drawing.dots([centre], 2.6, &named("ink"), 1.0);
    let name = if north { "North pole" } else { "South pole" };
    drawing.text([150.0, 16.0], 12.0, Anchor::Middle, &named("ink"), &format!("{name}; circles every 30 degrees"));
    drawing
}

/// The position nearest to a value, for positions that increase.
fn nearest(positions: &[f64], value: f64) -> usize {
    let after = positions.partition_point(|p| *p < value).min(positions.len() - 1);
    let before = after.saturating_sub(1);
    if (value - positions[before]).abs() < (positions[after] - value).abs() { before } else { after }
}

/// The colours with their values.
fn bar(drawing: &mut Drawing, [x, y, w, h]: [f64; 4], span: Span, signed: bool, title: &str) {
    drawing.cells([x, y, w, h], (1, colour::STEPS), |row, _| Some(colour::STEPS - 1 - row), map(signed));
    for (value, share) in [(span.high, 0.0), (0.5 * (span.low + span.high), 0.5), (span.low, 1.0)] {
        drawing.text([x + w + 5.0, y + h * share + 4.0], 10.5, Anchor::Start, &named("muted"), &number(value));
    }
    // Above its bar, or to the left of its end where it is long.
    if title.chars().count() <= 10 {
        drawing.text([x, y - 9.0], 11.0, Anchor::Start, &named("ink"), title);
    } else {
        drawing.text([x + w + 44.0, y - 9.0], 11.0, Anchor::End, &named("ink"), title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pole_shows_its_own_cap() {
        // A field that is its colatitude: dark at the north pole, light at the south.
        let slow: Vec<f64> = (0..=18).map(|i| f64::from(i) * PI / 18.0).collect();
        let fast: Vec<f64> = (0..36).map(|j| f64::from(j) * TAU / 36.0).collect();
        let values = slow.iter().flat_map(|c| std::iter::repeat_n(*c as f32, fast.len())).collect();
        let axes = vec![("colatitude".into(), slow), ("longitude".into(), fast)];
        let field = Shown {
            name: "b".into(),
            unit: "G".into(),
            surface: "sphere".into(),
            times: vec![0.0],
            axes,
            values,
            span: None,
        };
        let (north, south) = (pole(&field, 0, true).document(), pole(&field, 0, false).document());
        assert!(north.contains("f-q0\"") && !north.contains("f-q63\""));
        assert!(south.contains("f-q63\"") && !south.contains("f-q0\""));
        assert_eq!(tiles(&field, "h").len(), 3);
    }
}
