//! Run folders, and the evaluation table in words.

use crate::errors::raise;
use crate::job::{json, parse};
use crate::model::Model;
use crate::work::{Resources, work};
use pyo3::prelude::*;
use std::path::PathBuf;
use thalweg_core::{Error, Result};
use thalweg_report::Format;
use thalweg_run::{Metrics, Record};

/// Model, record and evaluation of the finished run in the folder `root`.
#[pyfunction]
pub fn open_run(root: PathBuf) -> PyResult<(Model, String, String)> {
    let read = || -> Result<_> {
        let kept = thalweg_run::open(&root)?;
        Ok((Model::new(kept.model), json(&kept.record)?, json(&kept.metrics)?))
    };
    read().map_err(raise)
}

/// Leaves a run in the new folder `root`.
#[pyfunction]
pub fn keep_run(root: PathBuf, model: &Model, record: &str, metrics: &str) -> PyResult<()> {
    let write = || thalweg_run::keep(&root, model.inner(), &parse::<Record>(record)?, &parse::<Metrics>(metrics)?);
    write().map_err(raise)
}

/// Writes the page of the run in the folder `root` again and gives its path.
#[pyfunction]
pub fn write_page(py: Python<'_>, root: PathBuf, resources: Resources) -> PyResult<PathBuf> {
    work(py, &resources, |ctx| thalweg_report::write_page(&root, ctx))
}

/// Writes each figure of the run in the folder `root` as a file of the format `svg` or `png` into `folder` and gives
/// the paths.
#[pyfunction]
pub fn write_figures(
    py: Python<'_>,
    root: PathBuf,
    folder: PathBuf,
    format: &str,
    resources: Resources,
) -> PyResult<Vec<PathBuf>> {
    let format = match format {
        "svg" => Format::Svg,
        "png" => Format::Png,
        other => return Err(raise(Error::input(format!("A figure is written as \"svg\" or \"png\", not {other:?}.")))),
    };
    work(py, &resources, |ctx| thalweg_report::write_figures(&root, &folder, format, ctx))
}

/// The evaluation as a table of text, and what it says, one sentence a protocol.
#[pyfunction]
pub fn table(metrics: &str) -> PyResult<(String, Vec<String>)> {
    let metrics: Metrics = parse(metrics).map_err(raise)?;
    Ok((thalweg_run::text(&metrics), thalweg_run::verdicts(&metrics)))
}
