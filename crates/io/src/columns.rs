//! Which columns there are, before any is read.

use std::path::Path;

use thalweg_core::Result;

use crate::budget::Budget;
use crate::format::length;
use crate::{Format, delimited, h5ad, npz, parquet};

/// The names of the columns of the file at `path` that hold one number a row, in its order: what [`Request::time`] can name.
///
/// Of a text file, those whose first cell that is not missing is a number; of an NPZ file, the vectors of numbers; of an
/// h5ad file, the columns of `obs` that are plain numbers; of an NPY file, none.
///
/// [`Request::time`]: crate::Request::time
///
/// # Errors
/// As [`read`](crate::read), of the header.
pub fn number_columns(path: &Path, memory: Option<u64>) -> Result<Vec<String>> {
    let format = Format::of(path)?;
    let budget = Budget::new(memory, length(path)?);
    match format {
        Format::Csv => delimited::number_columns(path, b',', &budget),
        Format::Tsv => delimited::number_columns(path, b'\t', &budget),
        Format::Npy => Ok(Vec::new()),
        Format::Npz => npz::number_columns(path, &budget),
        Format::Parquet => parquet::number_columns(path),
        Format::H5ad => h5ad::number_columns(path),
    }
    .map_err(|e| e.within(path.display()))
}
