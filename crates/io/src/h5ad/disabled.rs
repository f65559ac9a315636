//! The answer of a build without the feature `h5ad`.

use std::path::Path;

use thalweg_core::{Error, Result};

use crate::budget::Budget;
use crate::{Request, Rest, Table};

fn absent() -> Error {
    Error::input("This build cannot read h5ad files.").advise("Build with `--features h5ad`.")
}

pub(crate) fn read(_: &Path, _: &Request, _: &mut Budget) -> Result<Table> {
    Err(absent())
}

pub(crate) fn number_columns(_: &Path) -> Result<Vec<String>> {
    Err(absent())
}

pub(crate) fn rest(_: &Path, _: &[String], _: &mut Budget) -> Result<Rest> {
    Err(absent())
}
