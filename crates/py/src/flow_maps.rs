//! Flow maps of planar velocities on a grid.

use crate::arrays::{Rows, matrix, numbers};
use crate::job::parse;
use crate::systems::{Called, reraise};
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::Mutex;
use thalweg_core::Result;
use thalweg_measure::{Averaging, Axis, FlowMap, Gridded, lavd, momentum_barriers};

/// Frames on a grid; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Frames<'py> {
    /// First place, step, count and whether it is periodic.
    x: (f64, f64, usize, bool),
    y: (f64, f64, usize, bool),
    times: PyReadonlyArray1<'py, f64>,
    /// `times x y x x x 2`.
    values: PyReadonlyArray1<'py, f64>,
}

impl Frames<'_> {
    /// What makes the field of them.
    pub fn gridded(&self) -> PyResult<impl FnOnce() -> Result<Gridded> + Send + use<>> {
        let axis = |(start, step, count, periodic)| Axis { start, step, count, periodic };
        let (x, y) = (axis(self.x), axis(self.y));
        let (times, values) = (numbers(&self.times)?.to_vec(), numbers(&self.values)?.to_vec());
        Ok(move || Gridded::new(x, y, times, values))
    }
}

/// The exponent at each point.
#[pyfunction]
#[pyo3(signature = (frames, points, map, resources))]
pub fn ftle<'py>(
    py: Python<'py>,
    frames: Frames<'py>,
    points: PyReadonlyArray2<'py, f64>,
    map: &str,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (field, points) = (frames.gridded()?, Rows::of(&points)?);
    let found = work(py, &resources, |ctx| {
        let map: FlowMap = parse(map)?;
        thalweg_measure::ftle(&field()?, &points.points()?, &map, ctx)
    })?;
    Ok(found.into_pyarray(py))
}

/// The exponent at each point, of a flow that is a function of Python.
#[pyfunction]
#[pyo3(signature = (velocity, points, map, resources))]
pub fn ftle_of_function<'py>(
    py: Python<'py>,
    velocity: Py<PyAny>,
    points: PyReadonlyArray2<'py, f64>,
    map: &str,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (raised, points) = (Mutex::new(None), Rows::of(&points)?);
    let found = work(py, &resources, |ctx| {
        let field = Called::new(points.dim, &velocity, &raised);
        thalweg_measure::ftle(&field, &points.points()?, &parse(map)?, ctx)
    });
    reraise(&raised)?;
    Ok(found?.into_pyarray(py))
}

/// The Lagrangian-averaged vorticity deviation at each point.
#[pyfunction]
#[pyo3(signature = (frames, points, map, samples, resources))]
pub fn vorticity_deviation<'py>(
    py: Python<'py>,
    frames: Frames<'py>,
    points: PyReadonlyArray2<'py, f64>,
    map: &str,
    samples: usize,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (field, points) = (frames.gridded()?, Rows::of(&points)?);
    let found = work(py, &resources, |ctx| lavd(&field()?, &points.points()?, &parse(map)?, samples, ctx))?;
    Ok(found.into_pyarray(py))
}

/// The barrier field of momentum at each point.
#[pyfunction]
#[pyo3(signature = (frames, points, map, viscosity, samples, averaging, resources))]
pub fn barriers<'py>(
    py: Python<'py>,
    frames: Frames<'py>,
    points: PyReadonlyArray2<'py, f64>,
    map: &str,
    viscosity: f64,
    samples: usize,
    averaging: &str,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (field, points) = (frames.gridded()?, Rows::of(&points)?);
    let found = work(py, &resources, |ctx| {
        let (field, averaging): (Gridded, Averaging) = (field()?, parse(averaging)?);
        let force = field.laplacian(viscosity);
        momentum_barriers(&field, &force, &points.points()?, &parse(map)?, samples, averaging, ctx)
    })?;
    matrix(py, found.into_values(), 2)
}
