//! Parquet out: one row group; doubles, 64-bit integers, truth values and UTF-8 text, the last three with missing values.

use std::io::{Read, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use thalweg_core::{Error, Result};

use crate::out::Cells;
use crate::spill::{Cell, Column};
use crate::{OutColumn, OutTable};

/// Writes every column.
pub(crate) fn write(file: &mut (impl Write + Send), table: &OutTable) -> Result<()> {
    fill(file, table).map_err(|e| Error::system("write the table", e))
}

fn fill(file: &mut (impl Write + Send), table: &OutTable) -> Result<(), ParquetError> {
    let columns = table.flat();
    let mut fields = Vec::with_capacity(columns.len());
    for column in &columns {
        let (physical, logical, missing) = match &column.cells {
            Cells::Column(OutColumn::Texts(v)) => (Physical::BYTE_ARRAY, Some(LogicalType::String), holes(v)),
            Cells::Column(OutColumn::Integers(v)) => (Physical::INT64, None, holes(v)),
            Cells::Column(OutColumn::Booleans(v)) => (Physical::BOOLEAN, None, holes(v)),
            _ => (Physical::DOUBLE, None, false),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(if missing { Repetition::OPTIONAL } else { Repetition::REQUIRED })
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(field));
    }
    let schema = Arc::new(Type::group_type_builder("table").with_fields(fields).build()?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for column in &columns {
        let Some(mut open) = group.next_column()? else { break };
        match &column.cells {
            Cells::Column(OutColumn::Texts(v)) => {
                batch::<ByteArrayType, _>(&mut open, v, |text| ByteArray::from(text.as_str()))?;
            }
            Cells::Column(OutColumn::Integers(v)) => batch::<Int64Type, _>(&mut open, v, |v| *v)?,
            Cells::Column(OutColumn::Booleans(v)) => batch::<BoolType, _>(&mut open, v, |v| *v)?,
            numbers => {
                let values: Vec<f64> = (0..table.rows()).map(|row| numbers.number(row)).collect();
                open.typed::<DoubleType>().write_batch(&values, None, None)?;
            }
        }
        open.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(())
}

/// Rows of a row group of a table that comes from the disk.
const GROUP: usize = 1 << 18;

/// Writes the columns in groups of rows, of which one is in memory at a time.
pub(crate) fn write_spilled(file: &mut (impl Write + Send), columns: &mut [Column]) -> Result<()> {
    let failed = |e: ParquetError| Error::system("write the table", e);
    let field = |column: &Column| {
        let physical = match column.cell {
            Cell::Integer => Physical::INT64,
            Cell::Number => Physical::DOUBLE,
        };
        Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::REQUIRED).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let schema = Type::group_type_builder("table").with_fields(fields).build().map_err(failed)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
    let mut cells = columns.iter_mut().map(Column::rewound).collect::<Result<Vec<_>>>()?;
    let rows = columns.first().map_or(0, |c| c.rows);
    for first in (0..rows.max(1)).step_by(GROUP) {
        let mut group = writer.next_row_group().map_err(failed)?;
        let mut bytes = vec![0; 8 * GROUP.min(rows - first)];
        for (column, cells) in columns.iter().zip(&mut cells) {
            let Some(mut open) = group.next_column().map_err(failed)? else { break };
            cells.read_exact(&mut bytes).map_err(|e| Error::system("read a temporary file", e))?;
            let words = bytes.as_chunks::<8>().0.iter();
            let written = match column.cell {
                Cell::Integer => {
                    let values: Vec<i64> = words.map(|w| i64::from_le_bytes(*w)).collect();
                    open.typed::<Int64Type>().write_batch(&values, None, None)
                }
                Cell::Number => {
                    let values: Vec<f64> = words.map(|w| f64::from_le_bytes(*w)).collect();
                    open.typed::<DoubleType>().write_batch(&values, None, None)
                }
            };
            written.and_then(|_| open.close()).map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    writer.close().map(drop).map_err(failed)
}

fn holes<T>(cells: &[Option<T>]) -> bool {
    cells.iter().any(Option::is_none)
}

/// Writes the values that are there, and which rows these are.
fn batch<D: DataType, T>(
    open: &mut SerializedColumnWriter<'_>,
    cells: &[Option<T>],
    stored: impl Fn(&T) -> D::T,
) -> Result<(), ParquetError> {
    let values: Vec<D::T> = cells.iter().flatten().map(stored).collect();
    let levels: Option<Vec<i16>> = holes(cells).then(|| cells.iter().map(|c| i16::from(c.is_some())).collect());
    open.typed::<D>().write_batch(&values, levels.as_deref(), None).map(drop)
}
