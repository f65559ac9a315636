//! The columns of a table that are no coordinates, to be written back beside coordinates that moved.

use std::path::Path;

use thalweg_core::Result;

use crate::budget::Budget;
use crate::format::length;
use crate::{Format, OutColumn, delimited, h5ad, npz, parquet};

/// Columns in the order of the file: those before its first coordinate, and those after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// Before the first coordinate.
    pub before: Vec<(String, OutColumn)>,
    /// After it.
    pub after: Vec<(String, OutColumn)>,
}

/// Reads every column of the file at `path` but `features`, within `memory` bytes (8 GiB where `None`).
///
/// Missing numbers are NaN. A column of a text file is numbers where every cell is a number that a 64-bit float writes
/// back as it was, and text otherwise, so that `007` and long identifiers survive. Of an NPZ file, the vectors with
/// `rows` entries are read; of an h5ad file, the names of the rows (as `index`) and the columns of `obs`; of an NPY file,
/// nothing. Columns of other types (dates, lists) are left out.
///
/// # Errors
/// As [`read`](crate::read).
pub fn read_rest(path: &Path, features: &[String], rows: usize, memory: Option<u64>) -> Result<Rest> {
    let mut budget = Budget::new(memory, length(path)?);
    match Format::of(path)? {
        Format::Csv => delimited::rest(path, b',', features, &mut budget),
        Format::Tsv => delimited::rest(path, b'\t', features, &mut budget),
        Format::Npy => Ok(Rest::default()),
        Format::Npz => npz::rest(path, features, rows, &mut budget),
        Format::Parquet => parquet::rest(path, features, &mut budget),
        Format::H5ad => h5ad::rest(path, features, &mut budget),
    }
    .map_err(|e| e.within(path.display()))
}

impl Rest {
    /// The columns `names` without `features`, each as `read` finds it; none where it is left out.
    pub(crate) fn of(
        names: &[String],
        features: &[String],
        mut read: impl FnMut(usize) -> Result<Option<OutColumn>>,
    ) -> Result<Self> {
        let mut rest = Self::default();
        let mut met = false;
        for (i, name) in names.iter().enumerate() {
            if features.contains(name) {
                met = true;
            } else if let Some(column) = read(i)? {
                if met { &mut rest.after } else { &mut rest.before }.push((name.clone(), column));
            }
        }
        Ok(rest)
    }
}
