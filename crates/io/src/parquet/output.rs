//! Parquet out: one row group, doubles and UTF-8 text, no missing values.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use thalweg_core::{Error, Result};

use crate::OutTable;
use crate::out::Cells;

/// Writes every column.
pub(crate) fn write(file: &mut (impl Write + Send), table: &OutTable) -> Result<()> {
    fill(file, table).map_err(|e| Error::system("write the table", e))
}

fn fill(file: &mut (impl Write + Send), table: &OutTable) -> Result<(), ParquetError> {
    let columns = table.flat();
    let mut fields = Vec::with_capacity(columns.len());
    for column in &columns {
        let (physical, logical) = match column.cells {
            Cells::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            _ => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::REQUIRED)
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
            Cells::Texts(texts) => {
                let values: Vec<ByteArray> = texts.iter().map(|t| ByteArray::from(t.as_str())).collect();
                open.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            }
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
