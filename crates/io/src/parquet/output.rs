//! Parquet out: one row group; doubles, 64-bit integers, truth values and UTF-8 text, the last three with missing values.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use thalweg_core::{Error, Result};

use crate::out::Cells;
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
