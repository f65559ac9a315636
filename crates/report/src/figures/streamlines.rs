//! Streamlines of the learned velocity at each grid's time, only where there is data.

use super::{aside, map, thinned, time_fraction, time_span, time_text};
use crate::scene::{Scene, VelocityGrid};
use crate::streamlines::{SEPARATION, Streamline, streamlines};
use crate::svg::{Anchor, Drawing, Style, named, sequential};
use crate::view::View;

/// Panels shown when there are more grids than that.
const PANELS: usize = 6;

/// The figure, or none without a velocity.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let chosen = spread(&scene.velocity, PANELS);
    let width = if chosen.len() == 1 { 720.0 } else { 430.0 };
    let panels: Vec<Drawing> =
        chosen.iter().enumerate().map(|(k, grid)| panel(scene, grid, &format!("plane{k}"), width)).collect();
    let lines = if scene.against_time() {
        "courses that follow the learned velocity; steeper is faster. Nothing is drawn where there is no data."
    } else {
        "direction of the learned velocity at fixed times; thicker is faster, relative to the fastest point of the panel. Nothing is drawn where there is no data at that time."
    };
    let caption = format!("{}: {lines}{}", scene.method.name, aside(scene));
    (!panels.is_empty()).then(|| {
        Drawing::tiled(&panels, if panels.len() > 4 { 3 } else { 2 }, 14.0).captioned("Velocity streamlines", &caption)
    })
}

fn panel(scene: &Scene, grid: &VelocityGrid, name: &str, width: f64) -> Drawing {
    let view = View::of(scene);
    let (mut drawing, frame) = map(scene, width);
    frame.axes(&mut drawing, [&scene.axes[0].title(), &scene.axes[1].title()]);
    // Lines through all times have the colour of none.
    let colour =
        if scene.against_time() { named("ink") } else { sequential(time_fraction(time_span(scene), grid.time)) };
    let separation = if width < 600.0 { 1.25 * SEPARATION } else { SEPARATION };
    drawing.clipped(name, frame.place, |drawing| {
        for snapshot in &scene.snapshots {
            drawing.dots(thinned(&snapshot.xy).map(|p| frame.point(p)), 1.2, &named("observed"), 0.5);
        }
        for line in streamlines(grid, view, separation) {
            draw(drawing, &line, |p| frame.point(p), &colour, width / 720.0);
        }
    });
    if !scene.against_time() {
        let title = format!("{} {}", scene.time.label, time_text(scene, grid.time));
        let [left, top, ..] = frame.place;
        drawing.strong([left + 8.0, top + 16.0], 12.0, Anchor::Start, &named("ink"), &title);
    }
    drawing
}

/// A line in runs of nearly equal speed, thicker where it is faster, with an arrow head in its middle.
fn draw(drawing: &mut Drawing, line: &Streamline, at: impl Fn(&[f64; 2]) -> [f64; 2], colour: &Style, weight: f64) {
    let points: Vec<[f64; 2]> = line.points.iter().map(at).collect();
    let level = |k: usize| (f64::from(line.speed[k]) * 6.0).round();
    let mut start = 0;
    for k in 1..points.len() {
        if level(k) != level(start) || k + 1 == points.len() {
            drawing.polyline(&points[start..=k], colour, weight * (0.8 + 0.25 * level(start)), "");
            start = k;
        }
    }
    let middle = points.len() / 2;
    if middle == 0 {
        return;
    }
    let [tip, back] = [points[middle], points[middle - 1]];
    let gap = (tip[0] - back[0]).hypot(tip[1] - back[1]).max(1e-9);
    let [dx, dy] = [(tip[0] - back[0]) / gap, (tip[1] - back[1]) / gap];
    let size = 4.2 + 2.0 * f64::from(line.speed[middle]);
    let wing = |side: f64| [tip[0] - size * dx - 0.55 * side * size * dy, tip[1] - size * dy + 0.55 * side * size * dx];
    drawing.polygon(&[[tip[0] + 0.4 * size * dx, tip[1] + 0.4 * size * dy], wing(1.0), wing(-1.0)], colour, "");
}

/// At most `most` items, evenly spread from the first to the last.
pub fn spread<T>(items: &[T], most: usize) -> Vec<&T> {
    let n = items.len();
    if n <= most {
        return items.iter().collect();
    }
    (0..most).map(|k| &items[k * (n - 1) / (most - 1)]).collect()
}
