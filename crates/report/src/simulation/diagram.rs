//! The bifurcation diagram of a sweep.

use super::Sheet;
use crate::digits::labelled;
use crate::frame::Frame;
use crate::svg::{Drawing, named};
use crate::view::Span;
use thalweg_run::simulation::Picture;

const WIDTH: f64 = 1060.0;

/// What the motion visits late, against the parameter.
pub(super) fn bifurcations(picture: &Picture) -> Option<Sheet> {
    let diagram = picture.diagram.as_ref()?;
    let x = Span::around(diagram.points.iter().map(|p| p[0]))?;
    let y = Span::around(diagram.points.iter().map(|p| p[1]))?.stretched(1.06);
    let mut drawing = Drawing::new(WIDTH, 442.0);
    let frame = Frame { place: [64.0, 12.0, WIDTH - 78.0, 380.0], x, y };
    frame.axis_y(&mut drawing, &labelled(y, 6, f64::INFINITY), &diagram.what);
    frame.axis_x(&mut drawing, &labelled(x, 8, frame.place[2]), &diagram.parameter);
    drawing.dots(diagram.points.iter().map(|p| frame.at(p[0], p[1])), 0.8, &named("model"), 0.55);
    let caption = format!(
        "Where the motion settles for each {}: {} of the second half of the first trajectory.",
        diagram.parameter, diagram.what
    );
    Some(Sheet { name: "bifurcations", title: "Bifurcation diagram", caption, tiles: vec![drawing] })
}
