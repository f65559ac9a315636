//! The answer of a build without the feature `h5ad`, which brings HDF5.

use super::Grids;
use crate::budget::Budget;
use std::path::Path;
use thalweg_core::{Error, Result};

pub(super) fn read(_: &Path, _: &mut Budget) -> Result<Grids> {
    Err(Error::input("This build cannot read HDF5 files, of which this is one.")
        .advise("Build with `--features h5ad`."))
}
