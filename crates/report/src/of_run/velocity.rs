//! Velocities on a grid over the window of the page, and where on it they are known.

use super::groups;
use crate::plane::Plane;
use crate::scene::VelocityGrid;
use thalweg_core::{Points, Result, Trajectory, VectorField};
use thalweg_nn::Model;
use thalweg_run::Observed;

/// Nodes of the velocity grid along each axis.
const NODES: usize = 40;
/// Times at which the velocity is drawn where there are more snapshots than that; otherwise theirs.
const FIELDS: usize = 8;

/// What is known around a time: the snapshots before and after it, and the particles on their way between them.
fn known(observed: &Observed, path: &Trajectory, time: f64) -> Result<Points> {
    let groups = groups(&observed.times);
    let at = |k: usize| observed.times[groups[k].start];
    let before = groups.iter().rposition(|g| observed.times[g.start] <= time).unwrap_or(0);
    let after = if at(before) < time { (before + 1).min(groups.len() - 1) } else { before };
    let range = groups[before].start..groups[after].end;
    let d = observed.points.dim();
    let mut values = observed.points.values()[range.start * d..range.end * d].to_vec();
    let gaps = path.times.iter().map(|t| (t - time).abs()).enumerate();
    if let Some((frame, _)) = gaps.min_by(|a, b| a.1.total_cmp(&b.1)) {
        values.extend_from_slice(path.states[frame].values());
    }
    Points::new(d, values)
}

/// Times at which the velocity is drawn.
fn field_times(observed: &Observed) -> Vec<f64> {
    let times: Vec<f64> = groups(&observed.times).into_iter().map(|g| observed.times[g.start]).collect();
    if times.len() <= FIELDS {
        return times;
    }
    let (first, last) = (times[0], times[times.len() - 1]);
    (0..FIELDS).map(|f| first + (last - first) * f as f64 / (FIELDS - 1) as f64).collect()
}

/// Velocities on a grid over the window of the plane: one at each drawn time, or one of all times where time has an axis.
pub fn fields(model: &Model, observed: &Observed, path: &Trajectory, plane: &Plane) -> Result<Vec<VelocityGrid>> {
    if plane.has_time() {
        return Ok(vec![course(model, observed, path, plane)?]);
    }
    field_times(observed)
        .into_iter()
        .map(|time| {
            let near = known(observed, path, time)?;
            let (lifted, data) = plane.lift(&nodes(plane), &near, &plane.points(time, &near));
            let mut v = vec![0.0; lifted.values().len()];
            model.velocity(time, lifted.values(), &mut v);
            Ok(grid(time, plane, &v, data))
        })
        .collect()
}

/// Nodes over the window, the first axis fastest.
fn nodes(plane: &Plane) -> Vec<[f64; 2]> {
    let ([x0, x1], [y0, y1]) = plane.window();
    let at = |a: f64, b: f64, k: usize| a + (b - a) * k as f64 / (NODES - 1) as f64;
    (0..NODES).flat_map(|j| (0..NODES).map(move |i| [at(x0, x1, i), at(y0, y1, j)])).collect()
}

/// The grid of the velocities `v` (`NODES² x d`).
fn grid(time: f64, plane: &Plane, v: &[f64], data: Vec<bool>) -> VelocityGrid {
    let (x, y) = plane.window();
    let uv = v.chunks_exact(v.len() / (NODES * NODES)).map(|v| plane.direction(v)).collect();
    VelocityGrid { time, x, y, nx: NODES, ny: NODES, uv, data }
}

/// The velocity of the one feature at all times and values where there are observed points or particles on their way.
fn course(model: &Model, observed: &Observed, path: &Trajectory, plane: &Plane) -> Result<VelocityGrid> {
    /// Particles of a frame that are looked at: their paths are continuous, so that some show where all are.
    const PASSING: usize = 200;
    let mut values = observed.points.values().to_vec();
    let mut xy: Vec<[f64; 2]> = observed.times.iter().zip(&values).map(|(t, x)| [*t, *x]).collect();
    for (time, frame) in path.times.iter().zip(&path.states) {
        for x in frame.values().iter().step_by(frame.len().div_ceil(PASSING)) {
            values.push(*x);
            xy.push([*time, *x]);
        }
    }
    let nodes = nodes(plane);
    let (lifted, data) = plane.lift(&nodes, &Points::new(1, values)?, &xy);
    let (first, last) = (observed.times[0], observed.times[observed.times.len() - 1]);
    let mut v = vec![0.0; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        let time = node[0].clamp(first, last);
        model.velocity(time, lifted.row(i), &mut v[i..=i]);
    }
    Ok(grid(first, plane, &v, data))
}
