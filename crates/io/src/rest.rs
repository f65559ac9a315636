//! The columns of a table that are no coordinates, to be written back beside coordinates that moved.

use std::ops::Range;
use std::path::Path;

use thalweg_core::Result;

use crate::budget::Budget;
use crate::format::length;
use crate::{Format, OutColumn, delimited, h5ad, npz, parquet};

/// What a file holds, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// Columns, and the places of the coordinates between them.
    pub slots: Vec<Slot>,
    /// Names of what cannot be carried: dates, lists, arrays of another shape.
    pub left_out: Vec<String>,
}

/// One place in the order of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    /// A column that is no coordinate.
    Column(String, OutColumn),
    /// The coordinate of this number, as a column of its own.
    Coordinate(usize),
    /// The coordinates of these numbers, as the 2-D array of this name.
    Array(String, Range<usize>),
}

/// Reads every column of the file at `path` but `features`, within `memory` bytes (8 GiB where `None`).
///
/// Columns keep their type: numbers, integers, truth values, text. Missing numbers are NaN. A column of a text file is
/// numbers where every cell is a number that a 64-bit float writes back as it was, and text otherwise, so that `007`
/// and long identifiers survive. Of an NPZ file, the vectors with `rows` entries are read; of an h5ad file, the names
/// of the rows (as `index`) and the columns of `obs`, integers and truth values as numbers; of an NPY file, nothing.
/// What has another type (dates, lists) is named in [`Rest::left_out`].
///
/// # Errors
/// As [`read`](crate::read); an unsigned integer beyond 2^63 - 1.
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
    /// The columns `names` without `features`, each as `read` finds it; none where it cannot be carried.
    pub(crate) fn of(
        names: &[String],
        features: &[String],
        mut read: impl FnMut(usize) -> Result<Option<OutColumn>>,
    ) -> Result<Self> {
        let mut rest = Self::default();
        for (i, name) in names.iter().enumerate() {
            match features.iter().position(|f| f == name) {
                Some(k) => rest.slots.push(Slot::Coordinate(k)),
                None => rest.add(name, read(i)?),
            }
        }
        Ok(rest)
    }

    /// Adds the column `name`, or notes that it is left out.
    pub(crate) fn add(&mut self, name: &str, column: Option<OutColumn>) {
        match column {
            Some(column) => self.slots.push(Slot::Column(name.to_owned(), column)),
            None => self.left_out.push(name.to_owned()),
        }
    }

    /// The column `name`.
    pub fn column(&self, name: &str) -> Option<&OutColumn> {
        self.slots.iter().find_map(|slot| match slot {
            Slot::Column(n, column) if n == name => Some(column),
            _ => None,
        })
    }
}
