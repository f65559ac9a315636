//! Reading the classic formats: a header of lists, then the values.

use super::{Attribute, Grids, Variable};
use crate::budget::{Budget, corrupt};
use thalweg_core::Result;

/// Tags of the lists of the header.
const DIMENSIONS: u32 = 10;
const VARIABLES: u32 = 11;
const ATTRIBUTES: u32 = 12;

/// Type of text.
const TEXT: u32 = 2;

/// Bytes of an element of each type, from 1 (byte) to 11 (unsigned 64-bit integer).
fn size_of_type(kind: u32) -> Result<u64> {
    match kind {
        1 | 2 | 7 => Ok(1),
        3 | 8 => Ok(2),
        4 | 5 | 9 => Ok(4),
        6 | 10 | 11 => Ok(8),
        other => Err(corrupt(format_args!("type {other} of NetCDF is unknown"))),
    }
}

/// A number of the type `kind` from its big-endian bytes.
fn number(kind: u32, bytes: &[u8]) -> f64 {
    let word = bytes.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    match kind {
        1 => f64::from(word as u8 as i8),
        3 => f64::from(word as u16 as i16),
        4 => f64::from(word as u32 as i32),
        5 => f64::from(f32::from_bits(word as u32)),
        6 => f64::from_bits(word),
        10 => word as i64 as f64,
        _ => word as f64,
    }
}

/// The header, read from its start.
struct Header<'a> {
    bytes: &'a [u8],
    at: usize,
    version: u8,
}

impl<'a> Header<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let end = usize::try_from(length).ok().and_then(|n| self.at.checked_add(n)).filter(|e| *e <= self.bytes.len());
        let end = end.ok_or_else(|| corrupt("its NetCDF header does not end"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// As [`Header::take`], with the padding to four bytes behind it.
    fn padded(&mut self, length: u64) -> Result<&'a [u8]> {
        let taken = self.take(length)?;
        self.take(length.wrapping_neg() % 4)?;
        Ok(taken)
    }

    fn word(&mut self) -> Result<u32> {
        let b = self.take(4)?;
        Ok(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn long(&mut self) -> Result<u64> {
        Ok(u64::from(self.word()?) << 32 | u64::from(self.word()?))
    }

    /// A length: of 64 bits in CDF-5.
    fn count(&mut self) -> Result<u64> {
        if self.version == 5 { self.long() } else { self.word().map(u64::from) }
    }

    /// A place in the file: of 32 bits in CDF-1.
    fn offset(&mut self) -> Result<u64> {
        if self.version == 1 { self.word().map(u64::from) } else { self.long() }
    }

    fn name(&mut self) -> Result<String> {
        let length = self.count()?;
        Ok(String::from_utf8_lossy(self.padded(length)?).into_owned())
    }

    /// The members of the list with this tag, which may be absent.
    fn list<T>(&mut self, tag: u32, mut member: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let (found, count) = (self.word()?, self.count()?);
        if found != tag && (found, count) != (0, 0) {
            return Err(corrupt(format_args!("its NetCDF header has the list {found} where {tag} belongs")));
        }
        // A member takes at least eight bytes of the file, so a false count ends with the file.
        (0..count).map(|_| member(self)).collect()
    }

    fn attribute(&mut self) -> Result<(String, Attribute)> {
        let (name, kind, count) = (self.name()?, self.word()?, self.count()?);
        let size = size_of_type(kind)?;
        let bytes = self.padded(count.saturating_mul(size))?;
        let value = match kind {
            TEXT => Attribute::Text(String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()),
            _ => Attribute::Numbers(bytes.chunks_exact(size as usize).map(|b| number(kind, b)).collect()),
        };
        Ok((name, value))
    }

    fn variable(&mut self) -> Result<Entry> {
        let name = self.name()?;
        let rank = self.count()?;
        let dimensions = (0..rank).map(|_| self.count().map(|d| d as usize)).collect::<Result<_>>()?;
        let attributes = self.list(ATTRIBUTES, Self::attribute)?;
        let kind = self.word()?;
        // The size that the header states is too small for large variables; it follows from the dimensions.
        self.count()?;
        Ok(Entry { kind, start: self.offset()?, variable: Variable { name, dimensions, attributes, values: vec![] } })
    }
}

/// A variable and where its values lie.
struct Entry {
    variable: Variable,
    kind: u32,
    start: u64,
}

/// Reads a file whose bytes start with `CDF` and a version.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Grids> {
    let mut header = Header { bytes, at: 4, version: bytes[3] };
    let records = header.count()?;
    let mut record = None;
    let mut place = 0;
    let dimensions: Vec<(String, u64)> = header.list(DIMENSIONS, |h| {
        let (name, length) = (h.name()?, h.count()?);
        if length == 0 {
            record = Some(place);
        }
        place += 1;
        // A file that is still being written leaves the number of records open.
        Ok((
            name,
            if length > 0 {
                length
            } else if records == u64::from(u32::MAX) {
                0
            } else {
                records
            },
        ))
    })?;
    let attributes = header.list(ATTRIBUTES, Header::attribute)?;
    let entries = header.list(VARIABLES, Header::variable)?;
    let slices: Vec<Slice> = entries.iter().map(|e| Slice::of(e, &dimensions, record)).collect::<Result<_>>()?;
    // A record holds a slice of each variable that grows, padded to four bytes unless there is one only.
    let growing: Vec<u64> = slices.iter().filter(|s| s.grows).map(|s| s.bytes).collect();
    let stride = match growing[..] {
        [one] => one,
        _ => growing.iter().fold(0_u64, |sum, b| sum.saturating_add(b.saturating_add(b.wrapping_neg() % 4))),
    };
    let mut grids = Grids { attributes, ..Grids::default() };
    for (mut entry, slice) in entries.into_iter().zip(slices) {
        if entry.kind != TEXT {
            let count = if slice.grows { records.saturating_mul(slice.count) } else { slice.count };
            budget.grant(count, 8, &format!("the variable `{}`", entry.variable.name))?;
            entry.variable.values = slice.values(bytes, &entry, if slice.grows { records } else { 1 }, stride)?;
            grids.variables.push(entry.variable);
        }
    }
    grids.dimensions = dimensions.into_iter().map(|(name, length)| (name, length as usize)).collect();
    Ok(grids)
}

/// What of a variable lies in one piece: all of it, or its part of a record.
struct Slice {
    grows: bool,
    count: u64,
    size: u64,
    bytes: u64,
}

impl Slice {
    fn of(entry: &Entry, dimensions: &[(String, u64)], record: Option<usize>) -> Result<Self> {
        let places = &entry.variable.dimensions;
        if places.iter().any(|d| *d >= dimensions.len()) {
            return Err(corrupt(format_args!(
                "the variable `{}` has a dimension that is not there",
                entry.variable.name
            )));
        }
        let grows = places.first().is_some_and(|d| Some(*d) == record);
        let fixed = &places[usize::from(grows)..];
        let count = fixed.iter().fold(1_u64, |n, d| n.saturating_mul(dimensions[*d].1));
        let size = size_of_type(entry.kind)?;
        Ok(Self { grows, count, size, bytes: count.saturating_mul(size) })
    }

    fn values(&self, bytes: &[u8], entry: &Entry, pieces: u64, stride: u64) -> Result<Vec<f64>> {
        let mut values =
            Vec::with_capacity(usize::try_from(pieces.saturating_mul(self.count)).unwrap_or(0).min(bytes.len()));
        for piece in 0..pieces {
            let start = stride.checked_mul(piece).and_then(|s| s.checked_add(entry.start));
            let range =
                start.and_then(|s| Some(usize::try_from(s).ok()?..usize::try_from(s.checked_add(self.bytes)?).ok()?));
            let part = range.and_then(|r| bytes.get(r)).ok_or_else(|| {
                corrupt(format_args!("the values of the variable `{}` lie beyond its end", entry.variable.name))
            })?;
            if self.bytes == 0 {
                break;
            }
            values.extend(part.chunks_exact(self.size as usize).map(|b| number(entry.kind, b)));
        }
        Ok(values)
    }
}
