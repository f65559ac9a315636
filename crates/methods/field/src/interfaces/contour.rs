//! Contours on a grid by marching squares.

use std::collections::BTreeMap;
use thalweg_core::{Error, Result};
use thalweg_measure::{Axis, Line};

/// A line between what is above a level, on its left, and what is below.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// The level, on the scale on which values were grouped.
    pub level: f64,
    /// Points along the line; of a closed one the first is not repeated.
    pub points: Vec<[f64; 2]>,
    /// Whether the last point is joined to the first.
    pub closed: bool,
}

impl Interface {
    /// Its length, in units of the data.
    pub fn length(&self) -> f64 {
        self.segments().map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])).sum()
    }

    /// The segments from point to point.
    pub(super) fn segments(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
        let n = self.points.len();
        let count = if self.closed { n } else { n - 1 };
        (0..count).map(move |k| (self.points[k], self.points[(k + 1) % n]))
    }

    /// The distance of a place from the line.
    pub fn distance(&self, at: [f64; 2]) -> f64 {
        let far = |(a, b): ([f64; 2], [f64; 2])| {
            let (d, p) = ([b[0] - a[0], b[1] - a[1]], [at[0] - a[0], at[1] - a[1]]);
            let square = d[0] * d[0] + d[1] * d[1];
            let t = if square > 0.0 { ((d[0] * p[0] + d[1] * p[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
            (p[0] - t * d[0]).hypot(p[1] - t * d[1])
        };
        self.segments().map(far).fold(f64::INFINITY, f64::min)
    }

    /// The unit normal at point `k`, toward what is above the level.
    pub(super) fn normal(&self, k: usize) -> [f64; 2] {
        let n = self.points.len();
        let (a, b) = if self.closed {
            (self.points[(k + n - 1) % n], self.points[(k + 1) % n])
        } else {
            (self.points[k.saturating_sub(1)], self.points[(k + 1).min(n - 1)])
        };
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
        [-dy / length, dx / length]
    }

    /// The same line by points about `step` apart along it: where a line meets a grid is anywhere, and neighbours that all
    /// but coincide have no direction.
    pub(super) fn resampled(self, step: f64) -> Self {
        let segments: Vec<_> = self.segments().collect();
        let mut ends = vec![0.0];
        for (a, b) in &segments {
            ends.push(ends[ends.len() - 1] + (b[0] - a[0]).hypot(b[1] - a[1]));
        }
        let total = ends[segments.len()];
        let count = ((total / step).round() as usize).max(3);
        let at = |k: usize| {
            let along = total * k as f64 / count as f64;
            let n = (ends.partition_point(|e| *e <= along) - 1).min(segments.len() - 1);
            let ((a, b), length) = (segments[n], ends[n + 1] - ends[n]);
            let t = if length > 0.0 { (along - ends[n]) / length } else { 0.0 };
            [0, 1].map(|c| a[c] + t * (b[c] - a[c]))
        };
        let last = if self.closed { count - 1 } else { count };
        Self { points: (0..=last).map(at).collect(), ..self }
    }

    /// Moves every point half way to the middle of its neighbours; the ends of an open line stay.
    pub(super) fn smooth(&mut self) {
        let (n, old) = (self.points.len(), self.points.clone());
        for k in 0..n {
            if self.closed || (k > 0 && k + 1 < n) {
                let (a, b) = (old[(k + n - 1) % n], old[(k + 1) % n]);
                self.points[k] = [0, 1].map(|c| 0.5 * old[k][c] + 0.25 * (a[c] + b[c]));
            }
        }
    }
}

/// The longest contour of `level` in a frame (`ny x nx`).
pub(super) fn longest(values: &[f64], x: Axis, y: Axis, level: f64) -> Result<Interface> {
    let all = contours(values, x, y, level);
    all.into_iter().max_by(|a, b| a.length().total_cmp(&b.length())).ok_or_else(|| {
        Error::failed(format!("Nothing in the frame crosses the level {level}, so that it has no interface."))
            .advise("Take another boundary, or fewer clusters.")
    })
}

/// All contours, open ones first.
fn contours(values: &[f64], x: Axis, y: Axis, level: f64) -> Vec<Interface> {
    let nx = x.count;
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    for j in 0..y.count - 1 {
        for i in 0..nx - 1 {
            cell(values, nx, i, j, level, |from, to| {
                next.insert(from, to);
            });
        }
    }
    let place = |edge: usize| {
        let (corner, upward) = (edge / 2, edge % 2 == 1);
        let (i, j) = (corner % nx, corner / nx);
        let other = if upward { corner + nx } else { corner + 1 };
        let t = (level - values[corner]) / (values[other] - values[corner]);
        if upward { [x.place(i), y.place(j) + t * y.step] } else { [x.place(i) + t * x.step, y.place(j)] }
    };
    let ends: std::collections::BTreeSet<usize> = next.values().copied().collect();
    let mut starts: Vec<usize> = next.keys().copied().filter(|edge| !ends.contains(edge)).collect();
    let mut all = Vec::new();
    loop {
        let first = match starts.pop() {
            Some(first) => first,
            None => match next.keys().next() {
                Some(first) => *first,
                None => return all,
            },
        };
        let (mut points, mut edge, mut closed) = (vec![place(first)], first, false);
        while let Some(following) = next.remove(&edge) {
            closed = following == first;
            if !closed {
                points.push(place(following));
            }
            edge = following;
        }
        all.push(Interface { level, points, closed });
    }
}

/// The segments of a cell, each from an edge to an edge with what is above the level on its left.
fn cell(values: &[f64], nx: usize, i: usize, j: usize, level: f64, mut segment: impl FnMut(usize, usize)) {
    let corner = j * nx + i;
    // Against the clock from the lower left, and the edges after each.
    let around = [corner, corner + 1, corner + nx + 1, corner + nx];
    let edges = [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + nx), 2 * corner + 1];
    let above = around.map(|k| values[k] > level);
    let leaves = |k: usize| above[k] && !above[(k + 1) % 4];
    let enters = |k: usize| !above[k] && above[(k + 1) % 4];
    let saddle = (0..4).filter(|&k| leaves(k)).count() == 2;
    let joined = around.iter().map(|&k| values[k]).sum::<f64>() > 4.0 * level;
    for k in (0..4).filter(|&k| leaves(k)) {
        // In a saddle the middle says whether what is above is joined through it.
        let to = match (saddle, joined) {
            (true, true) => (k + 1) % 4,
            (true, false) => (k + 3) % 4,
            (false, _) => (0..4).find(|&e| enters(e)).unwrap_or(k),
        };
        segment(edges[k], edges[to]);
    }
}

/// The mean velocity of an interface over frames at `times`: the slope of its mean place.
///
/// # Errors
/// Fewer than two frames, or another number of times.
pub fn interface_velocity(interfaces: &[Interface], times: &[f64]) -> Result<[f64; 2]> {
    if interfaces.len() < 2 || interfaces.len() != times.len() {
        return Err(Error::input(format!(
            "{} interfaces at {} times have no velocity; two at least are needed.",
            interfaces.len(),
            times.len()
        )));
    }
    let mean = |one: &Interface, c: usize| one.points.iter().map(|p| p[c]).sum::<f64>() / one.points.len() as f64;
    let along = |c: usize| interfaces.iter().map(|one| mean(one, c)).collect::<Vec<_>>();
    Ok([0, 1].map(|c| Line::through(times, &along(c)).slope))
}
