//! Turbulent interfaces, and what the flow does around them (S032).

use crate::arrays::{contiguous, numbers, vector};
use crate::errors::raise;
use crate::flow_maps::Frames;
use crate::job::parse;
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg_core::Result;
use thalweg_field::interfaces::{Config, Interface, Profile, Structures, find, profile, structures};
use thalweg_measure::FlowMap;

/// The interface in a frame of a scalar, structures of the velocity on its grid, and means of the barrier field and of the
/// velocity at `distances` from the interface; settings are JSON.
#[pyfunction]
#[pyo3(signature = (frames, scalar, config, map, viscosity, along, distances, resources))]
#[expect(clippy::too_many_arguments, reason = "what the Python half has checked, as it is")]
pub fn interface_structures<'py>(
    py: Python<'py>,
    frames: Frames<'py>,
    scalar: PyReadonlyArray2<'py, f64>,
    config: &str,
    map: &str,
    viscosity: f64,
    along: f64,
    distances: PyReadonlyArray1<'py, f64>,
    resources: Resources,
) -> PyResult<Bound<'py, PyDict>> {
    let field = frames.gridded()?;
    let scalar = scalar.as_slice().map_err(|_| raise(contiguous()))?;
    let (config, map): (Config, FlowMap) = (parse(config).map_err(raise)?, parse(map).map_err(raise)?);
    let distances = numbers(&distances)?.to_vec();
    let found = work(py, &resources, |ctx| -> Result<(Interface, Structures, Profile, Profile)> {
        let field = field()?;
        let (x, y) = field.axes();
        let interface = find(scalar, x, y, &config)?;
        let force = field.laplacian(viscosity);
        let around = structures(&field, &force, (x, y), &map, along, &config, ctx)?;
        let flux = profile(&interface, &around.barriers, map.start, &distances, ctx)?;
        let speed = profile(&interface, &field, map.start, &distances, ctx)?;
        Ok((interface, around, flux, speed))
    })?;
    let (interface, around, flux, speed) = found;
    let out = PyDict::new(py);
    out.set_item("level", interface.level)?;
    out.set_item("closed", interface.closed)?;
    let points: Vec<f64> = interface.points.iter().flatten().copied().collect();
    out.set_item("interface", points.into_pyarray(py).reshape([interface.points.len(), 2])?)?;
    let (rows, columns) = {
        let (x, y) = around.barriers.axes();
        (y.count, x.count)
    };
    let shaped = |values: Vec<f64>| vector(py, values).reshape([rows, columns]);
    out.set_item("ftle", shaped(around.ftle)?)?;
    out.set_item("flux", shaped(around.flux)?)?;
    out.set_item("active", shaped(around.active)?)?;
    for (name, profile) in [("flux", flux), ("velocity", speed)] {
        out.set_item(format!("{name}_across"), vector(py, profile.normal))?;
        out.set_item(format!("{name}_along"), vector(py, profile.parallel))?;
        out.set_item(format!("{name}_magnitude"), vector(py, profile.magnitude))?;
        if name == "flux" {
            out.set_item("count", profile.count)?;
        }
    }
    Ok(out)
}
