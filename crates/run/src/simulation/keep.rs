//! The folder that a simulation leaves.

use super::{Picture, SimulationRecord};
use crate::folder::{Existing, RunFolder};
use std::path::Path;
use thalweg_core::Result;
use thalweg_io::OutTable;

/// The record of a simulation; a folder that holds it is one.
pub const RECORD: &str = "simulation.json";
/// What its page shows.
pub const PICTURE: &str = "picture.json";
/// The table, in the format that every build can write and read again in good time.
#[cfg(feature = "parquet")]
const TABLE: (&str, &str) = ("table.parquet", "series.parquet");
#[cfg(not(feature = "parquet"))]
const TABLE: (&str, &str) = ("table.csv", "series.csv");

/// Whether the folder `root` is that of a simulation.
pub fn is_simulation(root: &Path) -> bool {
    root.join(RECORD).is_file()
}

/// Makes the folder `root` and writes tables, picture and, when all else is there, the record, which then names the files.
///
/// # Errors
/// A folder that holds files, or cannot be written.
pub fn keep(
    root: &Path,
    record: &mut SimulationRecord,
    picture: &Picture,
    table: &OutTable,
    figures: Option<&OutTable>,
) -> Result<()> {
    let folder = RunFolder::create(root, Existing::Refuse)?;
    thalweg_io::write(&root.join(TABLE.0), table)?;
    record.files = vec![TABLE.0.to_owned()];
    if let Some(figures) = figures {
        thalweg_io::write(&root.join(TABLE.1), figures)?;
        record.files.push(TABLE.1.to_owned());
    }
    folder.write_json(PICTURE, picture)?;
    folder.write_json(RECORD, record)
}
