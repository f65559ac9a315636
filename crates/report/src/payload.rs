//! What the page's script receives: one JSON object, its arrays quantised and in base64.

use crate::colour::{self, Ground};
use crate::figures::growth;
use crate::figures::time_span;
use crate::pack;
use crate::scene::{Particles, Scene, SnapshotView, VelocityGrid};
use crate::streamlines::{SEPARATION, streamlines};
use crate::view::{Span, View};
use serde_json::{Value, json};

/// The object of the page. Positions are `u16` over `box`, which is larger than the view so that particles may
/// leave the picture and come back.
pub fn payload(scene: &Scene) -> Value {
    let view = View::of(scene);
    let (x, y) = spans(scene);
    let time = time_span(scene);
    let rate = growth::bound(scene);
    json!({
        "view": { "x": [view.x.low, view.x.high], "y": [view.y.low, view.y.high], "equal": view.equal,
                  "aspect": view.aspect() },
        "box": { "x": [x.low, x.high], "y": [y.low, y.high] },
        "time": { "label": scene.time.label, "unit": scene.time.unit, "first": time.low, "last": time.high },
        "features": scene.features.len(),
        "axes": [scene.axes[0].title(), scene.axes[1].title()],
        "growth": { "bound": rate, "unit": growth::unit(scene) },
        "snapshots": scene.snapshots.iter().map(|s| snapshot(s, x, y, rate)).collect::<Vec<_>>(),
        "particles": scene.particles.as_ref().filter(|p| p.count() > 0).map(|p| particles(p, x, y)),
        "velocity": scene.velocity.iter().map(|v| velocity(v, view, x, y)).collect::<Vec<_>>(),
        "palette": { "light": palette(Ground::Light), "dark": palette(Ground::Dark) },
    })
}

/// The spans of the `box`.
pub fn spans(scene: &Scene) -> (Span, Span) {
    let view = View::of(scene);
    (view.x.stretched(3.0), view.y.stretched(3.0))
}

fn snapshot(snapshot: &SnapshotView, x: Span, y: Span, rate: Option<f64>) -> Value {
    let growth = snapshot.growth.as_ref().zip(rate).map(|(g, bound)| pack::signed(g, bound));
    json!({
        "time": snapshot.time,
        "heldOut": snapshot.held_out,
        "count": snapshot.xy.len(),
        "xy": pack::positions(&snapshot.xy, x, y),
        "growth": growth,
    })
}

fn particles(particles: &Particles, x: Span, y: Span) -> Value {
    let logs = particles.log_weight.as_ref();
    let bound =
        logs.and_then(|frames| growth::percentile(frames.iter().flatten().map(|v| f64::from(v.abs())).collect()));
    json!({
        "times": particles.times,
        "count": particles.count(),
        "xy": pack::positions(particles.xy.iter().flatten(), x, y),
        "logWeight": logs.zip(bound).map(|(frames, bound)| pack::signed(frames.iter().flatten(), bound)),
        "logWeightBound": bound,
    })
}

fn velocity(grid: &VelocityGrid, view: View, x: Span, y: Span) -> Value {
    let lines = streamlines(grid, view, SEPARATION);
    json!({
        "time": grid.time,
        "lengths": lines.iter().map(|l| l.points.len()).collect::<Vec<_>>(),
        "xy": pack::positions(lines.iter().flat_map(|l| &l.points), x, y),
        "speed": pack::fractions(lines.iter().flat_map(|l| &l.speed)),
    })
}

fn palette(ground: Ground) -> Value {
    json!({
        "sequential": colour::table(colour::sequential, ground),
        "diverging": colour::table(colour::diverging, ground),
    })
}
