//! A finished run put into a folder and taken out again.

use crate::evaluate::Metrics;
use crate::folder::{Existing, RunFolder, read_json};
use crate::record::Record;
use std::path::Path;
use thalweg_core::Result;
use thalweg_nn::Model;

/// What a finished run is remembered by.
#[derive(Debug)]
pub struct Kept {
    /// The learned law.
    pub model: Model,
    /// The evaluation table.
    pub metrics: Metrics,
    /// What was asked, on what data, and what became of it.
    pub record: Record,
}

/// Writes model, record and evaluation of a run that was learned without a folder into the new folder `root`. The
/// observed points are not there any more, so that it can be pushed and cited but has no page.
///
/// # Errors
/// The folder holds files already or cannot be written.
pub fn keep(root: &Path, model: &Model, record: &Record, metrics: &Metrics) -> Result<()> {
    let folder = RunFolder::create(root, Existing::Refuse)?;
    model.save(folder.root().join("model.safetensors"))?;
    write_results(&folder, record, metrics)
}

/// Writes what a finished run leaves beside its model.
pub(crate) fn write_results(folder: &RunFolder, record: &Record, metrics: &Metrics) -> Result<()> {
    folder.write_json("metrics.json", metrics)?;
    folder.write("metrics.csv", crate::table::csv(metrics).as_bytes())?;
    folder.write_json("run.json", record)
}

/// Reads the finished run in `root`.
///
/// # Errors
/// A file of the run is missing or damaged.
pub fn open(root: &Path) -> Result<Kept> {
    Ok(Kept {
        record: read_json(&root.join("run.json"))?,
        metrics: read_json(&root.join("metrics.json"))?,
        model: Model::load(root.join("model.safetensors"))?,
    })
}
