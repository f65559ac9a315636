//! Named arrays in a zip archive: the NPZ that the run folder keeps, and the arrays of a table.

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::Path;

use thalweg_core::{Error, Result};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::budget::{Budget, corrupt};
use crate::names;
use crate::npy::{self, Header};
use crate::{OutColumn, format, write_atomically};

/// A dense array, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its extents; empty for a single value.
    pub shape: Vec<usize>,
    /// Its values, as many as the product of the extents.
    pub values: Values,
}

/// The values of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers, widened to 64-bit floats (integers beyond 2^53 are rounded).
    Numbers(Vec<f64>),
    /// Text.
    Texts(Vec<String>),
}

impl Array {
    /// The numbers.
    ///
    /// # Errors
    /// The array holds text.
    pub fn numbers(self) -> Result<Vec<f64>> {
        match self.values {
            Values::Numbers(v) => Ok(v),
            Values::Texts(t) => Err(Error::input(match t.first() {
                Some(first) => {
                    format!("It holds text (`{}`), where numbers belong.", first.chars().take(60).collect::<String>())
                }
                None => "It holds text, where numbers belong.".to_owned(),
            })),
        }
    }

    /// The text; numbers are written out.
    pub fn texts(self) -> Vec<String> {
        match self.values {
            Values::Texts(t) => t,
            Values::Numbers(v) => v.iter().map(f64::to_string).collect(),
        }
    }
}

/// An NPZ archive being read, array by array.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    names: Vec<String>,
}

impl Archive {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
        let names = zip
            .file_names()
            .map(|n| n.map(|n| n.strip_suffix(".npy").unwrap_or(&n).to_owned()).map_err(|e| broken(&e)))
            .collect::<Result<_>>()?;
        Ok(Self { zip, names })
    }

    /// Keys, in the order of the archive.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn find(&self, name: &str) -> Result<usize> {
        names::find(&self.names, name, "array")
    }

    /// The header of array `i`, compared with what is stored for it.
    pub(crate) fn header(&mut self, i: usize, budget: &Budget) -> Result<Header> {
        self.entry(i, budget).map(|(header, _)| header)
    }

    pub(crate) fn array(&mut self, i: usize, budget: &mut Budget) -> Result<Array> {
        self.decode(i, budget, npy::values)
    }

    /// Array `i`, which is a vector, as a column of its own type.
    pub(crate) fn column(&mut self, i: usize, budget: &mut Budget) -> Result<OutColumn> {
        self.decode(i, budget, npy::column)
    }

    fn decode<T>(
        &mut self,
        i: usize,
        budget: &mut Budget,
        read: fn(&mut dyn Read, &Header, &mut Budget, &str) -> Result<T>,
    ) -> Result<T> {
        let what = format!("the array `{}`", self.names[i]);
        let (header, mut entry) = self.entry(i, budget)?;
        let array = read(&mut entry, &header, budget, &what)?;
        // Reading past the last byte makes the archive compare its checksum.
        match entry.read(&mut [0]) {
            Ok(0) => Ok(array),
            Ok(_) => Err(corrupt(format_args!("{what} is followed by bytes that belong to nothing"))),
            Err(e) => Err(corrupt(format_args!("{what}: {e}"))),
        }
    }

    fn entry(&mut self, i: usize, budget: &Budget) -> Result<(Header, impl Read + '_)> {
        let what = format!("the array `{}`", self.names[i]);
        let mut entry = self.zip.by_index(i).map_err(|e| broken(&e))?;
        let (stored, size) = (entry.compressed_size().min(budget.file_bytes()), entry.size());
        budget.plausible(size, stored, &what)?;
        let header = Header::read(&mut entry).map_err(|e| e.within(&what))?;
        if header.total() != size {
            return Err(corrupt(format_args!(
                "{what} holds {size} bytes, but its header describes {}",
                header.total()
            )));
        }
        Ok((header, entry))
    }
}

fn broken(error: &ZipError) -> Error {
    match error {
        ZipError::Io(e) => corrupt(e),
        ZipError::UnsupportedArchive(why) => Error::input(format!("The archive uses what is not read: {why}."))
            .advise("Save it with numpy.savez or numpy.savez_compressed."),
        other => corrupt(other),
    }
}

/// All arrays of an NPZ file, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Npz {
    arrays: Vec<(String, Array)>,
}

impl Npz {
    /// Names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|(name, _)| name.as_str())
    }

    /// The array `name`.
    ///
    /// # Errors
    /// There is none; the names that exist are listed.
    pub fn get(&self, name: &str) -> Result<&Array> {
        match self.arrays.iter().find(|(n, _)| n == name) {
            Some((_, array)) => Ok(array),
            None => Err(names::missing(&self.names().map(str::to_owned).collect::<Vec<_>>(), name, "array")),
        }
    }

    /// Takes the array `name` out.
    ///
    /// # Errors
    /// As [`Npz::get`].
    pub fn take(&mut self, name: &str) -> Result<Array> {
        self.get(name)?;
        let i = self.arrays.iter().position(|(n, _)| n == name).unwrap_or_default();
        Ok(self.arrays.swap_remove(i).1)
    }
}

/// Reads every array of an NPZ file within `memory` bytes (8 GiB where `None`).
///
/// # Errors
/// As [`read`](crate::read) for a file of this format.
pub fn read_npz(path: &Path, memory: Option<u64>) -> Result<Npz> {
    let mut budget = Budget::new(memory, format::length(path)?);
    let read = || {
        let mut archive = Archive::open(path)?;
        let mut arrays = Vec::new();
        for i in 0..archive.names().len() {
            arrays.push((archive.names()[i].clone(), archive.array(i, &mut budget)?));
        }
        Ok(Npz { arrays })
    };
    let mut read = read;
    read().map_err(|e: Error| e.within(path.display()))
}

/// Collects named arrays and writes them as one NPZ file, deflated, readable by `numpy.load`.
///
/// The same arrays in the same order give the same bytes: no clock enters the file.
#[derive(Debug, Default)]
pub struct NpzWriter {
    arrays: Vec<(String, Vec<usize>, Column)>,
}

#[derive(Debug)]
enum Column {
    F64(Vec<f64>),
    F32(Vec<f32>),
    Texts(Vec<String>),
}

impl NpzWriter {
    /// A file without arrays.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an array of 64-bit floats.
    ///
    /// # Errors
    /// A number of values that is not the product of `shape`, or a name that is taken.
    pub fn f64(self, name: &str, shape: &[usize], values: Vec<f64>) -> Result<Self> {
        let len = values.len();
        self.add(name, shape, len, Column::F64(values))
    }

    /// Adds an array of 32-bit floats.
    ///
    /// # Errors
    /// As [`NpzWriter::f64`].
    pub fn f32(self, name: &str, shape: &[usize], values: Vec<f32>) -> Result<Self> {
        let len = values.len();
        self.add(name, shape, len, Column::F32(values))
    }

    /// Adds a vector of text.
    ///
    /// # Errors
    /// As [`NpzWriter::f64`].
    pub fn texts(self, name: &str, values: Vec<String>) -> Result<Self> {
        let len = values.len();
        self.add(name, &[len], len, Column::Texts(values))
    }

    fn add(mut self, name: &str, shape: &[usize], len: usize, column: Column) -> Result<Self> {
        if shape.iter().product::<usize>() != len {
            return Err(Error::input(format!("The array `{name}` of shape {shape:?} came with {len} values.")));
        }
        if self.arrays.iter().any(|(n, _, _)| n == name) {
            return Err(Error::input(format!("Two arrays are named `{name}`.")));
        }
        self.arrays.push((name.to_owned(), shape.to_vec(), column));
        Ok(self)
    }

    /// Writes the file atomically (see [`write_atomically`]).
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_atomically(path, |file| self.write_to(file))
    }

    pub(crate) fn write_to(&self, file: &mut (impl Write + Seek)) -> Result<()> {
        let mut archive = ArchiveWriter::new(file);
        for (name, shape, column) in &self.arrays {
            archive.array(name, |file| match column {
                Column::F64(v) => numbers(file, "f8", shape, v.iter().map(|x| x.to_le_bytes())),
                Column::F32(v) => numbers(file, "f4", shape, v.iter().map(|x| x.to_le_bytes())),
                Column::Texts(v) => npy::write_texts(file, shape, v),
            })?;
        }
        archive.finish()
    }
}

/// An NPZ archive being written, array by array.
pub(crate) struct ArchiveWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    pub(crate) fn new(file: W) -> Self {
        Self { zip: ZipWriter::new(file) }
    }

    pub(crate) fn array(&mut self, name: &str, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
        let failed = |e: std::io::Error| Error::system(format_args!("write the array `{name}`"), e);
        // Level 1: floats hardly compress, and the fastest level finds the zeros and the constants too.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .last_modified_time(zip::DateTime::default())
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options).map_err(|e| failed(e.into()))?;
        fill(&mut self.zip).map_err(failed)
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.zip.finish().map_err(|e| Error::system("finish the archive", e))?;
        Ok(())
    }
}

/// Writes the header and the values in blocks.
pub(crate) fn numbers<const N: usize>(
    file: &mut dyn Write,
    descr: &str,
    shape: &[usize],
    values: impl Iterator<Item = [u8; N]>,
) -> std::io::Result<()> {
    npy::write_header(file, descr, shape)?;
    let mut block = Vec::with_capacity(1 << 16);
    for bytes in values {
        block.extend_from_slice(&bytes);
        if block.len() + N > 1 << 16 {
            file.write_all(&block)?;
            block.clear();
        }
    }
    file.write_all(&block)
}
