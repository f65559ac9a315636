//! The table of a file with other coordinates in the places of its own.

use std::ops::Range;
use thalweg_core::{Points, Result};
use thalweg_io::{OutColumn, OutTable, Rest, Slot};

/// Coordinates that go back among the columns they came from.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// `n x d`.
    pub points: &'a Points,
    /// Names of the `d` coordinates.
    pub features: &'a [String],
    /// Whether coordinates that were columns become one array in the place of the first, as an NPZ file wants it.
    pub joined: bool,
}

impl Beside<'_> {
    /// The table of `rest` with the coordinates in their places; `changed` says what becomes of a column.
    ///
    /// # Errors
    /// Columns of another length than the points, or names that are taken.
    pub fn table(&self, rest: Rest, changed: impl Fn(&str, OutColumn) -> OutColumn) -> Result<OutTable> {
        let mut table = OutTable::new();
        let mut placed = false;
        for slot in rest.slots {
            let coordinate = !matches!(slot, Slot::Column(..));
            table = match slot {
                Slot::Column(name, column) => {
                    let column = changed(&name, column);
                    table.column(name, column)?
                }
                Slot::Coordinate(_) if self.joined && placed => table,
                Slot::Coordinate(_) if self.joined => self.array(table, "points", 0..self.features.len())?,
                Slot::Coordinate(k) => {
                    table.numbers(self.features[k].as_str(), self.points.rows().map(|row| row[k]).collect())?
                }
                Slot::Array(key, columns) => self.array(table, &key, columns)?,
            };
            placed |= coordinate;
        }
        if placed { Ok(table) } else { self.array(table, "points", 0..self.features.len()) }
    }

    fn array(&self, table: OutTable, key: &str, columns: Range<usize>) -> Result<OutTable> {
        let values = self.points.rows().flat_map(|row| row[columns.clone()].iter().copied()).collect();
        table.points(key, Points::new(columns.len(), values)?, &self.features[columns])
    }
}
