//! Numbers of a dataset, of whatever width.

use hdf5_pure::{DType, Dataset, Datatype, DatatypeByteOrder};
use thalweg_core::Result;

use super::column::unreadable;
use crate::half::half;

/// The byte order of a dataset that holds floats of sixteen bits; none where it holds anything else.
fn halves(dataset: &Dataset) -> Result<Option<DatatypeByteOrder>> {
    Ok(match dataset.dtype().map_err(unreadable)? {
        DType::Other(other) => match *other {
            Datatype::FloatingPoint { size: 2, byte_order, .. } => Some(byte_order),
            _ => None,
        },
        _ => None,
    })
}

/// Whether [`all`] and [`rows`] read `dataset` although its type has no name of its own.
pub(super) fn narrow(dataset: &Dataset) -> Result<bool> {
    halves(dataset).map(|order| order.is_some())
}

/// Every number of `dataset`.
pub(crate) fn all(dataset: &Dataset) -> Result<Vec<f64>> {
    match halves(dataset)? {
        Some(order) => Ok(decode(&dataset.read_raw().map_err(unreadable)?, &order)),
        None => dataset.read_f64().map_err(unreadable),
    }
}

/// The numbers of `count` rows from `start` on.
pub(super) fn rows(dataset: &Dataset, start: u64, count: u64) -> Result<Vec<f64>> {
    match halves(dataset)? {
        Some(order) => Ok(decode(&dataset.read_raw_rows(start, count).map_err(unreadable)?, &order)),
        None => dataset.read_f64_rows(start, count).map_err(unreadable),
    }
}

fn decode(bytes: &[u8], order: &DatatypeByteOrder) -> Vec<f64> {
    let word = |pair: &[u8]| match order {
        DatatypeByteOrder::BigEndian => u16::from_be_bytes([pair[0], pair[1]]),
        _ => u16::from_le_bytes([pair[0], pair[1]]),
    };
    bytes.chunks_exact(2).map(|pair| half(word(pair))).collect()
}
