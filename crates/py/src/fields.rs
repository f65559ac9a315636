//! Fields on spheres: surface flux transport.

use crate::arrays::{contiguous, numbers, vector};
use crate::errors::raise;
use crate::job::json;
use crate::work::{Resources, work_kept};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use thalweg_core::{Error, Result};
use thalweg_field::sphere::Sphere;
use thalweg_field::surface_flux::{
    Config, Forcing, Frame, Maps, Observation, Trust, on_faces, read_flow, read_maps, simulate,
};

/// Colatitudes, the first longitude, the number of columns, and the maps in one array.
type Read<'py> = (Bound<'py, PyArray1<f64>>, f64, usize, Bound<'py, PyArray1<f64>>);

/// The mesh and the maps of a file: colatitudes, the first longitude, and maps x rows x columns in one array.
#[pyfunction]
#[pyo3(signature = (path, memory))]
pub fn read_surface_maps(py: Python<'_>, path: PathBuf, memory: Option<u64>) -> PyResult<Read<'_>> {
    let Maps { sphere, maps } = py.detach(|| read_maps(&path, memory)).map_err(raise)?;
    let colatitudes = vector(py, sphere.colatitudes().to_vec());
    Ok((colatitudes, sphere.longitude(0), sphere.columns(), vector(py, maps.concat())))
}

/// An observed map: hours, values, trust, and whether that is mu.
type Seen<'py> = (f64, PyReadonlyArray2<'py, f64>, PyReadonlyArray2<'py, f64>, bool);

/// A frame of flow: hours, eastward and northward velocities.
type Flowing<'py> = (f64, PyReadonlyArray2<'py, f64>, PyReadonlyArray2<'py, f64>);

/// Carries surface flux; `config` is JSON, `maps` (maps x rows x columns) lie at `colatitudes` and from the longitude `origin` on.
///
/// Gives arrays by name: the mesh, the times, the maps in one array and the columns of the histories.
#[pyfunction]
#[pyo3(signature = (config, maps, colatitudes, origin, observations, flow, resources))]
#[expect(clippy::too_many_arguments, reason = "what the Python half has checked, as it is")]
pub fn surface_flux<'py>(
    py: Python<'py>,
    config: &str,
    maps: Option<PyReadonlyArray3<'py, f64>>,
    colatitudes: Option<PyReadonlyArray1<'py, f64>>,
    origin: f64,
    observations: Vec<Seen<'py>>,
    flow: (Option<PathBuf>, Vec<Flowing<'py>>),
    resources: Resources,
) -> PyResult<Bound<'py, PyDict>> {
    let config: Config = serde_json::from_str(config).map_err(|e| {
        raise(Error::input(format!("The settings of surface-flux do not have the form they must have: {e}.")))
    })?;
    let start = match (&maps, &colatitudes) {
        (Some(maps), Some(colatitudes)) => Some(start(maps, numbers(colatitudes)?, origin)?),
        _ => None,
    };
    let observations = observations.iter().map(observation).collect::<PyResult<_>>()?;
    let sphere = match &start {
        Some((sphere, _)) => sphere.clone(),
        None => Sphere::uniform(config.rows, config.columns).map_err(raise)?,
    };
    let frames = match &flow.0 {
        Some(path) => py.detach(|| read_flow(path, &sphere, None)).map_err(raise)?,
        None => flow.1.iter().map(|given| frame(given, &sphere)).collect::<PyResult<_>>()?,
    };
    let forcing = Forcing { start, observations, frames };
    let run = work_kept(py, &resources, |ctx| simulate(ctx, &config, &forcing))?;
    let out = PyDict::new(py);
    let sphere = &run.sphere;
    out.set_item("colatitudes", vector(py, sphere.colatitudes().to_vec()))?;
    out.set_item("longitudes", vector(py, (0..sphere.columns()).map(|k| sphere.longitude(k)).collect()))?;
    out.set_item("cell_area", vector(py, (0..sphere.rows()).map(|j| sphere.area(j)).collect()))?;
    out.set_item("hours", vector(py, run.times.clone()))?;
    let shape = [run.realizations.len(), run.times.len(), sphere.rows(), sphere.columns()];
    let history = PyDict::new(py);
    for (name, units, values) in run.history() {
        history.set_item(name, (units, vector(py, values).reshape([shape[0], run.lines()])?))?;
    }
    out.set_item("history", history)?;
    out.set_item("br", vector(py, run.maps()).reshape(shape)?)?;
    out.set_item("report", json(&run.report).map_err(raise)?)?;
    Ok(out)
}

fn start(maps: &PyReadonlyArray3<'_, f64>, colatitudes: &[f64], origin: f64) -> PyResult<(Sphere, Vec<Vec<f64>>)> {
    let values = maps.as_slice().map_err(|_| raise(contiguous()))?;
    let mesh = || -> Result<Sphere> { Ok(Sphere::new(colatitudes.to_vec(), maps.shape()[2])?.starting_at(origin)) };
    let sphere = mesh().map_err(raise)?;
    let one = maps.shape()[1] * maps.shape()[2];
    Ok((sphere, values.chunks(one.max(1)).map(<[f64]>::to_vec).collect()))
}

fn frame((hours, u, v): &Flowing<'_>, sphere: &Sphere) -> PyResult<Frame> {
    let flat =
        |array: &PyReadonlyArray2<'_, f64>| array.as_slice().map(<[f64]>::to_vec).map_err(|_| raise(contiguous()));
    let (u, v) = (flat(u)?, flat(v)?);
    if u.len() != sphere.cells() || v.len() != sphere.cells() {
        return Err(raise(Error::input(format!(
            "A flow has {} and {} values, but the mesh has {} rows and {} columns.",
            u.len(),
            v.len(),
            sphere.rows(),
            sphere.columns()
        ))));
    }
    Ok(Frame { hours: *hours, flow: on_faces(sphere, &u, &v, -1.0) })
}

fn observation((hours, values, trust, is_mu): &Seen<'_>) -> PyResult<Observation> {
    let flat =
        |array: &PyReadonlyArray2<'_, f64>| array.as_slice().map(<[f64]>::to_vec).map_err(|_| raise(contiguous()));
    let trust = flat(trust)?;
    let trust = if *is_mu { Trust::Mu(trust) } else { Trust::Weights(trust) };
    Ok(Observation { hours: *hours, values: flat(values)?, trust })
}
