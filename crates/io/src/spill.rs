//! Tables that are longer than memory: rows come in pieces, lie in temporary files by column, and leave as one file.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;
use thalweg_core::{Error, Result};

use crate::format::{Format, check_output};
use crate::store::ArchiveWriter;
use crate::{npy, parquet, write_atomically};

/// Bytes of a cell.
const CELL: usize = 8;
/// Bytes that are copied at once.
const BLOCK: usize = 1 << 16;

/// What a column of a [`Spill`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// 64-bit integers.
    Integer,
    /// 64-bit floats.
    Number,
}

/// A table whose rows come in pieces. It takes a few buffers of memory and, on the disk, 8 bytes a cell beside the files
/// that are written from it; the temporary files go when it is dropped.
#[derive(Debug)]
pub struct Spill {
    columns: Vec<Column>,
}

/// A column on the disk, little-endian.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) cell: Cell,
    pub(crate) rows: usize,
    file: BufWriter<NamedTempFile>,
}

impl Spill {
    /// A table without rows, in temporary files of `folder` whose names start with `.thalweg-`.
    ///
    /// # Errors
    /// A folder in which no file can be made.
    pub fn new(folder: &Path, columns: &[(&str, Cell)]) -> Result<Self> {
        let failed = |e| Error::system(format_args!("make a temporary file in {}", folder.display()), e);
        let column = |(name, cell): &(&str, Cell)| {
            let file = tempfile::Builder::new().prefix(".thalweg-").tempfile_in(folder).map_err(failed)?;
            Ok(Column { name: (*name).to_owned(), cell: *cell, rows: 0, file: BufWriter::with_capacity(BLOCK, file) })
        };
        Ok(Self { columns: columns.iter().map(column).collect::<Result<_>>()? })
    }

    /// Adds integers to the column at `place`.
    ///
    /// # Errors
    /// A full disk; a column of another kind.
    pub fn integers(&mut self, place: usize, values: impl Iterator<Item = i64>) -> Result<()> {
        self.append(place, Cell::Integer, values.map(i64::to_le_bytes))
    }

    /// Adds numbers to the column at `place`.
    ///
    /// # Errors
    /// As [`Spill::integers`].
    pub fn numbers(&mut self, place: usize, values: impl Iterator<Item = f64>) -> Result<()> {
        self.append(place, Cell::Number, values.map(f64::to_le_bytes))
    }

    fn append(&mut self, place: usize, cell: Cell, values: impl Iterator<Item = [u8; CELL]>) -> Result<()> {
        let Some(column) = self.columns.get_mut(place).filter(|c| c.cell == cell) else {
            return Err(Error::failed(format!("The table has no column of this kind at place {place}.")));
        };
        for value in values {
            column.file.write_all(&value).map_err(|e| Error::system("write a temporary file", e))?;
            column.rows += 1;
        }
        Ok(())
    }

    /// Writes the rows so far to `path`, an NPZ or a Parquet file, atomically (see [`write_atomically`]).
    ///
    /// # Errors
    /// Columns of different lengths; another format; what the disk refuses.
    pub fn write(&mut self, path: &Path) -> Result<()> {
        check_output(path)?;
        let rows = self.columns.first().map_or(0, |c| c.rows);
        if let Some(other) = self.columns.iter().find(|c| c.rows != rows) {
            return Err(Error::failed(format!(
                "The column `{}` has {} rows and `{}` has {rows}.",
                other.name, other.rows, self.columns[0].name
            )));
        }
        match Format::of(path)? {
            Format::Npz => write_atomically(path, |file| self.archive(file)),
            Format::Parquet => write_atomically(path, |file| parquet::write_spilled(file, &mut self.columns)),
            _ => Err(Error::input(format!("{} can be written whole only.", path.display()))
                .advise("Name a .npz or a .parquet file.")),
        }
    }

    fn archive(&mut self, file: &mut (impl Write + Seek)) -> Result<()> {
        let mut archive = ArchiveWriter::new(file);
        for column in &mut self.columns {
            let descr = match column.cell {
                Cell::Integer => "i8",
                Cell::Number => "f8",
            };
            let (name, rows) = (column.name.clone(), column.rows);
            let mut cells = column.rewound()?;
            archive.array(&name, |out| {
                npy::write_header(out, descr, &[rows])?;
                let mut block = vec![0; BLOCK];
                loop {
                    match cells.read(&mut block)? {
                        0 => return Ok(()),
                        read => out.write_all(&block[..read])?,
                    }
                }
            })?;
        }
        archive.finish()
    }
}

impl Column {
    /// Its file from the first cell on.
    pub(crate) fn rewound(&mut self) -> Result<File> {
        let failed = |e| Error::system("read a temporary file", e);
        self.file.flush().map_err(failed)?;
        let mut file = self.file.get_ref().reopen().map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_npz;

    #[test]
    fn what_comes_in_pieces_is_what_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path(), &[("row", Cell::Integer), ("mass", Cell::Number)]).unwrap();
        // Pieces of which none ends where a block does.
        let of = |k: i64| (k, (k as f64).sin());
        let mut next = 0;
        for piece in [1, 9999, 0, 70_001] {
            spill.integers(0, (next..next + piece).map(|k| of(k).0)).unwrap();
            spill.numbers(1, (next..next + piece).map(|k| of(k).1)).unwrap();
            next += piece;
        }
        assert!(spill.numbers(0, [1.0].into_iter()).is_err());
        spill.write(&folder.path().join("plan.npz")).unwrap();
        let mut read = read_npz(&folder.path().join("plan.npz"), None).unwrap();
        let (rows, masses) = (read.take("row").unwrap(), read.take("mass").unwrap().numbers().unwrap());
        assert!(rows.numbers().unwrap().iter().enumerate().all(|(k, v)| *v == k as f64));
        assert!(masses.len() == next as usize && (0..next).all(|k| masses[k as usize] == of(k).1));
        #[cfg(feature = "parquet")]
        {
            use crate::{Request, read};
            spill.write(&folder.path().join("plan.parquet")).unwrap();
            let table = read(&folder.path().join("plan.parquet"), &Request::default(), None).unwrap();
            assert_eq!((table.features.len(), table.points.len()), (2, next as usize));
            assert!((0..next).all(|k| table.points.row(k as usize) == [of(k).0 as f64, of(k).1]));
        }
        assert!(spill.write(&folder.path().join("plan.csv")).is_err());
        spill.numbers(1, [1.0].into_iter()).unwrap();
        assert!(spill.write(&folder.path().join("plan.npz")).is_err());
        drop(spill);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1 + usize::from(cfg!(feature = "parquet")));
    }
}
