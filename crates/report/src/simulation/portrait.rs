//! The phase portrait: where the motion went, in the space of its states.

use super::Sheet;
use crate::frame::Frame;
use crate::pack;
use crate::svg::{Drawing, named, sequential};
use crate::view::Span;
use serde_json::{Value, json};
use thalweg_run::simulation::{Orbit, Picture};

/// Orbits drawn over each other in a still picture.
const ORBITS: usize = 12;
/// Pieces of the colour along an orbit.
const PIECES: usize = 24;

/// A coordinate of the portrait: its name, and its value at point `k` of an orbit.
pub(super) struct Coordinate {
    pub name: String,
    state: usize,
    /// Points ago.
    ago: usize,
}

/// The coordinates of the portrait: the states, or one state now and a quarter of a period (one iteration) ago.
pub(super) fn coordinates(picture: &Picture) -> Vec<Coordinate> {
    let now = |state: usize| Coordinate { name: picture.states[state].clone(), state, ago: 0 };
    if picture.states.len() != 1 {
        return (0..picture.states.len()).map(now).collect();
    }
    let interval = picture.orbits.first().and_then(|o| Some(o.times.get(1)? - o.times.first()?)).unwrap_or(1.0);
    let (ago, words) = match picture.period.filter(|_| !picture.discrete) {
        Some(period) => ((0.25 * period / interval).round().max(1.0) as usize, "a quarter of a period"),
        None => (1, if picture.discrete { "one iteration" } else { "one point" }),
    };
    vec![now(0), Coordinate { name: format!("{} {words} before", picture.states[0]), state: 0, ago }]
}

/// The points of an orbit in one coordinate; those without a past are left out.
fn along<'a>(orbit: &'a Orbit, states: usize, c: &Coordinate, first: usize) -> impl Iterator<Item = f64> + use<'a> {
    let (state, ago) = (c.state, c.ago);
    (first..orbit.times.len()).map(move |k| f64::from(orbit.values[(k - ago) * states + state]))
}

fn spans(picture: &Picture, coordinates: &[Coordinate]) -> Vec<Span> {
    let (states, first) = (picture.states.len(), past(coordinates));
    coordinates
        .iter()
        .map(|c| {
            let all = picture.orbits.iter().flat_map(|o| along(o, states, c, first));
            Span::around(all).unwrap_or(Span { low: -1.0, high: 1.0 })
        })
        .collect()
}

fn past(coordinates: &[Coordinate]) -> usize {
    coordinates.iter().map(|c| c.ago).max().unwrap_or(0)
}

/// What the script turns.
pub(super) fn payload(picture: &Picture) -> Value {
    if picture.states.is_empty() {
        return Value::Null;
    }
    let coordinates = coordinates(picture);
    let (states, first, spans) = (picture.states.len(), past(&coordinates), spans(picture, &coordinates));
    let orbit = |orbit: &Orbit| {
        let packed = coordinates.iter().zip(&spans).map(|(c, span)| pack::words(along(orbit, states, c, first), *span));
        json!({
            "name": orbit.name,
            "times": [orbit.times.get(first), orbit.times.last()],
            "missed": orbit.missed.iter().skip(first).enumerate().filter(|(_, m)| **m).map(|(k, _)| k).collect::<Vec<_>>(),
            "values": packed.collect::<Vec<_>>(),
        })
    };
    json!({
        "names": coordinates.iter().map(|c| &c.name).collect::<Vec<_>>(),
        "spans": spans.iter().map(|s| [s.low, s.high]).collect::<Vec<_>>(),
        "orbits": picture.orbits.iter().filter(|o| o.times.len() > first).map(orbit).collect::<Vec<_>>(),
    })
}

/// The portrait on the planes of the first three coordinates.
pub(super) fn projections(picture: &Picture) -> Option<Sheet> {
    if picture.orbits.iter().all(|o| o.times.len() < 2) {
        return None;
    }
    let coordinates = coordinates(picture);
    let pairs: &[(usize, usize)] = match coordinates.len() {
        0 | 1 => return None,
        2 => &[(0, 1)],
        _ => &[(0, 1), (0, 2), (1, 2)],
    };
    let tiles = pairs.iter().map(|(a, b)| plane(picture, &coordinates, *a, *b)).collect();
    let dot = if picture.discrete { " A dot an iteration." } else { "" };
    let colours = match picture.orbits.len() {
        1 if picture.discrete => String::new(),
        1 => " Coloured from early to late.".to_owned(),
        many => format!(" {} trajectories, a colour each.", many.min(ORBITS)),
    };
    let caption = format!("The beginning of the motion in the planes of its states.{dot}{colours}");
    Some(Sheet { name: "portraits", title: "Phase portraits", caption, tiles })
}

fn plane(picture: &Picture, coordinates: &[Coordinate], a: usize, b: usize) -> Drawing {
    let (states, first, spans) = (picture.states.len(), past(coordinates), spans(picture, coordinates));
    let mut drawing = Drawing::new(350.0, 330.0);
    let frame = Frame { place: [64.0, 10.0, 274.0, 274.0], x: spans[a].stretched(1.08), y: spans[b].stretched(1.08) };
    frame.axes(&mut drawing, [&coordinates[a].name, &coordinates[b].name]);
    let orbits: Vec<&Orbit> = picture.orbits.iter().filter(|o| o.times.len() > first).take(ORBITS).collect();
    let one = orbits.len() == 1;
    for (k, orbit) in orbits.iter().enumerate() {
        let pair = along(orbit, states, &coordinates[a], first).zip(along(orbit, states, &coordinates[b], first));
        let line: Vec<[f64; 2]> = pair.map(|(x, y)| frame.at(x, y)).collect();
        let own = k as f64 / (orbits.len() - 1).max(1) as f64;
        if picture.discrete {
            drawing.dots(line.iter().copied(), 0.8, &sequential(own), 0.75);
        } else if one {
            let piece = line.len().div_ceil(PIECES).max(1);
            for (n, part) in line.chunks(piece).enumerate() {
                let end = line.get((n + 1) * piece).copied();
                let part: Vec<[f64; 2]> = part.iter().copied().chain(end).collect();
                let late = n as f64 / (PIECES - 1) as f64;
                drawing.polyline(&part, &sequential(late), 0.7, "stroke-opacity=\"0.85\"");
            }
        } else {
            drawing.polyline(&line, &sequential(own), 0.7, "stroke-opacity=\"0.85\"");
            drawing.dots(line.first().copied(), 2.2, &named("ink"), 1.0);
        }
    }
    drawing
}
