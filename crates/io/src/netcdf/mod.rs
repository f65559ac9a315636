//! Numbers on grids: NetCDF in its classic formats, written and read, and as HDF5 (NetCDF-4), read.
//!
//! Source of the classic layout: the NetCDF file format specifications (CDF-1, CDF-2 and CDF-5).

mod classic;
mod decode;
#[cfg(not(feature = "h5ad"))]
mod disabled;
#[cfg(feature = "h5ad")]
mod enabled;
mod output;
#[cfg(test)]
mod tests;

#[cfg(not(feature = "h5ad"))]
use disabled as hdf5;
#[cfg(feature = "h5ad")]
use enabled as hdf5;

use crate::budget::{Budget, corrupt};
use crate::{format, write_atomically};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use thalweg_core::{Error, Result};

/// Variables over named dimensions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grids {
    /// Names and lengths.
    pub dimensions: Vec<(String, usize)>,
    /// Arrays of numbers; text is not kept.
    pub variables: Vec<Variable>,
    /// Of the file: title, conventions, history.
    pub attributes: Vec<(String, Attribute)>,
}

/// An array of numbers over dimensions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// Its name; a coordinate has the name of its dimension.
    pub name: String,
    /// Places in [`Grids::dimensions`], slowest first.
    pub dimensions: Vec<usize>,
    /// Units, long name, standard name.
    pub attributes: Vec<(String, Attribute)>,
    /// Values, row-major; NaN where missing.
    pub values: Vec<f64>,
}

/// Something said of a variable or a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Text.
    Text(String),
    /// Numbers.
    Numbers(Vec<f64>),
}

impl Variable {
    /// The text of the attribute `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|(key, value)| match value {
            Attribute::Text(text) if key == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// The first number of the attribute `name`.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.attributes.iter().find_map(|(key, value)| match value {
            Attribute::Numbers(numbers) if key == name => numbers.first().copied(),
            _ => None,
        })
    }
}

impl Grids {
    /// Adds a dimension and its coordinate; returns its place.
    pub fn axis(&mut self, name: &str, values: Vec<f64>, attributes: &[(&str, &str)]) -> usize {
        let place = self.dimensions.len();
        self.dimensions.push((name.to_owned(), values.len()));
        self.variable(name, vec![place], values, attributes);
        place
    }

    /// Adds a variable.
    pub fn variable(&mut self, name: &str, dimensions: Vec<usize>, values: Vec<f64>, attributes: &[(&str, &str)]) {
        let texts = attributes.iter().map(|(key, text)| ((*key).to_owned(), Attribute::Text((*text).to_owned())));
        self.variables.push(Variable { name: name.to_owned(), dimensions, attributes: texts.collect(), values });
    }

    /// The variable of that name.
    pub fn find(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|v| v.name == name)
    }

    /// Lengths of the dimensions of a variable.
    pub fn shape(&self, variable: &Variable) -> Vec<usize> {
        variable.dimensions.iter().map(|d| self.dimensions[*d].1).collect()
    }
}

/// Reads every variable of numbers in a NetCDF file, or in the root of an HDF5 file, within `memory` bytes (8 GiB where `None`).
///
/// Scales, offsets and fill values of the CF conventions are applied. Dimensions of an HDF5 file are those of its coordinates
/// where lengths match a coordinate of one dimension only, and otherwise `dim_LENGTH`.
///
/// # Errors
/// A missing or empty file, another format, a truncated or corrupt file, more memory than granted.
pub fn read_grids(path: &Path, memory: Option<u64>) -> Result<Grids> {
    let mut budget = Budget::new(memory, format::length(path)?);
    let mut read = || {
        let failed = |e: std::io::Error| Error::system(format_args!("read the file {}", path.display()), e);
        let mut start = [0; 8];
        let mut file = File::open(path).map_err(failed)?;
        let got = file.read(&mut start).map_err(failed)?;
        match &start[..got] {
            [b'C', b'D', b'F', 1 | 2 | 5, ..] => {
                budget.grant(budget.file_bytes(), 1, "the file")?;
                let bytes = std::fs::read(path).map_err(failed)?;
                classic::read(&bytes, &mut budget)
            }
            b"\x89HDF\r\n\x1a\n" => hdf5::read(path, &mut budget),
            _ => Err(corrupt("it starts neither as a NetCDF file nor as an HDF5 file")),
        }
    };
    read().map(decode::decoded).map_err(|e| e.within(path.display()))
}

/// Writes a NetCDF file in the classic format with 64-bit offsets, which every reader of NetCDF takes, atomically.
///
/// # Errors
/// Lengths that contradict the dimensions; a variable of 4 GiB or more; what the disk refuses.
pub fn write_grids(path: &Path, grids: &Grids) -> Result<()> {
    output::check(grids).map_err(|e| e.within(path.display()))?;
    write_atomically(path, |file| output::write(file, grids))
}
