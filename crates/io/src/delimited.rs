//! CSV and TSV: a header, then one row a line; quotes as in RFC 4180.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, WriterBuilder};
use thalweg_core::{Error, Result};

use crate::budget::{Budget, corrupt};
use crate::out::{Cells, OutTable};
use crate::plan::{Kind, Plan, not_a_number, number};
use crate::table::Parts;
use crate::{Request, Table};

/// Reads a table in two passes: the first rows tell numbers from text, then the asked columns stream in.
/// Memory is the result; time is linear in the file.
pub(crate) fn read(path: &Path, delimiter: u8, request: &Request, budget: &mut Budget) -> Result<Table> {
    let (names, kinds) = columns(path, delimiter)?;
    let plan = Plan::new(request, &names, &kinds)?;
    let mut reader = open(path, delimiter)?;
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
    while reader.read_byte_record(&mut record).map_err(|e| broken(&e))? {
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
    parts.check()
}

fn open(path: &Path, delimiter: u8) -> Result<Reader<BufReader<File>>> {
    let file = File::open(path).map_err(|e| Error::system("open the file", e))?;
    Ok(ReaderBuilder::new().delimiter(delimiter).from_reader(BufReader::with_capacity(1 << 16, file)))
}

/// Names of the columns, and what each holds by its first cell that is not missing.
fn columns(path: &Path, delimiter: u8) -> Result<(Vec<String>, Vec<Kind>)> {
    let mut reader = open(path, delimiter)?;
    let header = reader.byte_headers().map_err(|e| broken(&e))?.clone();
    let mut names = Vec::with_capacity(header.len());
    for cell in &header {
        let name = std::str::from_utf8(cell).map_err(|_| corrupt("a column name is not UTF-8 text"))?;
        names.push(name.trim_start_matches('\u{feff}').trim().to_owned());
    }
    let mut kinds: Vec<Option<Kind>> = vec![None; names.len()];
    // Data frames are commonly written with their row names in a first column that has no name.
    if names.first().is_some_and(String::is_empty) {
        kinds[0] = Some(Kind::Index);
    }
    let mut record = ByteRecord::new();
    while kinds.contains(&None) && reader.read_byte_record(&mut record).map_err(|e| broken(&e))? {
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

/// Writes the table with a header; numbers in the shortest form that reads back to the same bits.
pub(crate) fn write(file: &mut dyn Write, delimiter: u8, table: &OutTable) -> Result<()> {
    let failed = |e: csv::Error| Error::system("write the table", e);
    let columns = table.flat();
    let mut writer = WriterBuilder::new().delimiter(delimiter).from_writer(file);
    writer.write_record(columns.iter().map(|c| c.name.as_bytes())).map_err(failed)?;
    for row in 0..table.rows() {
        for column in &columns {
            match &column.cells {
                Cells::Texts(texts) => writer.write_field(&texts[row]),
                numbers => writer.write_field(format!("{:?}", numbers.number(row))),
            }
            .map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.flush().map_err(|e| Error::system("write the table", e))
}
