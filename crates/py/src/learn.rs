//! Learning: the same call as `thalweg learn`.

use crate::arrays::{Rows, numbers};
use crate::job::{Job, json};
use crate::model::Model;
use crate::work::{Resources, work};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::path::PathBuf;
use thalweg_core::{Context, Error, Result, Snapshots};
use thalweg_io::{Request, Selection};
use thalweg_run::Origin;

/// Model, record as JSON, evaluation as JSON.
type Learned = (Model, String, String);

/// Learns from rows: `x` is `n x d`, `times` and `weights` have one number a row.
#[pyfunction]
pub fn learn_rows(
    py: Python<'_>,
    x: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    features: Vec<String>,
    job: Job,
    resources: Resources,
) -> PyResult<Learned> {
    let (rows, times) = (Rows::of(&x)?, numbers(&times)?);
    let weights = weights.as_ref().map(numbers).transpose()?;
    work(py, &resources, |ctx| {
        let snapshots = Snapshots::from_values(rows.dim, rows.values, times, weights, features)?;
        let mut warnings = job.warnings.clone();
        warnings.extend(thalweg_io::dimension_warning(rows.len(), rows.dim));
        warnings.extend(thalweg_io::stray_warning(rows.dim, rows.values, snapshots.features()));
        warnings.extend(thalweg_io::count_warning(rows.dim, rows.values, snapshots.features()));
        learn(&snapshots, &job, None, warnings, ctx)
    })
}

/// Learns from a file, read as the command line reads it. `features`: as the flag `--features`.
#[pyfunction]
#[pyo3(signature = (path, features, job, resources))]
pub fn learn_file(
    py: Python<'_>,
    path: PathBuf,
    features: Option<String>,
    job: Job,
    resources: Resources,
) -> PyResult<Learned> {
    work(py, &resources, |ctx| {
        let config = job.config()?;
        let time = config.time.clone().ok_or_else(|| {
            Error::input("The column with the time of each row was not named.").advise("Name it with time_key.")
        })?;
        let features = match &features {
            Some(text) => text.parse()?,
            None => Selection::default(),
        };
        let request = Request { time: Some(time), features, weights: config.weights, labels: None };
        let table = thalweg_io::read(&path, &request, ctx.memory())?;
        let mut warnings = job.warnings.clone();
        warnings.extend(table.warnings.iter().cloned());
        let source = path.file_name().map(|name| name.to_string_lossy().into_owned());
        learn(&table.snapshots()?, &job, source, warnings, ctx)
    })
}

fn learn(
    snapshots: &Snapshots,
    job: &Job,
    source: Option<String>,
    warnings: Vec<String>,
    ctx: &Context,
) -> Result<Learned> {
    let origin = Origin { command: vec![job.command.clone()], source, warnings };
    let finished = thalweg_run::learn(snapshots, &job.config()?, &origin, job.destination(), ctx)?;
    if let Some(root) = &job.output {
        thalweg_report::write_page(root, ctx)?;
    }
    Ok((Model::new(finished.model), json(&finished.record)?, json(&finished.metrics)?))
}
