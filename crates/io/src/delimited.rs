//! CSV and TSV: a header, then one row a line; quotes as in RFC 4180.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder, WriterBuilder};
use thalweg_core::{Error, Result};

use crate::budget::{Budget, corrupt};
use crate::out::{Cells, OutColumn, OutTable};
use crate::plan::{Kind, Plan, not_a_number, number};
use crate::table::Parts;
use crate::{Request, Rest, Table};

/// A row may take up this part of the memory: the reader doubles its buffer as the row grows, and copies it.
const SHARE_OF_A_ROW: u64 = 8;

/// A file that refuses to deliver more than a row may hold. A quote that is never closed makes all that follows one
/// cell, which would otherwise be read into memory whole.
struct Rationed {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Rationed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        match self.left.get().checked_sub(n as u64) {
            Some(left) => self.left.set(left),
            None => {
                return Err(std::io::Error::other("a row is too long for the memory, as if a quote were not closed"));
            }
        }
        Ok(n)
    }
}

/// Rows of a file, each rationed.
struct Rows {
    reader: Reader<BufReader<Rationed>>,
    left: Rc<Cell<u64>>,
    ration: u64,
}

impl Rows {
    fn open(path: &Path, delimiter: u8, budget: &Budget) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
        // What is read ahead of the row counts too.
        let ration = (budget.left() / SHARE_OF_A_ROW).max(1 << 17);
        let left = Rc::new(Cell::new(ration));
        let file = BufReader::with_capacity(1 << 16, Rationed { file, left: Rc::clone(&left) });
        Ok(Self { reader: ReaderBuilder::new().delimiter(delimiter).from_reader(file), left, ration })
    }

    fn header(&mut self) -> Result<ByteRecord> {
        Ok(self.reader.byte_headers().map_err(|e| broken(&e))?.clone())
    }

    /// Reads the next row into `record`; false at the end.
    fn next(&mut self, record: &mut ByteRecord) -> Result<bool> {
        self.left.set(self.ration);
        self.reader.read_byte_record(record).map_err(|e| broken(&e))
    }
}

/// Reads a table in two passes: the first rows tell numbers from text, then the asked columns stream in.
/// Memory is the result; time is linear in the file.
pub(crate) fn read(path: &Path, delimiter: u8, request: &Request, budget: &mut Budget) -> Result<Table> {
    let (names, kinds) = columns(path, delimiter, budget)?;
    let plan = Plan::new(request, &names, &kinds)?;
    let mut rows = Rows::open(path, delimiter, budget)?;
    let mut parts = Parts {
        rows: 0,
        values: Vec::new(),
        features: plan.features.iter().map(|&i| names[i].clone()).collect(),
        times: plan.time.map(|i| (names[i].clone(), Vec::new())),
        weights: plan.weights.map(|i| (names[i].clone(), Vec::new())),
        labels: plan.labels.map(|i| (names[i].clone(), Vec::new())),
        index: plan.index.map(|_| Vec::new()),
        warnings: plan.warnings.clone(),
    };
    let mut record = ByteRecord::new();
    let mut text_bytes = 0;
    while rows.next(&mut record)? {
        let row = parts.rows;
        for &i in &plan.features {
            parts.values.push(cell(&record, i, row, &names)?);
        }
        for (place, column) in [(plan.time, &mut parts.times), (plan.weights, &mut parts.weights)] {
            if let (Some(i), Some((_, column))) = (place, column) {
                column.push(cell(&record, i, row, &names)?);
            }
        }
        for (place, column) in
            [(plan.labels, parts.labels.as_mut().map(|l| &mut l.1)), (plan.index, parts.index.as_mut())]
        {
            if let (Some(i), Some(column)) = (place, column) {
                let text = text(&record, i, row, &names)?.to_owned();
                text_bytes += text.len() + size_of::<String>();
                column.push(text);
            }
        }
        parts.rows += 1;
        if row.is_multiple_of(1024) {
            // A vector doubles as it grows and keeps the old half until it is copied: three times its length.
            let numbers = parts.rows * (plan.features.len() + 2) * size_of::<f64>();
            budget.check((numbers + text_bytes) as u64, 3, "the table")?;
        }
    }
    let numbers = parts.rows * (plan.features.len() + 2) * size_of::<f64>();
    budget.check((numbers + text_bytes) as u64, 1, "the table")?;
    parts.check()
}

/// Every column but `features`.
pub(crate) fn rest(path: &Path, delimiter: u8, features: &[String], budget: &mut Budget) -> Result<Rest> {
    let mut rows = Rows::open(path, delimiter, budget)?;
    let names = names(&rows.header()?)?;
    let places: Vec<usize> = (0..names.len()).filter(|&i| !features.contains(&names[i])).collect();
    let mut columns = vec![Vec::new(); names.len()];
    let mut record = ByteRecord::new();
    while rows.next(&mut record)? {
        for &i in &places {
            let cell = text(&record, i, columns[i].len(), &names)?;
            // Twice: a vector that grows keeps its old half until that is copied.
            budget.grant((cell.len() + 2 * size_of::<String>()) as u64, 1, "the table")?;
            columns[i].push(cell.to_owned());
        }
    }
    Rest::of(&names, features, |i| Ok(Some(typed(std::mem::take(&mut columns[i])))))
}

/// Numbers where every cell is one and none would change by being one.
fn typed(cells: Vec<String>) -> OutColumn {
    let faithful = |cell: &str| {
        let digits = cell.trim().trim_start_matches(['-', '+']);
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let long = digits.len() > 15 && digits.bytes().all(|b| b.is_ascii_digit());
        (!padded && !long).then(|| number(cell)).flatten()
    };
    match cells.iter().map(|c| faithful(c)).collect() {
        Some(numbers) => OutColumn::Numbers(numbers),
        None => OutColumn::Texts(cells.into_iter().map(Some).collect()),
    }
}

/// Names of the columns, and what each holds by its first cell that is not missing.
fn columns(path: &Path, delimiter: u8, budget: &Budget) -> Result<(Vec<String>, Vec<Kind>)> {
    let mut rows = Rows::open(path, delimiter, budget)?;
    let names = names(&rows.header()?)?;
    let mut kinds: Vec<Option<Kind>> = vec![None; names.len()];
    // Data frames are commonly written with their row names in a first column that has no name, which pandas reads back
    // under a name of its own.
    if names.first().is_some_and(|name| name.is_empty() || name == "Unnamed: 0") {
        kinds[0] = Some(Kind::Index);
    }
    let mut record = ByteRecord::new();
    while kinds.contains(&None) && rows.next(&mut record)? {
        for (kind, cell) in kinds.iter_mut().zip(&record).filter(|(k, _)| k.is_none()) {
            match std::str::from_utf8(cell).ok().and_then(number) {
                Some(v) if v.is_nan() => {}
                Some(_) => *kind = Some(Kind::Number),
                None => *kind = Some(Kind::Text),
            }
        }
    }
    Ok((names, kinds.into_iter().map(|k| k.unwrap_or(Kind::Number)).collect()))
}

/// Names of the columns of numbers.
pub(crate) fn number_columns(path: &Path, delimiter: u8, budget: &Budget) -> Result<Vec<String>> {
    let (names, kinds) = columns(path, delimiter, budget)?;
    Ok(names.into_iter().zip(kinds).filter(|(_, kind)| *kind == Kind::Number).map(|(name, _)| name).collect())
}

fn names(header: &ByteRecord) -> Result<Vec<String>> {
    let name = |cell| {
        let name = std::str::from_utf8(cell).map_err(|_| corrupt("a column name is not UTF-8 text"))?;
        Ok(name.trim_start_matches('\u{feff}').trim().to_owned())
    };
    header.iter().map(name).collect()
}

fn cell(record: &ByteRecord, i: usize, row: usize, names: &[String]) -> Result<f64> {
    let text = text(record, i, row, names)?;
    number(text).ok_or_else(|| not_a_number(row, &names[i], text))
}

fn text<'a>(record: &'a ByteRecord, i: usize, row: usize, names: &[String]) -> Result<&'a str> {
    let cell = record.get(i).unwrap_or_default();
    std::str::from_utf8(cell).map_err(|_| corrupt(format_args!("row {row} of column `{}` is not UTF-8 text", names[i])))
}

fn broken(error: &csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => Error::input(format!(
            "Line {} has {len} cells, but the header has {expected_len}.",
            pos.as_ref().map_or(0, csv::Position::line)
        ))
        .advise("Give every row one cell for each column, and put quotes around cells that hold the delimiter."),
        _ => corrupt(error),
    }
}

/// A number in the shortest form that reads back to the same bits; nothing where it is missing.
fn shortest(value: f64) -> String {
    // Every integer below this is exact; the sign of a zero would be lost.
    let whole = value.fract() == 0.0 && value.abs() < 1e15 && (value != 0.0 || value.is_sign_positive());
    match value {
        v if v.is_nan() => String::new(),
        v if whole => format!("{v:.0}"),
        v => format!("{v:?}"),
    }
}

/// A value in its usual form; nothing where it is missing.
fn written(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |v| v.to_string())
}

/// Writes the table with a header; numbers in the shortest form that reads back to the same bits.
pub(crate) fn write(file: &mut dyn Write, delimiter: u8, table: &OutTable) -> Result<()> {
    let failed = |e: csv::Error| Error::system("write the table", e);
    let columns = table.flat();
    let mut writer = WriterBuilder::new().delimiter(delimiter).from_writer(file);
    writer.write_record(columns.iter().map(|c| c.name.as_bytes())).map_err(failed)?;
    for row in 0..table.rows() {
        for column in &columns {
            match &column.cells {
                Cells::Column(OutColumn::Texts(texts)) => writer.write_field(texts[row].as_deref().unwrap_or_default()),
                Cells::Column(OutColumn::Integers(v)) => writer.write_field(written(v[row])),
                Cells::Column(OutColumn::Booleans(v)) => writer.write_field(written(v[row])),
                numbers => writer.write_field(shortest(numbers.number(row))),
            }
            .map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.flush().map_err(|e| Error::system("write the table", e))
}
