//! The answer of a build without the feature `parquet`.

use std::io::Write;
use std::path::Path;

use thalweg_core::{Error, Result};

use crate::budget::Budget;
use crate::spill::Column;
use crate::{OutTable, Request, Rest, Table};

fn absent() -> Error {
    Error::input("This build has no Parquet.").advise("Build with `--features parquet`.")
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

pub(crate) fn write(_: &mut (impl Write + Send), _: &OutTable) -> Result<()> {
    Err(absent())
}

pub(crate) fn write_spilled(_: &mut (impl Write + Send), _: &mut [Column]) -> Result<()> {
    Err(absent())
}
