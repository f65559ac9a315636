//! What the page headers of a column claim, read before the pages are.
//!
//! The Parquet reader allocates what a page header says, up to 2 GiB a page. This walk reads the headers alone (a
//! few dozen bytes a page) and compares each claim with the bytes that are stored and with the memory budget.
//! Source: the Parquet format, `PageHeader` in `parquet.thrift`, in Thrift's compact protocol.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;
use thalweg_core::Result;

use super::logical::unpacked;
use crate::budget::{Budget, DENSEST, corrupt, dense_enough};

/// A Zstandard block of four bytes can repeat one byte 128 KiB long.
const DENSEST_ZSTD: u64 = 1 << 15;

/// Refuses a column chunk with a page that claims more than it can hold.
pub(super) fn inspect(
    file: &mut BufReader<File>,
    chunk: &ColumnChunkMetaData,
    budget: &Budget,
    what: &str,
) -> Result<()> {
    unpacked(chunk.compression(), what)?;
    let (start, length) = chunk.byte_range();
    let end = start.checked_add(length).filter(|e| *e <= budget.file_bytes());
    let end = end.ok_or_else(|| corrupt(format_args!("{what} lies beyond its end")))?;
    let densest = match chunk.compression() {
        Compression::ZSTD(_) => DENSEST_ZSTD,
        _ => DENSEST,
    };
    let mut at = start;
    file.seek(SeekFrom::Start(at)).map_err(corrupt)?;
    while at < end {
        let mut header = Compact { file, read: 0, most: end - at };
        let page = header.page()?;
        at += header.read;
        if page.stored > end - at {
            return Err(corrupt(format_args!("a page of {what} does not end")));
        }
        dense_enough(page.unpacked, page.stored, densest, &format!("a page of {what}"))?;
        budget.check(page.unpacked, 1, what)?;
        // A dictionary is decoded at once. Its entries take a byte at least.
        if page.dictionary > page.unpacked {
            return Err(corrupt(format_args!(
                "the dictionary of {what} claims {} entries in {} bytes",
                page.dictionary, page.unpacked
            )));
        }
        at += page.stored;
        file.seek_relative(page.stored as i64).map_err(corrupt)?;
    }
    Ok(())
}

/// Claims of a page header.
#[derive(Default)]
struct Page {
    unpacked: u64,
    stored: u64,
    dictionary: u64,
}

/// A reader of Thrift's compact protocol, at most `most` bytes long.
struct Compact<'a> {
    file: &'a mut BufReader<File>,
    read: u64,
    most: u64,
}

impl Compact<'_> {
    fn page(&mut self) -> Result<Page> {
        let mut page = Page::default();
        let mut id = 0;
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (2, 5) => page.unpacked = self.size()?,
                (3, 5) => page.stored = self.size()?,
                (7, 12) => page.dictionary = self.first_size()?,
                _ => self.skip(kind, 0)?,
            }
        }
        Ok(page)
    }

    /// Field 1 of the structure that follows.
    fn first_size(&mut self) -> Result<u64> {
        let (mut id, mut size) = (0, 0);
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (1, 5) => size = self.size()?,
                _ => self.skip(kind, 1)?,
            }
        }
        Ok(size)
    }

    /// The next field's type, `None` at the end of the structure.
    fn field(&mut self, id: &mut i64) -> Result<Option<u8>> {
        let byte = self.byte()?;
        match byte {
            0 => return Ok(None),
            _ if byte >> 4 == 0 => *id = unzigzag(self.varint()?),
            _ => *id += i64::from(byte >> 4),
        }
        Ok(Some(byte & 15))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Result<()> {
        if depth > 8 {
            return Err(corrupt("a page header is nested too deep"));
        }
        match kind {
            1 | 2 => Ok(()),
            3 => self.byte().map(drop),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let size = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..size {
                    // In a list a truth value takes a byte, so that this loop ends with the bytes.
                    self.skip(if head & 15 <= 2 { 3 } else { head & 15 }, depth + 1)?;
                }
                Ok(())
            }
            12 => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            other => Err(corrupt(format_args!("a page header has a field of type {other}"))),
        }
    }

    fn size(&mut self) -> Result<u64> {
        let value = unzigzag(self.varint()?);
        u64::try_from(value).map_err(|_| corrupt(format_args!("a page header has the size {value}")))
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(corrupt("a page header has a number that does not end"))
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.read += 1;
        if self.read > self.most {
            return Err(corrupt("a page header does not end"));
        }
        self.file.read_exact(&mut byte).map_err(corrupt)?;
        Ok(byte[0])
    }

    fn pass(&mut self, bytes: u64) -> Result<()> {
        self.read = self.read.saturating_add(bytes);
        if self.read > self.most {
            return Err(corrupt("a page header does not end"));
        }
        self.file.seek_relative(bytes as i64).map_err(corrupt)
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
