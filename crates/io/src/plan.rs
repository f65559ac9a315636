//! Which columns of a table play which part.

use thalweg_core::{Error, Result};

use crate::names;
use crate::{Request, Selection};

/// What a column holds, as far as its format can tell before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers (missing ones included).
    Number,
    /// Text, dates, or anything else that is not a number.
    Text,
    /// Names of rows: never a coordinate unless asked for by name.
    Index,
}

/// Places of the columns that will be read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) features: Vec<usize>,
    pub(crate) time: Option<usize>,
    pub(crate) weights: Option<usize>,
    pub(crate) labels: Option<usize>,
    pub(crate) index: Option<usize>,
    pub(crate) warnings: Vec<String>,
}

impl Plan {
    /// Resolves a request against the columns of a file.
    pub(crate) fn new(request: &Request, available: &[String], kinds: &[Kind]) -> Result<Self> {
        names::distinct(available)?;
        let place = |name: &Option<String>| name.as_ref().map(|n| names::find(available, n, "column")).transpose();
        let (time, weights, labels) = (place(&request.time)?, place(&request.weights)?, place(&request.labels)?);
        let index = kinds.iter().position(|k| *k == Kind::Index);
        let mut plan = Self { features: Vec::new(), time, weights, labels, index, warnings: Vec::new() };
        plan.features = match &request.features {
            Selection::All => plan.numeric(available, kinds)?,
            Selection::Columns(wanted) => names::find_all(available, wanted, "column")?,
            Selection::X => vec![names::find(available, "X", "column")?],
            Selection::Obsm(key) => return Err(no_obsm(key)),
        };
        for (option, part) in [("time", time), ("weights", weights)] {
            if let Some(i) = part.filter(|i| plan.features.contains(i)) {
                return Err(Error::input(format!(
                    "The column `{}` is both --{option} and one of the features.",
                    available[i]
                ))
                .advise("Leave it out of --features."));
            }
        }
        Ok(plan)
    }

    fn numeric(&mut self, available: &[String], kinds: &[Kind]) -> Result<Vec<usize>> {
        let taken = [self.time, self.weights, self.labels];
        let free = |i: &usize| !taken.contains(&Some(*i));
        let of = |kind| (0..kinds.len()).filter(free).filter(|i| kinds[*i] == kind).collect::<Vec<_>>();
        let (numbers, texts) = (of(Kind::Number), of(Kind::Text));
        if numbers.is_empty() {
            return Err(Error::input("There is no numeric column left to be a feature.")
                .advise(format!("The columns are: {}.", names::list(available))));
        }
        if !texts.is_empty() {
            let skipped: Vec<String> = texts.iter().map(|&i| available[i].clone()).collect();
            self.warnings
                .push(format!("Columns that hold text, dates or nothing are not features: {}.", names::list(&skipped)));
        }
        Ok(numbers)
    }
}

/// The error for `obsm:KEY` in a format without `obsm`.
pub(crate) fn no_obsm(key: &str) -> Error {
    Error::input(format!("The features obsm:{key} were asked for, but only h5ad files have an obsm."))
        .advise("Name columns or an array instead.")
}

/// The error for text where a number belongs.
pub(crate) fn not_a_number(row: usize, column: &str, value: &str) -> Error {
    let shown: String = value.chars().take(60).collect();
    Error::input(format!(
        "Row {row} (counted from 0) has the text `{shown}` in column `{column}`, where a number belongs."
    ))
    .advise("Write a plain number, without a unit.")
}

/// A cell as a number; what usually stands for a missing value is NaN, which is refused with its place later.
pub(crate) fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    match cell {
        "" | "NA" | "N/A" | "<NA>" | "null" | "None" | "." => Some(f64::NAN),
        _ => cell.parse().ok(),
    }
}
