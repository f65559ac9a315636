//! Named columns, from a table on disk or in memory.

use std::path::Path;
use thalweg_core::{Error, Result};
use thalweg_io::{Format, OutColumn, Slot};

/// Columns of equal length with their names, and what to call them in a sentence.
pub struct Columns {
    /// The path of a file, or the name of an argument.
    pub name: String,
    /// The columns.
    pub columns: Vec<(String, OutColumn)>,
}

impl Columns {
    /// Reads all columns of a table.
    ///
    /// # Errors
    /// As [`thalweg_io::read_rest`]; a format whose columns have no names or no rows of their own.
    pub fn read(path: &Path, memory: Option<u64>) -> Result<Self> {
        let name = path.display().to_string();
        if !matches!(Format::of(path)?, Format::Csv | Format::Tsv | Format::Parquet) {
            return Err(Error::input(format!("{name} is no table of edges or trips.")).advise(
                "Give named columns as .csv, .tsv or .parquet, or a file of the TransportationNetworks as .tntp.",
            ));
        }
        let rest = thalweg_io::read_rest(path, &[], 0, memory)?;
        let column = |slot| match slot {
            Slot::Column(name, column) => Some((name, column)),
            Slot::Coordinate(_) | Slot::Array(..) => None,
        };
        Ok(Self { name, columns: rest.slots.into_iter().filter_map(column).collect() })
    }

    fn find(&self, names: &[&str]) -> Option<(&str, &OutColumn)> {
        let of = |name: &&str| self.columns.iter().find(|(n, _)| n == name);
        names.iter().find_map(of).map(|(n, c)| (n.as_str(), c))
    }

    fn missing(&self, names: &[&str]) -> Error {
        let there: Vec<String> = self.columns.iter().map(|(n, _)| format!("`{n}`")).collect();
        Error::input(format!("{} has no column `{}`.", self.name, names[0])).advise(format!(
            "The columns are {}; the name may be {}.",
            there.join(", "),
            names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")
        ))
    }

    /// The first column of `names` that is there, as names of nodes. Whole numbers are written without a point.
    ///
    /// # Errors
    /// No such column; an entry that is missing.
    pub(crate) fn labels(&self, names: &[&str]) -> Result<Vec<String>> {
        let (name, column) = self.find(names).ok_or_else(|| self.missing(names))?;
        let empty = |row: usize| {
            Error::input(format!("{}: row {row} (counted from 0) has no node in column `{name}`.", self.name))
        };
        match column {
            OutColumn::Texts(texts) => {
                let text = |(row, t): (usize, &Option<String>)| match t.as_deref().map(str::trim) {
                    None | Some("") => Err(empty(row)),
                    Some(text) => Ok(text.to_owned()),
                };
                texts.iter().enumerate().map(text).collect()
            }
            OutColumn::Integers(v) => {
                v.iter().enumerate().map(|(row, x)| x.map(|x| x.to_string()).ok_or_else(|| empty(row))).collect()
            }
            OutColumn::Booleans(_) => {
                Err(Error::input(format!("{}: `{name}` holds truth values, not nodes.", self.name)))
            }
            OutColumn::Numbers(v) => {
                let text = |(row, x): (usize, &f64)| if x.is_finite() { Ok(x.to_string()) } else { Err(empty(row)) };
                v.iter().enumerate().map(text).collect()
            }
        }
    }

    /// The first column of `names` that is there, as finite numbers.
    ///
    /// # Errors
    /// Text or something missing in it.
    pub(super) fn numbers(&self, names: &[&str]) -> Result<Option<Vec<f64>>> {
        let Some((name, column)) = self.find(names) else { return Ok(None) };
        let Some(values) = column.to_numbers() else {
            return Err(Error::input(format!("{}: the column `{name}` holds text, where numbers belong.", self.name)));
        };
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(Some(values)),
            Some(row) => Err(Error::input(format!(
                "{}: row {row} (counted from 0) has {} in column `{name}`, but it must be a finite number.",
                self.name, values[row]
            ))),
        }
    }

    /// As [`Columns::numbers`] of a column that must be there.
    ///
    /// # Errors
    /// As it; no such column.
    pub(super) fn required(&self, names: &[&str]) -> Result<Vec<f64>> {
        self.numbers(names)?.ok_or_else(|| self.missing(names))
    }
}

/// Whether the extension says that a file is one of the TransportationNetworks.
pub(super) fn is_tntp(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tntp"))
}
