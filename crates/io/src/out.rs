//! A table to write.

use std::borrow::Cow;

use thalweg_core::{Error, Points, Result};

use crate::names;

/// Named columns and arrays of equal length, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutTable {
    rows: Option<usize>,
    entries: Vec<Entry>,
}

/// One column to write.
#[derive(Clone, Debug, PartialEq)]
pub enum OutColumn {
    /// Numbers, written as 64-bit floats; NaN where missing.
    Numbers(Vec<f64>),
    /// Integers.
    Integers(Vec<Option<i64>>),
    /// Truth values.
    Booleans(Vec<Option<bool>>),
    /// Text.
    Texts(Vec<Option<String>>),
}

impl OutColumn {
    /// Number of rows.
    fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Integers(v) => v.len(),
            Self::Booleans(v) => v.len(),
            Self::Texts(v) => v.len(),
        }
    }

    /// The number in `row`; NaN where it is missing or text.
    pub(crate) fn number(&self, row: usize) -> f64 {
        match self {
            Self::Numbers(v) => v[row],
            Self::Integers(v) => v[row].map_or(f64::NAN, |v| v as f64),
            Self::Booleans(v) => v[row].map_or(f64::NAN, |v| f64::from(u8::from(v))),
            Self::Texts(_) => f64::NAN,
        }
    }

    /// The column as 64-bit floats; none where it is text. Integers beyond 2^53 are rounded.
    pub fn to_numbers(&self) -> Option<Vec<f64>> {
        (!matches!(self, Self::Texts(_))).then(|| (0..self.len()).map(|row| self.number(row)).collect())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Column { name: String, column: OutColumn },
    Points { key: String, features: Vec<String>, points: Points },
}

/// A column as a format without 2-D arrays sees it.
pub(crate) struct Flat<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) cells: Cells<'a>,
}

pub(crate) enum Cells<'a> {
    Column(&'a OutColumn),
    Coordinate(&'a Points, usize),
}

impl Cells<'_> {
    /// The number in `row`; NaN for text.
    pub(crate) fn number(&self, row: usize) -> f64 {
        match self {
            Self::Column(column) => column.number(row),
            Self::Coordinate(points, k) => points.row(row)[*k],
        }
    }
}

impl OutTable {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    ///
    /// # Errors
    /// A length that is not that of the columns before it, or a name that is taken.
    pub fn column(mut self, name: impl Into<String>, column: OutColumn) -> Result<Self> {
        let name = name.into();
        self.fits(&name, column.len())?;
        self.entries.push(Entry::Column { name, column });
        self.unique()
    }

    /// Adds a column of numbers.
    ///
    /// # Errors
    /// As [`OutTable::column`].
    pub fn numbers(self, name: impl Into<String>, values: Vec<f64>) -> Result<Self> {
        self.column(name, OutColumn::Numbers(values))
    }

    /// Adds a column of text.
    ///
    /// # Errors
    /// As [`OutTable::column`].
    pub fn texts(self, name: impl Into<String>, values: Vec<String>) -> Result<Self> {
        self.column(name, OutColumn::Texts(values.into_iter().map(Some).collect()))
    }

    /// Adds coordinates: one column for each feature in a table, the 2-D array `key` in an NPZ file (with the
    /// names of its columns in the array `key_features`, unless they are those that a reader gives, `key_0` and so on).
    ///
    /// # Errors
    /// As [`OutTable::column`]; a number of names that is not the dimension.
    pub fn points(mut self, key: impl Into<String>, points: Points, features: &[String]) -> Result<Self> {
        let key = key.into();
        if features.len() != points.dim() {
            return Err(Error::input(format!(
                "{} feature names came with {} coordinates.",
                features.len(),
                points.dim()
            )));
        }
        self.fits(&key, points.len())?;
        self.entries.push(Entry::Points { key, features: features.to_vec(), points });
        self.unique()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.unwrap_or(0)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every column side by side.
    pub(crate) fn flat(&self) -> Vec<Flat<'_>> {
        let mut flat = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Column { name, column } => {
                    flat.push(Flat { name: Cow::Borrowed(name), cells: Cells::Column(column) });
                }
                Entry::Points { features, points, .. } => flat.extend(
                    features
                        .iter()
                        .enumerate()
                        .map(|(k, name)| Flat { name: Cow::Borrowed(name), cells: Cells::Coordinate(points, k) }),
                ),
            }
        }
        flat
    }

    fn fits(&mut self, name: &str, len: usize) -> Result<()> {
        match *self.rows.get_or_insert(len) {
            rows if rows == len => Ok(()),
            rows => Err(Error::input(format!("The column `{name}` has {len} rows, but the table has {rows}."))),
        }
    }

    fn unique(self) -> Result<Self> {
        names::distinct(&self.flat().into_iter().map(|c| c.name.into_owned()).collect::<Vec<_>>())?;
        Ok(self)
    }
}
