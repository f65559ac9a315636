//! What the bytes of a Parquet column mean.

use parquet::basic::{Compression, ConvertedType, LogicalType, Type as Physical};
use parquet::schema::types::ColumnDescriptor;
use thalweg_core::{Error, Result};

use crate::half::half;
use crate::plan::Kind;

/// What a column of numbers stores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// Integers, floats of 32 or 64 bits, or truth values.
    Plain,
    /// Floats of 16 bits.
    Half,
    /// Integers to be divided by this power of ten.
    Decimal(f64),
}

impl Number {
    /// What `column` stores, where that is numbers.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        if column.max_rep_level() > 0 {
            return None;
        }
        let fixed = column.physical_type() == Physical::FIXED_LEN_BYTE_ARRAY;
        match column.logical_type_ref() {
            Some(LogicalType::Float16) if fixed && column.type_length() == 2 => Some(Self::Half),
            _ if decimal(column) => {
                let stored = fixed || matches!(column.physical_type(), Physical::INT32 | Physical::INT64);
                stored.then(|| Self::Decimal(10_f64.powi(column.type_scale())))
            }
            _ => plain(column).then_some(Self::Plain),
        }
    }

    /// The number in the bytes of a fixed length, which are big-endian in a decimal and little-endian in a half.
    pub(super) fn in_bytes(self, bytes: &[u8]) -> f64 {
        match self {
            Self::Half => half(u16::from_le_bytes([bytes[0], bytes[1]])),
            _ => {
                let start = if bytes.first().is_some_and(|b| b >> 7 == 1) { -1.0 } else { 0.0 };
                // Two's complement, byte by byte: exact as long as the digits fit into a float.
                bytes.iter().fold(start, |n: f64, &b| n * 256.0 + f64::from(b))
            }
        }
    }

    /// A stored integer or float as what it means.
    pub(super) fn value(self, stored: f64) -> f64 {
        match self {
            Self::Decimal(power) => stored / power,
            _ => stored,
        }
    }
}

fn decimal(column: &ColumnDescriptor) -> bool {
    matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
        || (column.logical_type_ref().is_none() && column.converted_type() == ConvertedType::DECIMAL)
}

/// Whether a column holds numbers or truth values as they are.
fn plain(column: &ColumnDescriptor) -> bool {
    let plain = match column.logical_type_ref() {
        None => matches!(
            column.converted_type(),
            ConvertedType::NONE
                | ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
        ),
        Some(logical) => matches!(logical, LogicalType::Integer(_)),
    };
    let stored = matches!(
        column.physical_type(),
        Physical::BOOLEAN | Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE
    );
    plain && stored
}

/// Whether a column holds text: bytes that do not say so may be anything.
pub(super) fn written(column: &ColumnDescriptor) -> bool {
    let text = matches!(column.logical_type_ref(), Some(LogicalType::String | LogicalType::Enum | LogicalType::Json))
        || matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON);
    text && column.physical_type() == Physical::BYTE_ARRAY && column.max_rep_level() == 0
}

/// What a column holds, by its logical type.
pub(super) fn kind(column: &ColumnDescriptor) -> Kind {
    // Data frames are commonly written with their row names in a column of this name.
    if column.name().starts_with("__index_level_") {
        return Kind::Index;
    }
    if Number::of(column).is_some() { Kind::Number } else { Kind::Text }
}

/// Whether the integers of a column have no sign.
pub(super) fn unsigned(column: &ColumnDescriptor) -> bool {
    match column.logical_type_ref() {
        Some(LogicalType::Integer(integer)) => !integer.is_signed,
        _ => matches!(
            column.converted_type(),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
        ),
    }
}

/// Refuses a compression that is not read.
pub(super) fn unpacked(compression: Compression, what: &str) -> Result<()> {
    match compression {
        Compression::LZO | Compression::BROTLI(_) => {
            let name = if compression == Compression::LZO { "LZO" } else { "Brotli" };
            Err(Error::input(format!("The {what} is compressed with {name}, which is not read."))
                .advise("Write the file with Snappy, Zstandard, gzip or LZ4."))
        }
        _ => Ok(()),
    }
}
