//! Parquet in: flat columns of numbers and text, one row group after the other.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use thalweg_core::{Error, Result};

use super::logical::{Number, kind, unsigned, written};
use super::pages;
use super::quiet::quietly;
use crate::budget::{Budget, corrupt};
use crate::npy::too_large;
use crate::plan::{self, Kind, Plan, not_a_number};
use crate::table::Parts;
use crate::{OutColumn, Request, Rest, Table};

/// Rows that are decoded at once.
const BATCH: usize = 8192;

/// Reads the columns that are asked for.
pub(crate) fn read(path: &Path, request: &Request, budget: &mut Budget) -> Result<Table> {
    // The Parquet reader asserts some of what the format promises (offsets that are not negative, for one). A file is
    // not ours, so a panic on corrupt bytes is a corrupt file to the user, not a crash.
    quietly(|| parts(path, request, budget)?.check()).unwrap_or_else(contradiction)
}

fn parts(path: &Path, request: &Request, budget: &mut Budget) -> Result<Parts> {
    let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
    let mut raw = BufReader::new(file.try_clone().map_err(|e| Error::system("open the file", e))?);
    let reader = SerializedFileReader::new(file).map_err(corrupt)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema.columns().iter().map(|c| c.path().string()).collect();
    let kinds: Vec<Kind> = schema.columns().iter().map(|c| kind(c)).collect();
    let plan = Plan::new(request, &names, &kinds)?;
    let mut open = |i: usize| {
        if schema.column(i).max_rep_level() > 0 {
            return Err(Error::input(format!(
                "The column `{}` holds lists, where a column has one entry for each row.",
                names[i]
            )));
        }
        for group in reader.metadata().row_groups() {
            pages::inspect(&mut raw, group.column(i), budget, &format!("column `{}`", names[i]))?;
        }
        Ok(Column { file: &reader, place: i, name: &names[i], descriptor: schema.column(i) })
    };
    let mut columns = Vec::with_capacity(plan.features.len());
    for &i in &plan.features {
        columns.push(open(i)?);
    }
    let (time, weight) = (plan.time.map(&mut open).transpose()?, plan.weights.map(&mut open).transpose()?);
    let (label, index) = (plan.labels.map(&mut open).transpose()?, plan.index.map(&mut open).transpose()?);
    let numbers = |column: Option<Column>, budget: &mut Budget| {
        column.map(|c| Ok::<_, Error>((c.name.to_owned(), c.numbers(budget)?))).transpose()
    };
    let times = numbers(time, budget)?;
    let weights = numbers(weight, budget)?;
    let labels = label.map(|c| Ok::<_, Error>((c.name.to_owned(), c.texts(budget)?))).transpose()?;
    let index = index.map(|c| c.texts(budget)).transpose()?;
    let (rows, values) = side_by_side(&columns, budget)?;
    let features = plan.features.iter().map(|&i| names[i].clone()).collect();
    Ok(Parts { rows, values, features, times, weights, labels, index, warnings: plan.warnings })
}

/// Every column of numbers or text but `features`.
pub(crate) fn rest(path: &Path, features: &[String], budget: &mut Budget) -> Result<Rest> {
    quietly(|| columns(path, features, budget)).unwrap_or_else(contradiction)
}

/// Names of the columns of numbers.
pub(crate) fn number_columns(path: &Path) -> Result<Vec<String>> {
    let schema = || {
        let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
        let reader = SerializedFileReader::new(file).map_err(corrupt)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let number = schema.columns().iter().filter(|c| kind(c) == Kind::Number && c.max_rep_level() == 0);
        Ok(number.map(|c| c.path().string()).collect())
    };
    quietly(schema).unwrap_or_else(contradiction)
}

fn contradiction<T>() -> Result<T> {
    Err(corrupt("its Parquet structure contradicts itself"))
}

fn columns(path: &Path, features: &[String], budget: &mut Budget) -> Result<Rest> {
    let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
    let mut raw = BufReader::new(file.try_clone().map_err(|e| Error::system("open the file", e))?);
    let reader = SerializedFileReader::new(file).map_err(corrupt)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema.columns().iter().map(|c| c.path().string()).collect();
    Rest::of(&names, features, |i| {
        let descriptor = schema.column(i);
        if Number::of(&descriptor).is_none() && !written(&descriptor) {
            return Ok(None);
        }
        for group in reader.metadata().row_groups() {
            pages::inspect(&mut raw, group.column(i), budget, &format!("column `{}`", names[i]))?;
        }
        let column = Column { file: &reader, place: i, name: &names[i], descriptor };
        column.typed(budget).map(Some)
    })
}

/// Reads the columns one after the other into rows.
fn side_by_side(columns: &[Column], budget: &mut Budget) -> Result<(usize, Vec<f64>)> {
    let mut values = Vec::new();
    let mut rows = 0;
    for (k, column) in columns.iter().enumerate() {
        let numbers = column.numbers(budget)?;
        if k == 0 {
            rows = numbers.len();
            budget.grant(rows as u64, (columns.len() * size_of::<f64>()) as u64, "the features")?;
            values = vec![0.0; rows * columns.len()];
        }
        if numbers.len() != rows {
            return Err(corrupt(format_args!(
                "column `{}` has {} rows, but `{}` has {rows}",
                column.name,
                numbers.len(),
                columns[0].name
            )));
        }
        for (row, number) in numbers.iter().enumerate() {
            values[row * columns.len() + k] = *number;
        }
        budget.release(rows as u64, size_of::<f64>() as u64);
    }
    Ok((rows, values))
}

struct Column<'a> {
    file: &'a SerializedFileReader<File>,
    place: usize,
    name: &'a str,
    descriptor: std::sync::Arc<ColumnDescriptor>,
}

impl Column<'_> {
    /// The column as numbers: NaN where missing.
    fn numbers(&self, budget: &mut Budget) -> Result<Vec<f64>> {
        let unsigned = unsigned(&self.descriptor);
        let text = self.descriptor.physical_type() == Physical::BYTE_ARRAY;
        let number = Number::of(&self.descriptor);
        if !text && number.is_none() {
            return Err(Error::input(format!(
                "The column `{}` holds dates or other values that are no numbers.",
                self.name
            ))
            .advise("Convert it to numbers first."));
        }
        let number = number.unwrap_or(Number::Plain);
        self.gather(
            f64::NAN,
            |_| 0,
            budget,
            |reader, sink| match reader {
                ColumnReader::BoolColumnReader(r) => sink.drain(r, |v| Ok(f64::from(u8::from(v)))),
                ColumnReader::Int32ColumnReader(r) if unsigned => sink.drain(r, |v| Ok(f64::from(v as u32))),
                ColumnReader::Int64ColumnReader(r) if unsigned => sink.drain(r, |v| Ok(v as u64 as f64)),
                ColumnReader::Int32ColumnReader(r) => sink.drain(r, |v| Ok(number.value(f64::from(v)))),
                ColumnReader::Int64ColumnReader(r) => sink.drain(r, |v| Ok(number.value(v as f64))),
                ColumnReader::FixedLenByteArrayColumnReader(r) => {
                    sink.drain(r, |v: FixedLenByteArray| Ok(number.value(number.in_bytes(v.data()))))
                }
                ColumnReader::FloatColumnReader(r) => sink.drain(r, |v| Ok(f64::from(v))),
                ColumnReader::DoubleColumnReader(r) => sink.drain(r, Ok),
                ColumnReader::ByteArrayColumnReader(r) => sink.drain(r, |v: ByteArray| {
                    let text = String::from_utf8_lossy(v.data()).into_owned();
                    plan::number(&text).ok_or(text)
                }),
                _ => Err(self.changed()),
            },
        )
    }

    /// The column as text, empty where missing.
    fn texts(&self, budget: &mut Budget) -> Result<Vec<String>> {
        if self.descriptor.physical_type() != Physical::BYTE_ARRAY {
            return Ok(self.numbers(budget)?.iter().map(f64::to_string).collect());
        }
        Ok(self.cells(budget)?.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// The column in its own type.
    fn typed(&self, budget: &mut Budget) -> Result<OutColumn> {
        Ok(match self.descriptor.physical_type() {
            Physical::BYTE_ARRAY => OutColumn::Texts(self.cells(budget)?),
            Physical::INT32 | Physical::INT64 if Number::of(&self.descriptor) == Some(Number::Plain) => {
                OutColumn::Integers(self.integers(budget)?)
            }
            Physical::BOOLEAN => OutColumn::Booleans(self.gather(
                None,
                |_| 0,
                budget,
                |reader, sink| match reader {
                    ColumnReader::BoolColumnReader(r) => sink.drain(r, |v| Ok(Some(v))),
                    _ => Err(self.changed()),
                },
            )?),
            _ => OutColumn::Numbers(self.numbers(budget)?),
        })
    }

    /// The column as text, none where missing.
    fn cells(&self, budget: &mut Budget) -> Result<Vec<Option<String>>> {
        let heap = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.gather(None, heap, budget, |reader, sink| match reader {
            ColumnReader::ByteArrayColumnReader(r) => {
                sink.drain(r, |v: ByteArray| Ok(Some(String::from_utf8_lossy(v.data()).into_owned())))
            }
            _ => Err(self.changed()),
        })
    }

    /// The column as integers, none where missing.
    fn integers(&self, budget: &mut Budget) -> Result<Vec<Option<i64>>> {
        let unsigned = unsigned(&self.descriptor);
        let integers = self.gather(
            None,
            |_| 0,
            budget,
            |reader, sink| match reader {
                ColumnReader::Int32ColumnReader(r) if unsigned => sink.drain(r, |v| Ok(Some(i64::from(v as u32)))),
                ColumnReader::Int32ColumnReader(r) => sink.drain(r, |v| Ok(Some(i64::from(v)))),
                ColumnReader::Int64ColumnReader(r) => sink.drain(r, |v| Ok(Some(v))),
                _ => Err(self.changed()),
            },
        )?;
        // The upper half of the unsigned 64-bit integers was read as if it were negative.
        match integers.iter().flatten().find(|v| unsigned && **v < 0) {
            Some(&v) => Err(too_large(v as u64, &format!("the column `{}`", self.name))),
            None => Ok(integers),
        }
    }

    fn changed(&self) -> Error {
        corrupt(format_args!("column `{}` changes its type", self.name))
    }

    /// Decodes one row group after the other.
    fn gather<T>(
        &self,
        missing: T,
        heap: fn(&T) -> usize,
        budget: &mut Budget,
        decode: impl Fn(ColumnReader, &mut Sink<'_, T>) -> Result<()>,
    ) -> Result<Vec<T>> {
        let mut sink = Sink {
            out: Vec::new(),
            missing,
            heap,
            rows: 0,
            present: self.descriptor.max_def_level(),
            budget,
            name: self.name,
        };
        for group in 0..self.file.num_row_groups() {
            sink.rows = self.rows(group);
            decode(self.reader(group)?, &mut sink)?;
        }
        Ok(sink.out)
    }

    fn rows(&self, group: usize) -> usize {
        usize::try_from(self.file.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    fn reader(&self, group: usize) -> Result<ColumnReader> {
        self.file.get_row_group(group).and_then(|g| g.get_column_reader(self.place)).map_err(corrupt)
    }
}

/// Where decoded values go, row by row.
struct Sink<'a, T> {
    out: Vec<T>,
    missing: T,
    /// Bytes that a value keeps besides itself.
    heap: fn(&T) -> usize,
    /// Rows that the file claims for the group.
    rows: usize,
    /// Definition level of a value that is there: less is missing, here or in a structure around it.
    present: i16,
    budget: &'a mut Budget,
    name: &'a str,
}

impl<T: Clone> Sink<'_, T> {
    /// Appends what `reader` holds; `convert` answers with the text where it is no number.
    fn drain<D: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<D>,
        convert: impl Fn(D::T) -> Result<T, String>,
    ) -> Result<()> {
        let (mut levels, mut values, mut total) = (Vec::new(), Vec::new(), 0);
        loop {
            levels.clear();
            values.clear();
            let (rows, _, _) = reader.read_records(BATCH, Some(&mut levels), None, &mut values).map_err(corrupt)?;
            total += rows;
            if total > self.rows || (rows == 0 && total < self.rows) {
                return Err(corrupt(format_args!(
                    "column `{}` has not the {} rows of its group",
                    self.name, self.rows
                )));
            }
            if rows == 0 {
                return Ok(());
            }
            // Twice: a vector that grows keeps its old half until that is copied.
            self.budget.check(2 * rows as u64, size_of::<T>() as u64, self.name)?;
            self.budget.grant(rows as u64, size_of::<T>() as u64, self.name)?;
            let start = self.out.len();
            let mut values = values.drain(..);
            for row in 0..rows {
                let present = levels.get(row).is_none_or(|l| *l == self.present);
                let value = match present.then(|| values.next()).flatten() {
                    None => self.missing.clone(),
                    Some(v) => convert(v).map_err(|text| not_a_number(start + row, self.name, &text))?,
                };
                self.budget.grant((self.heap)(&value) as u64, 1, self.name)?;
                self.out.push(value);
            }
        }
    }
}
