//! Refuses a scene that cannot be drawn truthfully, naming what is wrong.

use crate::scene::{Particles, Scene, SnapshotView, VelocityGrid};
use thalweg_core::{Error, Result};

/// Checks lengths, order of times and finiteness of every array of the scene.
pub fn check(scene: &Scene) -> Result<()> {
    for snapshot in &scene.snapshots {
        check_snapshot(snapshot).map_err(|e| e.within(format!("observed snapshot at {}", snapshot.time)))?;
    }
    if let Some(particles) = &scene.particles {
        check_particles(particles).map_err(|e| e.within("particles"))?;
    }
    for grid in &scene.velocity {
        check_grid(grid).map_err(|e| e.within(format!("velocity grid at {}", grid.time)))?;
    }
    increasing("snapshot times", scene.snapshots.iter().map(|s| s.time))?;
    increasing("velocity times", scene.velocity.iter().map(|v| v.time))?;
    for score in &scene.evaluation {
        let values = [Some(score.time), Some(score.model), score.unchanged, score.straight, score.floor];
        finite(&format!("the {} row at {}", score.metric.name(), score.time), values.into_iter().flatten())?;
    }
    finite("the run's seconds", [scene.outcome.seconds])
}

fn check_snapshot(snapshot: &SnapshotView) -> Result<()> {
    let n = snapshot.xy.len();
    points("positions", &snapshot.xy)?;
    for (name, values) in [("weights", &snapshot.weights), ("growth rates", &snapshot.growth)] {
        if let Some(values) = values {
            length(name, values.len(), n)?;
            finite(name, values.iter().map(|v| f64::from(*v)))?;
        }
    }
    match snapshot.weights.as_ref().and_then(|w| w.iter().find(|v| **v < 0.0)) {
        Some(weight) => Err(Error::input(format!("A weight is {weight}, and weights must not be negative."))),
        None => Ok(()),
    }
}

fn check_particles(particles: &Particles) -> Result<()> {
    let (frames, n) = (particles.times.len(), particles.count());
    length("frames of positions", particles.xy.len(), frames)?;
    increasing("frame times", particles.times.iter().copied())?;
    for frame in &particles.xy {
        length("positions of a frame", frame.len(), n)?;
        points("positions", frame)?;
    }
    if let Some(logs) = &particles.log_weight {
        length("frames of log-weights", logs.len(), frames)?;
        for frame in logs {
            length("log-weights of a frame", frame.len(), n)?;
            finite("log-weights", frame.iter().map(|v| f64::from(*v)))?;
        }
    }
    Ok(())
}

fn check_grid(grid: &VelocityGrid) -> Result<()> {
    let nodes = grid.nx * grid.ny;
    if grid.nx < 2 || grid.ny < 2 {
        return Err(Error::input(format!(
            "The grid has {} by {} nodes, and at least 2 by 2 are needed.",
            grid.nx, grid.ny
        )));
    }
    length("velocities", grid.uv.len(), nodes)?;
    length("data marks", grid.data.len(), nodes)?;
    for [first, last] in [grid.x, grid.y] {
        if !(first.is_finite() && last.is_finite() && first < last) {
            return Err(Error::input(format!("The grid spans {first} to {last}, which is not an interval.")));
        }
    }
    // Velocities where there is no data may be anything: they are never read.
    let seen = grid.uv.iter().zip(&grid.data).filter(|(_, data)| **data).flat_map(|(uv, _)| uv);
    finite("velocities", seen.copied())
}

fn length(name: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::input(format!("There are {found} {name} where {expected} are expected.")))
}

fn points(name: &str, xy: &[[f64; 2]]) -> Result<()> {
    finite(name, xy.iter().flatten().copied())
}

/// Refuses a number that is not finite.
pub fn finite(name: &str, values: impl IntoIterator<Item = f64>) -> Result<()> {
    match values.into_iter().find(|v| !v.is_finite()) {
        Some(value) => Err(Error::input(format!("One of {name} is {value}, which cannot be drawn."))),
        None => Ok(()),
    }
}

fn increasing(name: &str, times: impl IntoIterator<Item = f64>) -> Result<()> {
    let mut last = f64::NEG_INFINITY;
    for time in times {
        if !(time.is_finite() && time > last) {
            return Err(Error::input(format!("The {name} must increase, and {time} follows {last}.")));
        }
        last = time;
    }
    Ok(())
}
