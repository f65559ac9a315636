//! The still figures, one a file. Each is made of drawings that the page places itself and that a figure tiles.

pub mod evaluation;
pub mod growth;
pub mod marginals;
pub mod particles;
pub mod streamlines;
pub mod training;

use crate::check::check;
use crate::digits::{Digits, labelled, widest};
use crate::frame::Frame;
use crate::scene::Scene;
use crate::svg::{Anchor, Drawing, named, sequential};
use crate::view::{Span, View};
use thalweg_core::Result;

/// A still figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// File stem, for example `streamlines`.
    pub name: &'static str,
    /// A standalone SVG document.
    pub svg: String,
}

/// The figures of a run, those for which the scene has data.
///
/// # Errors
/// [`thalweg_core::Class::Input`] when arrays of the scene disagree in length or hold a number that is not finite.
pub fn figures(scene: &Scene) -> Result<Vec<Figure>> {
    check(scene)?;
    let all = [
        ("particles", particles::sheet(scene)),
        ("streamlines", streamlines::sheet(scene)),
        ("growth", growth::sheet(scene)),
        ("marginals", marginals::sheet(scene)),
        ("evaluation", evaluation::sheet(scene)),
        ("training", training::sheet(scene)),
    ];
    Ok(all.into_iter().filter_map(|(name, sheet)| Some(Figure { name, svg: sheet?.document() })).collect())
}

/// Most points a still picture draws of one set: more only make the file larger.
const MOST_POINTS: usize = 3000;

/// Evenly strided positions of at most [`MOST_POINTS`].
pub fn thinned<T>(items: &[T]) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(MOST_POINTS).max(1))
}

/// What a caption adds where the first axis is time.
fn aside(scene: &Scene) -> &'static str {
    if scene.against_time() {
        " Observed points are spread a little to both sides of their time, so that they can be told apart."
    } else {
        ""
    }
}

/// An empty map of the plane with room for a scale at its right, and for whatever its labels take.
pub fn map(scene: &Scene, width: f64) -> (Drawing, Frame) {
    let view = View::of(scene);
    let times: Vec<(f64, String)> = scene.snapshots.iter().map(|s| (s.time, time_text(scene, s.time))).collect();
    let left = 54.0_f64.max(widest(&labelled(view.y, 5, f64::INFINITY)) + 26.0);
    let (right, bottom) = (74.0_f64.max(widest(&times) + 38.0), 40.0);
    let inner = width - left - right;
    let height = inner * view.aspect();
    let view = view.filling(inner, height);
    let frame = Frame { place: [left, 6.0, inner, height], x: view.x, y: view.y };
    (Drawing::new(width, height + bottom + 6.0), frame)
}

/// First and last time of everything in the scene.
pub fn time_span(scene: &Scene) -> Span {
    let frames = scene.particles.iter().flat_map(|p| p.times.iter().copied());
    let times = scene.snapshots.iter().map(|s| s.time).chain(frames);
    Span::around(times).unwrap_or(Span { low: 0.0, high: 1.0 })
}

/// A time of a snapshot, a velocity or a score, told apart from the others.
pub fn time_text(scene: &Scene, time: f64) -> String {
    let snapshots = scene.snapshots.iter().map(|s| s.time);
    let others = scene.velocity.iter().map(|v| v.time).chain(scene.evaluation.iter().map(|s| s.time));
    Digits::of(&snapshots.chain(others).collect::<Vec<_>>()).write(time)
}

/// Where a time lies between the first and the last.
pub fn time_fraction(span: Span, time: f64) -> f64 {
    (time - span.low) / span.width()
}

/// The scale of times at the right of a map, with the snapshots' times.
fn time_scale(drawing: &mut Drawing, frame: &Frame, scene: &Scene) {
    let span = time_span(scene);
    let ticks: Vec<(f64, String)> = if scene.snapshots.is_empty() || scene.snapshots.len() > 9 {
        labelled(span, 5, f64::INFINITY)
    } else {
        scene.snapshots.iter().map(|s| (s.time, time_text(scene, s.time))).collect()
    };
    let marks: Vec<(f64, String)> = ticks.into_iter().map(|(t, text)| (time_fraction(span, t), text)).collect();
    scale(drawing, frame, &scene.time.title(), &marks, sequential);
}

/// A colour scale at the right of a map.
pub fn scale(
    drawing: &mut Drawing,
    frame: &Frame,
    title: &str,
    marks: &[(f64, String)],
    colour: impl Fn(f64) -> crate::svg::Style,
) {
    let [left, top, width, height] = frame.place;
    let (x, tall) = (left + width + 18.0, (0.62 * height).min(220.0));
    let (y, slabs) = (top + 22.0, 48);
    drawing.text([x - 4.0, top + 10.0], 11.0, Anchor::Start, &named("ink"), title);
    for k in 0..slabs {
        let share = f64::from(k) / f64::from(slabs);
        let place = [x, y + tall * (1.0 - share) - tall / f64::from(slabs), 11.0, tall / f64::from(slabs) + 0.6];
        drawing.rect(place, &colour(share + 0.5 / f64::from(slabs)));
    }
    for (share, text) in marks {
        let at = y + tall * (1.0 - share);
        drawing.text([x + 16.0, at + 4.0], 11.0, Anchor::Start, &named("muted"), text);
    }
}
