//! One column of a data frame: an array, text, a categorical, or a nullable array.

use hdf5_pure::{DType, Dataset, FormatError, Group, VlenStringReadOptions};
use thalweg_core::{Error, Result};

use super::enabled::admit;
use super::numbers;
use crate::budget::{Budget, corrupt};
use crate::plan::{not_a_number, number};

/// A column that was found but not yet read.
pub(crate) enum Column {
    /// One entry a row.
    Plain(Dataset),
    /// A code a row, negative where missing, into the categories.
    Categorical { codes: Dataset, categories: Dataset },
    /// One entry a row, and whether it is missing.
    Nullable { values: Dataset, mask: Dataset },
}

/// What a dataset claims to hold.
pub(crate) struct Shape {
    pub(crate) dims: Vec<u64>,
    /// Bytes of an element in the file.
    size: u64,
    /// Bytes of an unpacked chunk, zero where the data are in one piece.
    pub(crate) chunk: u64,
    text: bool,
}

impl Shape {
    pub(crate) fn of(dataset: &Dataset) -> Result<Self> {
        let dims = dataset.shape().map_err(unreadable)?;
        let size = dataset.element_size().map_err(unreadable)?;
        let chunk = match dataset.chunk_shape().map_err(unreadable)? {
            Some(extents) => product(&extents).saturating_mul(size),
            None => 0,
        };
        let text = matches!(dataset.dtype().map_err(unreadable)?, DType::String | DType::VariableLengthString);
        Ok(Self { dims, size, chunk, text })
    }

    /// Whether it holds text.
    pub(crate) fn is_text(&self) -> bool {
        self.text
    }

    pub(crate) fn count(&self) -> u64 {
        product(&self.dims)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.count().saturating_mul(self.size)
    }

    /// Bytes of an element in memory.
    pub(crate) fn kept(&self) -> u64 {
        if self.text { self.size + size_of::<String>() as u64 } else { size_of::<f64>() as u64 }
    }
}

fn product(extents: &[u64]) -> u64 {
    extents.iter().fold(1, |n, &k| n.saturating_mul(k))
}

/// The error for an HDF5 structure that the reader refuses.
pub(crate) fn unreadable(error: hdf5_pure::Error) -> Error {
    use FormatError as F;
    match error {
        hdf5_pure::Error::Format(
            e @ (F::InvalidLayoutVersion(_)
            | F::UnsupportedVersion(_)
            | F::UnsupportedFilter { .. }
            | F::UnsupportedVirtualLayout),
        ) => Error::input(format!("The file uses a part of HDF5 that is not read ({e}), or it is corrupt."))
            .advise("Write it with anndata's defaults, or with `libver='v110'` in h5py."),
        other => corrupt(other),
    }
}

/// Names of what a group holds.
pub(crate) fn members(group: &Group) -> Result<Vec<String>> {
    let mut names = group.datasets().map_err(unreadable)?;
    names.extend(group.groups().map_err(unreadable)?);
    Ok(names)
}

/// The `encoding-type` of the member `key`, empty where there is none.
pub(crate) fn encoding(parent: &Group, key: &str) -> String {
    let attributes = match parent.group(key) {
        Ok(group) => group.attrs(),
        Err(_) => parent.dataset(key).and_then(|d| d.attrs()),
    };
    attributes.ok().and_then(|a| a.get("encoding-type")?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Finds the column `name` of the data frame `group`.
pub(crate) fn open(group: &Group, name: &str) -> Result<Column> {
    let Ok(inner) = group.group(name) else {
        return Ok(Column::Plain(
            group.dataset(name).map_err(|e| unreadable(e).within(format_args!("Column `{name}`")))?,
        ));
    };
    let part = |key| inner.dataset(key).map_err(|e| unreadable(e).within(format_args!("Column `{name}`")));
    match encoding(group, name).as_str() {
        "categorical" => Ok(Column::Categorical { codes: part("codes")?, categories: part("categories")? }),
        e if e.starts_with("nullable-") => Ok(Column::Nullable { values: part("values")?, mask: part("mask")? }),
        other => Err(Error::input(format!("The column `{name}` has the encoding `{other}`, which is not read."))
            .advise("Convert it to numbers, text or a categorical.")),
    }
}

/// Entries of a dataset.
enum Entries {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

impl Column {
    /// The column as numbers: NaN where missing; text that is not a number is refused with its row.
    pub(crate) fn numbers(&self, name: &str, budget: &mut Budget) -> Result<Vec<f64>> {
        let parsed = |texts: Vec<String>| texts.iter().map(|t| number(t)).collect::<Vec<_>>();
        match self {
            Self::Plain(dataset) => match entries(dataset, budget)? {
                Entries::Numbers(v) => Ok(v),
                Entries::Texts(t) => {
                    t.iter().enumerate().map(|(i, t)| number(t).ok_or_else(|| not_a_number(i, name, t))).collect()
                }
            },
            Self::Nullable { values, mask } => {
                let missing = flags(mask, budget)?;
                let values = match entries(values, budget)? {
                    Entries::Numbers(v) => v.into_iter().map(Ok).collect::<Vec<_>>(),
                    Entries::Texts(t) => t.into_iter().map(|t| number(&t).ok_or(t)).collect(),
                };
                same_length(values.len(), missing.len(), name)?;
                let cell = |(i, (value, missing)): (usize, (Result<f64, String>, bool))| match value {
                    _ if missing => Ok(f64::NAN),
                    Ok(v) => Ok(v),
                    Err(text) => Err(not_a_number(i, name, &text)),
                };
                values.into_iter().zip(missing).enumerate().map(cell).collect()
            }
            Self::Categorical { codes, categories } => {
                let (texts, levels) = match entries(categories, budget)? {
                    Entries::Numbers(v) => (Vec::new(), v.into_iter().map(Some).collect()),
                    Entries::Texts(t) => (t.clone(), parsed(t)),
                };
                let cell = |(i, code): (usize, i64)| match usize::try_from(code) {
                    Err(_) => Ok(f64::NAN),
                    Ok(k) => match levels.get(k) {
                        Some(Some(level)) => Ok(*level),
                        Some(None) => Err(not_a_number(i, name, &texts[k])),
                        None => Err(corrupt(format_args!(
                            "row {i} of column `{name}` has the category {k} of {}",
                            levels.len()
                        ))),
                    },
                };
                self::codes(codes, budget)?.into_iter().enumerate().map(cell).collect()
            }
        }
    }

    /// The column as text, empty where missing.
    pub(crate) fn texts(&self, budget: &mut Budget) -> Result<Vec<String>> {
        match self {
            Self::Plain(dataset) => entries(dataset, budget).map(Entries::written),
            Self::Nullable { values, mask } => {
                let missing = flags(mask, budget)?;
                let values = entries(values, budget)?.written();
                same_length(values.len(), missing.len(), "labels")?;
                Ok(values.into_iter().zip(missing).map(|(v, m)| if m { String::new() } else { v }).collect())
            }
            Self::Categorical { codes, categories } => {
                let levels = entries(categories, budget)?.written();
                let level =
                    |code: i64| usize::try_from(code).ok().and_then(|k| levels.get(k)).cloned().unwrap_or_default();
                let codes = self::codes(codes, budget)?;
                let longest = levels.iter().map(String::len).max().unwrap_or(0) + size_of::<String>();
                budget.grant(codes.len() as u64, longest as u64, "the labels")?;
                Ok(codes.into_iter().map(level).collect())
            }
        }
    }
}

impl Entries {
    fn written(self) -> Vec<String> {
        match self {
            Self::Texts(t) => t,
            Self::Numbers(v) => v.iter().map(f64::to_string).collect(),
        }
    }
}

fn same_length(a: usize, b: usize, name: &str) -> Result<()> {
    match a == b {
        true => Ok(()),
        false => Err(corrupt(format_args!("the column `{name}` has {a} values, but {b} marks for missing ones"))),
    }
}

fn entries(dataset: &Dataset, budget: &mut Budget) -> Result<Entries> {
    let shape = Shape::of(dataset)?;
    if shape.dims.len() != 1 {
        return Err(corrupt(format_args!("a column has the shape {:?}", shape.dims)));
    }
    admit(&shape, budget, "a column")?;
    match dataset.dtype().map_err(unreadable)? {
        DType::VariableLengthString => {
            let limit = usize::try_from(budget.left()).unwrap_or(usize::MAX);
            let options = VlenStringReadOptions::new().with_max_payload_bytes(limit);
            let texts = dataset.read_vlen_strings(options).map_err(|e| match e {
                hdf5_pure::Error::Format(FormatError::VariableLengthByteLimitExceeded { required, .. }) => budget
                    .check(required, 1, "text")
                    .err()
                    .unwrap_or_else(|| corrupt("its text is longer than the file")),
                other => unreadable(other),
            })?;
            budget.grant(texts.iter().map(|t| t.len() as u64).sum(), 1, "text")?;
            Ok(Entries::Texts(texts))
        }
        DType::String => Ok(Entries::Texts(dataset.read_string().map_err(unreadable)?)),
        DType::Other(_) if numbers::narrow(dataset)? => numbers::all(dataset).map(Entries::Numbers),
        DType::Compound(_) | DType::Array(..) | DType::ObjectReference | DType::Other(_) => {
            Err(Error::input("A column holds records, references or dates, where numbers or text belong."))
        }
        _ => numbers::all(dataset).map(Entries::Numbers),
    }
}

fn codes(dataset: &Dataset, budget: &mut Budget) -> Result<Vec<i64>> {
    admit(&Shape::of(dataset)?, budget, "the codes of a categorical")?;
    dataset.read_i64().map_err(unreadable)
}

fn flags(dataset: &Dataset, budget: &mut Budget) -> Result<Vec<bool>> {
    admit(&Shape::of(dataset)?, budget, "the marks of missing values")?;
    Ok(dataset.read_u8().map_err(unreadable)?.into_iter().map(|b| b != 0).collect())
}
