//! Matching two clouds: the same call as `thalweg match`.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::job::{json, parse};
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use thalweg_core::{Context, Result};
use thalweg_io::Selection;
use thalweg_run::matching::{Cloud, Matched, Options, run};

/// An array that Python owns.
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
/// As [`Matrix`].
type Vector<'py> = Bound<'py, PyArray1<f64>>;
/// As [`Matrix`], of whole numbers.
type Indices<'py> = Bound<'py, PyArray1<i64>>;

/// One side of a match; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Side<'py> {
    name: String,
    x: PyReadonlyArray2<'py, f64>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    /// Names of the columns, where the data have names.
    features: Option<Vec<String>>,
}

impl Side<'_> {
    fn cloud(&self) -> PyResult<impl FnOnce() -> Result<Cloud> + Send> {
        let rows = Rows::of(&self.x)?;
        let (dim, values) = (rows.dim, rows.values.to_vec());
        let weights = self.weights.as_ref().map(numbers).transpose()?.map(<[f64]>::to_vec);
        let (name, features) = (self.name.clone(), self.features.clone());
        Ok(move || Ok(Cloud::of(&name, thalweg_core::Points::new(dim, values)?, weights, features)))
    }
}

/// A match; use `thalweg.Match`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct Match(Matched);

/// Matches the rows of two arrays. `options` is JSON under the names of `match.json`.
#[pyfunction]
pub fn match_rows(
    py: Python<'_>,
    source: Side<'_>,
    target: Side<'_>,
    options: &str,
    command: String,
    output: Option<PathBuf>,
    resources: Resources,
) -> PyResult<Match> {
    let (source, target) = (source.cloud()?, target.cloud()?);
    work(py, &resources, |ctx| matched(&source()?, target()?, options, command, output.as_deref(), ctx))
}

/// Matches two files, read as the command line reads them. `features` and `weights`: as its flags.
#[pyfunction]
pub fn match_files(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    features: Option<String>,
    weights: Option<String>,
    options: &str,
    command: String,
    output: Option<PathBuf>,
    resources: Resources,
) -> PyResult<Match> {
    work(py, &resources, |ctx| {
        let features = match &features {
            Some(text) => text.parse()?,
            None => Selection::default(),
        };
        let read = |path: &Path| Cloud::read(path, &features, weights.as_deref(), ctx.memory());
        let (from, to) = (read(&source)?, read(&target)?);
        // The other columns are wanted only where the projection is written.
        let from = if output.is_some() { from.with_rest(&source, ctx.memory())? } else { from };
        matched(&from, to, options, command, output.as_deref(), ctx)
    })
}

fn matched(
    source: &Cloud,
    target: Cloud,
    options: &str,
    command: String,
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Match> {
    let options: Options = parse(options)?;
    let matched = run(source, target, &options, &[command], output, ctx)?;
    if let Some(root) = output {
        thalweg_report::write_page(root, ctx)?;
    }
    Ok(Match(matched))
}

#[pymethods]
impl Match {
    /// The record, as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(&self.0.record).map_err(crate::errors::raise)
    }

    /// Source, target, mass and cost of the kept entries.
    fn entries<'py>(&self, py: Python<'py>) -> (Indices<'py>, Indices<'py>, Vector<'py>, Vector<'py>) {
        let entries = &self.0.entries;
        let integers = |v: &[u32]| v.iter().map(|i| i64::from(*i)).collect::<Vec<i64>>().into_pyarray(py);
        let (source, target) = (integers(&entries.source), integers(&entries.target));
        (source, target, vector(py, entries.mass.clone()), vector(py, entries.cost.clone()))
    }

    /// Dual potentials of the sources and of the targets.
    fn potentials<'py>(&self, py: Python<'py>) -> (Vector<'py>, Vector<'py>) {
        let potentials = &self.0.potentials;
        (vector(py, potentials.source.clone()), vector(py, potentials.target.clone()))
    }

    /// Mass that leaves each source and that reaches each target.
    fn marginals<'py>(&self, py: Python<'py>) -> (Vector<'py>, Vector<'py>) {
        (vector(py, self.0.sent.clone()), vector(py, self.0.received.clone()))
    }

    /// Mean target of each source (`n x d`).
    fn image<'py>(&self, py: Python<'py>) -> PyResult<Matrix<'py>> {
        matrix(py, self.0.image.values().to_vec(), self.0.image.dim())
    }

    /// Amounts on the source (`n x k`) carried to the targets (`m x k`).
    fn push<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f64>,
        resources: Resources,
    ) -> PyResult<Matrix<'py>> {
        let rows = Rows::of(&values)?;
        let carried = work(py, &resources, |ctx| self.0.push(&rows.points()?, ctx))?;
        matrix(py, carried.into_values(), rows.dim)
    }

    /// Amounts on the target (`m x k`) carried back to the sources (`n x k`).
    fn pull<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f64>,
        resources: Resources,
    ) -> PyResult<Matrix<'py>> {
        let rows = Rows::of(&values)?;
        let carried = work(py, &resources, |ctx| self.0.pull(&rows.points()?, ctx))?;
        matrix(py, carried.into_values(), rows.dim)
    }
}
