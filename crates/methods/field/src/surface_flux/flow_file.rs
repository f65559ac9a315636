//! Frames of flow in files.

use super::Frame;
use super::file::{Times, parse};
use crate::sphere::{Flow, Sphere};
use std::path::Path;
use thalweg_core::{Error, Result};
use thalweg_io::{Grids, read_grids};

/// Names of the velocity towards the east, and of that towards the north and the south.
const EASTWARD: [&str; 4] = ["u", "eastward", "vp", "vphi"];
const NORTHWARD: [&str; 2] = ["v", "northward"];
const SOUTHWARD: [&str; 3] = ["southward", "vt", "vtheta"];

/// Reads frames of flow for the mesh of a run from NetCDF or HDF5, within `memory` bytes: velocities in metres a second over
/// latitude and longitude, `u` (or `eastward`, HipFT's `vp`) and `v` (or `northward`; `vt` and `southward` point the other
/// way). Along a dimension `time`, whose coordinate is hours after the start, there are several; without one a frame holds
/// from the start on. Faces have the mean of the cells beside them, and nothing crosses a pole.
///
/// # Errors
/// What [`read_grids`] refuses; a velocity that is missing, or has another mesh than the run or missing values.
pub fn read_flow(path: &Path, sphere: &Sphere, memory: Option<u64>) -> Result<Vec<Frame>> {
    let read = |grids: Grids| {
        let (east, _) = one(&grids, &EASTWARD, "eastward (u)", sphere)?;
        let names: Vec<&str> = NORTHWARD.iter().chain(&SOUTHWARD).copied().collect();
        let (along, name) = one(&grids, &names, "northward (v)", sphere)?;
        let south = if NORTHWARD.contains(&name.to_lowercase().as_str()) { -1.0 } else { 1.0 };
        let hours = match grids.variables.iter().find(|v| v.name.eq_ignore_ascii_case("time")) {
            Some(time) if time.values.len() == east.len() => time.values.clone(),
            _ if east.len() == 1 => vec![0.0],
            _ => {
                return Err(Error::input(format!("There are {} frames of flow, but no coordinate time.", east.len()))
                    .advise("Give time in hours after the start."));
            }
        };
        if along.len() != east.len() {
            return Err(Error::input(format!(
                "There are {} frames of the eastward and {} of the other velocity.",
                east.len(),
                along.len()
            )));
        }
        let frames = hours.into_iter().zip(east.iter().zip(&along));
        Ok(frames.map(|(hours, (u, v))| Frame { hours, flow: on_faces(sphere, u, v, south) }).collect())
    };
    read(read_grids(path, memory)?).map_err(|e: Error| e.within(path.display()))
}

/// A velocity on the mesh of the run.
fn one<'a>(grids: &'a Grids, names: &[&str], what: &str, sphere: &Sphere) -> Result<(Vec<Vec<f64>>, &'a str)> {
    if !grids.variables.iter().any(|v| names.contains(&v.name.to_lowercase().as_str())) {
        return Err(Error::input(format!("There is no {what} velocity."))
            .advise(format!("It may be called {}.", names.join(", "))));
    }
    let (maps, name) = parse(grids, names, Times::All)?;
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-4;
    let same = (maps.sphere.rows(), maps.sphere.columns()) == (sphere.rows(), sphere.columns())
        && maps.sphere.colatitudes().iter().zip(sphere.colatitudes()).all(near);
    if !same {
        return Err(Error::input(format!(
            "The velocity {name} has {} rows and {} columns, the run {} and {}, or they lie elsewhere.",
            maps.sphere.rows(),
            maps.sphere.columns(),
            sphere.rows(),
            sphere.columns()
        ))
        .advise("Interpolate the flow to the mesh of the run."));
    }
    if maps.maps.iter().flatten().any(|v| !v.is_finite()) {
        return Err(Error::input(format!("The velocity {name} has missing values.")).advise("Fill them first."));
    }
    Ok((maps.maps, name))
}

/// A flow on faces from velocities in cells; `south` is the sign of a southward velocity in `v`.
pub fn on_faces(sphere: &Sphere, u: &[f64], v: &[f64], south: f64) -> Flow {
    let n = sphere.columns();
    let mut flow = Flow::still(sphere);
    for face in 1..sphere.rows() {
        let (above, below) = (&v[(face - 1) * n..][..n], &v[face * n..][..n]);
        let row = &mut flow.southward[face * n..][..n];
        row.iter_mut().zip(above.iter().zip(below)).for_each(|(f, (a, b))| *f = 0.5 * south * (a + b));
    }
    for (row, here) in flow.eastward.chunks_exact_mut(n).zip(u.chunks_exact(n)) {
        (0..n).for_each(|k| row[k] = 0.5 * (here[(k + n - 1) % n] + here[k]));
    }
    flow
}
