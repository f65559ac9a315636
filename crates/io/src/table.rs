//! A table that was read and checked.

use crate::counts::count_warning;
use crate::strays::stray_warning;
use thalweg_core::{Error, Points, Result, Snapshots};

/// Rows of a file: coordinates, and for each row what the [`Request`](crate::Request) asked for.
///
/// Every number in it is finite, every weight is not negative, and all columns have the length of `points`.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The coordinates, `n x d`, in the row order of the file.
    pub points: Points,
    /// The time of each row.
    pub times: Option<Vec<f64>>,
    /// The weight of each row.
    pub weights: Option<Vec<f64>>,
    /// The group of each row.
    pub labels: Option<Vec<String>>,
    /// The name of each row, where the file has them.
    pub index: Option<Vec<String>>,
    /// The names of the `d` coordinates.
    pub features: Vec<String>,
    /// Whole sentences the user should read: skipped columns, more dimensions than rows, a value far from all others.
    pub warnings: Vec<String>,
}

impl Table {
    /// The population at each time.
    ///
    /// # Errors
    /// No time was asked for; fewer than two distinct times; a snapshot whose weights are all zero.
    pub fn snapshots(&self) -> Result<Snapshots> {
        let times = self.times.as_deref().ok_or_else(|| {
            Error::input("The table was read without a time column, so it has no snapshots.")
                .advise("Name the column with --time.")
        })?;
        Snapshots::from_rows(&self.points, times, self.weights.as_deref(), self.features.clone())
    }
}

/// What a reader hands over for checking: columns of equal length, and coordinates row by row.
pub(crate) struct Parts {
    pub(crate) rows: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) features: Vec<String>,
    pub(crate) times: Option<(String, Vec<f64>)>,
    pub(crate) weights: Option<(String, Vec<f64>)>,
    pub(crate) labels: Option<(String, Vec<String>)>,
    pub(crate) index: Option<Vec<String>>,
    pub(crate) warnings: Vec<String>,
}

impl Parts {
    /// The table, once every promise of [`Table`] holds.
    pub(crate) fn check(self) -> Result<Table> {
        let Self { rows, values, features, times, weights, labels, index, mut warnings } = self;
        if rows == 0 {
            return Err(Error::input("The file has a header but no rows.").advise("Give a file with at least one row."));
        }
        let d = features.len();
        let columns = [&times, &weights].into_iter().flatten().map(|(name, c)| (name, c.len()));
        for (name, len) in columns.chain(labels.iter().map(|(name, c)| (name, c.len()))) {
            if len != rows {
                return Err(Error::input(format!(
                    "The column `{name}` has {len} entries, but the features have {rows} rows."
                )));
            }
        }
        if index.as_ref().is_some_and(|names| names.len() != rows) || values.len() != rows * d {
            return Err(crate::budget::corrupt("its columns have different lengths"));
        }
        if let Some(k) = values.iter().position(|v| !v.is_finite()) {
            return Err(not_finite(k / d, &features[k % d], values[k], "coordinate"));
        }
        for (what, column) in [("time", &times), ("weight", &weights)] {
            if let Some((name, column)) = column
                && let Some(i) = column.iter().position(|v| !v.is_finite())
            {
                return Err(not_finite(i, name, column[i], what));
            }
        }
        if let Some((name, w)) = &weights
            && let Some(i) = w.iter().position(|w| *w < 0.0)
        {
            return Err(Error::input(format!(
                "Row {i} (counted from 0) has the weight {} in column `{name}`, but weights must not be negative.",
                w[i]
            ))
            .advise("Drop the row or set its weight to 0."));
        }
        warnings.extend(dimension_warning(rows, d));
        warnings.extend(stray_warning(d, &values, &features));
        warnings.extend(count_warning(d, &values, &features));
        Ok(Table {
            points: Points::new(d, values)?,
            times: times.map(|(_, c)| c),
            weights: weights.map(|(_, c)| c),
            labels: labels.map(|(_, c)| c),
            index,
            features,
            warnings,
        })
    }
}

/// What to tell the user about `rows` samples of `d` dimensions, if anything.
pub fn dimension_warning(rows: usize, d: usize) -> Option<String> {
    (d > rows).then(|| {
        format!(
            "There are more dimensions than samples ({d} columns, {rows} rows): distances and densities will mean little. Reduce the dimension first, for example to principal components."
        )
    })
}

fn not_finite(row: usize, column: &str, value: f64, what: &str) -> Error {
    let found = if value.is_nan() { "a missing value (NaN)".to_owned() } else { format!("the value {value}") };
    Error::input(format!(
        "Row {row} (counted from 0) has {found} in column `{column}`, but every {what} must be a finite number."
    ))
    .advise("Remove or impute the rows with missing or infinite values.")
}
