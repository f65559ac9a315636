//! Writing the classic format with 64-bit offsets (CDF-2): all variables of fixed size, as 64-bit floats.

use super::{Attribute, Grids, Variable};
use std::io::Write;
use thalweg_core::{Error, Result};

/// Refuses grids that the format cannot hold.
pub(super) fn check(grids: &Grids) -> Result<()> {
    for variable in &grids.variables {
        let name = &variable.name;
        if variable.dimensions.iter().any(|d| *d >= grids.dimensions.len()) {
            return Err(Error::input(format!("The variable `{name}` has a dimension that is not there.")));
        }
        let shape = grids.shape(variable);
        let count = shape.iter().try_fold(1_usize, |n, k| n.checked_mul(*k));
        if count != Some(variable.values.len()) {
            return Err(Error::input(format!(
                "The variable `{name}` has {} values, but its shape is {shape:?}.",
                variable.values.len()
            )));
        }
        if variable.values.len() >= 1 << 29 {
            return Err(Error::input(format!(
                "The variable `{name}` takes 4 GiB or more, which NetCDF cannot hold here."
            ))
            .advise("Keep fewer maps, or fewer realisations in one file."));
        }
    }
    if let Some((name, _)) = grids.dimensions.iter().find(|d| d.1 == 0) {
        return Err(Error::input(format!("The dimension `{name}` is empty.")));
    }
    Ok(())
}

fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

/// The header as it grows; places of values follow from its length.
#[derive(Default)]
struct Header(Vec<u8>);

impl Header {
    fn word(&mut self, word: usize) {
        // Counts that do not fit were refused.
        self.0.extend((word as u32).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.word(text.len());
        self.0.extend(text.as_bytes());
        self.0.resize(self.0.len() + padding(text.len()), 0);
    }

    fn list(&mut self, tag: usize, count: usize) {
        self.word(if count == 0 { 0 } else { tag });
        self.word(count);
    }

    fn attributes(&mut self, attributes: &[(String, Attribute)]) {
        self.list(12, attributes.len());
        for (name, value) in attributes {
            self.text(name);
            match value {
                Attribute::Text(text) => {
                    self.word(2);
                    self.text(text);
                }
                Attribute::Numbers(numbers) => {
                    self.word(6);
                    self.word(numbers.len());
                    self.0.extend(numbers.iter().flat_map(|v| v.to_be_bytes()));
                }
            }
        }
    }

    /// All of it, with values that start at `start`.
    fn of(grids: &Grids, start: usize) -> Self {
        let mut header = Self(b"CDF\x02\0\0\0\0".to_vec());
        header.list(10, grids.dimensions.len());
        for (name, length) in &grids.dimensions {
            header.text(name);
            header.word(*length);
        }
        header.attributes(&grids.attributes);
        header.list(11, grids.variables.len());
        let mut place = start;
        for Variable { name, dimensions, attributes, values } in &grids.variables {
            header.text(name);
            header.word(dimensions.len());
            dimensions.iter().for_each(|d| header.word(*d));
            header.attributes(attributes);
            header.word(6);
            header.word(8 * values.len());
            header.0.extend((place as u64).to_be_bytes());
            place += 8 * values.len();
        }
        header
    }
}

/// Writes grids that [`check`] has passed.
pub(super) fn write(file: &mut impl Write, grids: &Grids) -> Result<()> {
    let failed = |e: std::io::Error| Error::system("write the values", e);
    let length = Header::of(grids, 0).0.len();
    file.write_all(&Header::of(grids, length).0).map_err(failed)?;
    for variable in &grids.variables {
        for chunk in variable.values.chunks(1 << 13) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|v| v.to_be_bytes()).collect();
            file.write_all(&bytes).map_err(failed)?;
        }
    }
    Ok(())
}
