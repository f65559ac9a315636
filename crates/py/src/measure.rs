//! What a series does: the same table as `thalweg measure`.

use crate::arrays::{Rows, numbers};
use crate::errors::raise;
use crate::job::{json, parse};
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_measure::{QUANTITIES, Series, Surrogate, quantity};

/// Figures and curves of the measure called `name` as JSON.
#[pyfunction]
#[pyo3(signature = (name, x, columns, dt, other, settings, resources))]
pub fn measure(
    py: Python<'_>,
    name: &str,
    x: PyReadonlyArray2<'_, f64>,
    columns: Vec<String>,
    dt: f64,
    other: Option<PyReadonlyArray2<'_, f64>>,
    settings: &str,
    resources: Resources,
) -> PyResult<String> {
    let x = Rows::of(&x)?;
    let other = other.as_ref().map(Rows::of).transpose()?;
    work(py, &resources, |ctx| {
        let other = other.map(|rows| rows.points()).transpose()?;
        let series = Series::new(x.points()?, columns, dt, other)?;
        json(&quantity(name)?.measure(&series, parse(settings)?, ctx)?)
    })
}

/// Names, sentences and settings of all measures as JSON.
#[pyfunction]
pub fn measures() -> PyResult<String> {
    let one = |q: &thalweg_measure::Quantity| {
        serde_json::json!({
            "name": q.name, "what": q.what, "source": q.source, "claim": q.claim, "compares": q.compares,
            "settings": (q.defaults)(),
        })
    };
    json(&QUANTITIES.iter().map(one).collect::<Vec<_>>()).map_err(raise)
}

/// Surrogate number `index` of a series; `kind` is JSON.
#[pyfunction]
#[pyo3(signature = (x, kind, index, seed))]
pub fn surrogate<'py>(
    py: Python<'py>,
    x: PyReadonlyArray1<'py, f64>,
    kind: &str,
    index: u64,
    seed: u64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let x = numbers(&x)?;
    let kind: Surrogate = parse(kind).map_err(raise)?;
    Ok(py.detach(|| thalweg_measure::surrogate(x, kind, seed, index)).map_err(raise)?.into_pyarray(py))
}
