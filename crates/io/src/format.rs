//! Formats by extension, and the two entry points.

use std::fs;
use std::path::Path;

use thalweg_core::{Error, Result};

use crate::budget::Budget;
use crate::{OutTable, Request, Table, delimited, h5ad, npz, parquet, write_atomically};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// One NumPy array.
    Npy,
    /// Named NumPy arrays in a zip archive.
    Npz,
    /// Apache Parquet.
    Parquet,
    /// AnnData in HDF5.
    H5ad,
}

impl Format {
    /// The format that the extension of `path` names, in any case.
    ///
    /// # Errors
    /// An extension that is unknown or absent.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        Ok(match extension.as_deref() {
            Some("csv") => Self::Csv,
            Some("tsv") => Self::Tsv,
            Some("npy") => Self::Npy,
            Some("npz") => Self::Npz,
            Some("parquet") => Self::Parquet,
            Some("h5ad") => Self::H5ad,
            _ => {
                return Err(Error::input(match &extension {
                    Some(e) => format!("The file {} has the extension .{e}, which is no known format.", path.display()),
                    None => format!("The file {} has no extension, so its format is unknown.", path.display()),
                })
                .advise("Known are .csv, .tsv, .npy, .npz, .parquet and .h5ad."));
            }
        })
    }
}

/// Reads what `request` asks for out of the file at `path`, within `memory` bytes (8 GiB where `None`).
///
/// The cost is one pass over the parts that are asked for; memory is the result and a bounded buffer.
///
/// # Errors
/// Before any work: a missing file, a folder, an unknown extension, an empty file, a missing key (the nearest and
/// the available ones are named). Then: a truncated or corrupt file; text, NaN or infinity where a number
/// belongs (with row and column); ragged rows; duplicate names; no rows; negative weights; pickled objects; more
/// memory than granted.
pub fn read(path: &Path, request: &Request, memory: Option<u64>) -> Result<Table> {
    let format = Format::of(path)?;
    let mut budget = Budget::new(memory, length(path)?);
    match format {
        Format::Csv => delimited::read(path, b',', request, &mut budget),
        Format::Tsv => delimited::read(path, b'\t', request, &mut budget),
        Format::Npy => npz::read_npy(path, request, &mut budget),
        Format::Npz => npz::read(path, request, &mut budget),
        Format::Parquet => parquet::read(path, request, &mut budget),
        Format::H5ad => h5ad::read(path, request, &mut budget),
    }
    .map_err(|e| e.within(path.display()))
}

/// Refuses an output that [`write`] would refuse whatever the table, so that no work is done for nothing.
///
/// # Errors
/// An unknown extension; h5ad; a folder in place of the file; a folder that does not exist.
pub fn check_output(path: &Path) -> Result<()> {
    written(path)?;
    crate::atomic::folder_of(path).map(drop)
}

/// The format of `path`, where it is one that is written.
fn written(path: &Path) -> Result<Format> {
    let format = Format::of(path)?;
    if format == Format::H5ad {
        return Err(Error::input(format!(
            "The file {} cannot be written: h5ad files are only read here.",
            path.display()
        ))
        .advise("Write .csv, .tsv, .npz or .parquet, or use the Python interface, which writes into AnnData."));
    }
    Ok(format)
}

/// Writes `table` to `path` in the format of its extension, atomically (see [`write_atomically`]).
///
/// # Errors
/// An unknown extension; h5ad, which is written from Python; text in an NPY file; what the disk refuses.
pub fn write(path: &Path, table: &OutTable) -> Result<()> {
    let format = written(path)?;
    write_atomically(path, |file| match format {
        Format::Csv | Format::H5ad => delimited::write(file, b',', table),
        Format::Tsv => delimited::write(file, b'\t', table),
        Format::Npy => npz::write_npy(file, table),
        Format::Npz => npz::write(file, table),
        Format::Parquet => parquet::write(file, table),
    })
}

/// Length of a file that exists, is a file and is not empty.
pub(crate) fn length(path: &Path) -> Result<u64> {
    let shown = path.display();
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Error::input(format!("The file {shown} does not exist.")).advise("Check the path and the working folder.")
        }
        _ => Error::system(format_args!("open the file {shown}"), e),
    })?;
    if meta.is_dir() {
        return Err(Error::input(format!("{shown} is a folder, not a file.")).advise("Name a file in it."));
    }
    // A pipe or a device has no length to hold claims against, and can be read only once.
    if !meta.is_file() {
        return Err(Error::input(format!("{shown} is not a plain file.")).advise("Write the table into a file first."));
    }
    if meta.len() == 0 {
        let mend = match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("nc" | "h5" | "hdf5" | "h5ad" | "npz" | "npy" | "parquet") => "Write or download it again.",
            _ => "Give a file with a header and rows.",
        };
        return Err(Error::input(format!("The file {shown} is empty.")).advise(mend));
    }
    Ok(meta.len())
}
