//! One NumPy array: the header, and the values behind it (NEP 1; versions 1 to 3).

use std::io::{Read, Write};

use thalweg_core::{Error, Result};

use crate::OutColumn;
use crate::budget::{Budget, corrupt};
use crate::store::{Array, Values};

/// Longest header that is read; NumPy itself refuses more than 10,000 characters by default.
const LONGEST_HEADER: usize = 1 << 16;

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    kind: u8,
    /// Bytes of an element.
    size: usize,
    big_endian: bool,
    fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Bytes of the header itself.
    length: u64,
}

impl Header {
    /// Reads a header, leaving `file` at the first value.
    pub(crate) fn read(file: &mut dyn Read) -> Result<Self> {
        let mut start = [0; 8];
        file.read_exact(&mut start).map_err(|e| corrupt(format_args!("its NPY header does not end ({e})")))?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(corrupt("it does not start as an NPY array does"));
        }
        let mut length = [0; 4];
        let wide = match start[6] {
            1 => 2,
            2 | 3 => 4,
            other => return Err(corrupt(format_args!("NPY version {other} is unknown"))),
        };
        file.read_exact(&mut length[..wide]).map_err(corrupt)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_HEADER {
            return Err(corrupt(format_args!("its NPY header claims {length} bytes")));
        }
        let mut text = vec![0; length];
        file.read_exact(&mut text).map_err(|e| corrupt(format_args!("its NPY header does not end ({e})")))?;
        let text = std::str::from_utf8(&text).map_err(|_| corrupt("its NPY header is not text"))?;
        parse(text, (8 + wide + length) as u64)
    }

    /// Number of elements; `u64::MAX` where it does not fit.
    pub(crate) fn count(&self) -> u64 {
        self.shape.iter().try_fold(1_u64, |n, &k| n.checked_mul(k as u64)).unwrap_or(u64::MAX)
    }

    /// Bytes of the header and the values together; `u64::MAX` where it does not fit.
    pub(crate) fn total(&self) -> u64 {
        self.count().checked_mul(self.size as u64).and_then(|b| b.checked_add(self.length)).unwrap_or(u64::MAX)
    }

    /// Whether the elements are numbers (or truth values).
    pub(crate) fn is_numeric(&self) -> bool {
        matches!(self.kind, b'f' | b'i' | b'u' | b'b')
    }
}

/// Reads the literal that Python writes for a dictionary of these three keys, and nothing else: nothing is
/// evaluated.
fn parse(text: &str, length: u64) -> Result<Header> {
    let bad = || {
        corrupt(format_args!("its NPY header `{}` is malformed", text.trim_end().chars().take(120).collect::<String>()))
    };
    let after = |key: &str| {
        let quoted = [format!("'{key}'"), format!("\"{key}\"")];
        let at = quoted.iter().find_map(|q| text.find(q.as_str()).map(|i| i + q.len())).ok_or_else(bad)?;
        text[at..].trim_start().strip_prefix(':').map(str::trim_start).ok_or_else(bad)
    };
    let descr = after("descr")?;
    if descr.starts_with('[') {
        return Err(Error::input("The array has structured elements (named fields), which are not read.")
            .advise("Save one plain array for each field, for example with numpy.savez."));
    }
    let quote = descr.chars().next().filter(|c| matches!(c, '\'' | '"')).ok_or_else(bad)?;
    let descr = descr[1..].split(quote).next().ok_or_else(bad)?;
    let order = after("fortran_order")?;
    let fortran = match order {
        _ if order.starts_with("True") => true,
        _ if order.starts_with("False") => false,
        _ => return Err(bad()),
    };
    let shape = after("shape")?.strip_prefix('(').and_then(|s| s.split_once(')')).ok_or_else(bad)?.0;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.trim_end_matches('L').parse::<usize>().map_err(|_| bad()))
        .collect::<Result<Vec<_>>>()?;
    if shape.len() > 32 {
        return Err(bad());
    }
    let (kind, size, big_endian) = element(descr)?;
    Ok(Header { kind, size, big_endian, fortran, shape, length })
}

/// The element type `<f8` as kind, bytes and byte order.
fn element(descr: &str) -> Result<(u8, usize, bool)> {
    let (order, rest) = match descr.as_bytes().first() {
        Some(b'<' | b'>' | b'|' | b'=') => (descr.as_bytes()[0], &descr[1..]),
        _ => (b'=', descr),
    };
    let kind = rest.as_bytes().first().copied().unwrap_or(0);
    let width: Option<usize> = rest.get(1..).and_then(|w| w.parse().ok());
    if kind == b'O' {
        return Err(Error::input(
            "The array holds pickled Python objects, which are never loaded: unpickling runs code.",
        )
        .advise("Save it as numbers, for example with array.astype(float)."));
    }
    let size = match (kind, width) {
        (b'f', Some(w @ (2 | 4 | 8))) | (b'i' | b'u', Some(w @ (1 | 2 | 4 | 8))) => w,
        (b'b', Some(1)) => 1,
        // Text: bytes, or UTF-32 code points. Longer than a page is not a name.
        (b'S', Some(w)) if w <= 4096 => w,
        (b'U', Some(w)) if w <= 4096 => 4 * w,
        _ => {
            return Err(Error::input(format!("The array has elements of type `{descr}`, which are not read."))
                .advise("Save it as floats or integers of at most 8 bytes."));
        }
    };
    Ok((kind, size, order == b'>'))
}

/// Reads the values behind a header into a row-major array. The caller has compared [`Header::total`] with what
/// the file holds.
pub(crate) fn values(file: &mut dyn Read, header: &Header, budget: &mut Budget, what: &str) -> Result<Array> {
    let count = header.count();
    let kept = if header.is_numeric() { size_of::<f64>() } else { size_of::<String>() + header.size };
    budget.grant(count, kept as u64, what)?;
    let count = usize::try_from(count).map_err(corrupt)?;
    let mut decoded = if header.is_numeric() {
        Values::Numbers(Vec::with_capacity(count))
    } else {
        Values::Texts(Vec::with_capacity(count))
    };
    let mut left = if header.size == 0 { 0 } else { count };
    let mut buffer = vec![0; header.size * left.min((1 << 16) / header.size.max(1) + 1)];
    while left > 0 {
        let now = left.min(buffer.len() / header.size);
        let bytes = &mut buffer[..now * header.size];
        file.read_exact(bytes).map_err(|e| corrupt(format_args!("{what} ends early ({e})")))?;
        match &mut decoded {
            Values::Numbers(v) => v.extend(bytes.chunks_exact(header.size).map(|b| number(b, header))),
            Values::Texts(v) => v.extend(bytes.chunks_exact(header.size).map(|b| text(b, header))),
        }
        left -= now;
    }
    if let (0, Values::Texts(v)) = (header.size, &mut decoded) {
        v.resize(count, String::new());
    }
    if header.fortran && header.shape.len() > 1 {
        budget.check(count as u64, kept as u64, what)?;
        decoded = match decoded {
            Values::Numbers(v) => Values::Numbers(row_major(&v, &header.shape)),
            Values::Texts(v) => Values::Texts(row_major(&v, &header.shape)),
        };
    }
    Ok(Array { shape: header.shape.clone(), values: decoded })
}

/// Reads a vector as a column of its own type. The caller has compared [`Header::total`] with what the file holds.
pub(crate) fn column(file: &mut dyn Read, header: &Header, budget: &mut Budget, what: &str) -> Result<OutColumn> {
    if !matches!(header.kind, b'i' | b'u' | b'b') {
        return Ok(match values(file, header, budget, what)?.values {
            Values::Numbers(v) => OutColumn::Numbers(v),
            Values::Texts(v) => OutColumn::Texts(v.into_iter().map(Some).collect()),
        });
    }
    budget.grant(header.count(), (header.size + size_of::<Option<i64>>()) as u64, what)?;
    let mut bytes = vec![0; usize::try_from(header.count()).map_err(corrupt)? * header.size];
    file.read_exact(&mut bytes).map_err(|e| corrupt(format_args!("{what} ends early ({e})")))?;
    let elements = bytes.chunks_exact(header.size);
    if header.kind == b'b' {
        return Ok(OutColumn::Booleans(elements.map(|b| Some(b[0] != 0)).collect()));
    }
    let integers = elements.map(|b| integer(b, header).map(Some).map_err(|v| too_large(v, what)));
    integers.collect::<Result<_>>().map(OutColumn::Integers)
}

/// The error for an unsigned integer that a signed one of 64 bits cannot hold.
pub(crate) fn too_large(value: u64, what: &str) -> Error {
    Error::input(format!("There is the integer {value} in {what}, but at most {} can be carried.", i64::MAX))
        .advise("Give such identifiers as text.")
}

fn word(bytes: &[u8], header: &Header) -> u64 {
    let mut raw = [0; 8];
    raw[..bytes.len()].copy_from_slice(bytes);
    if header.big_endian {
        raw[..bytes.len()].reverse();
    }
    u64::from_le_bytes(raw)
}

/// An integer of any width; the word itself where it is too large.
fn integer(bytes: &[u8], header: &Header) -> Result<i64, u64> {
    let word = word(bytes, header);
    if header.kind == b'u' {
        return i64::try_from(word).map_err(|_| word);
    }
    let unused = 64 - 8 * bytes.len() as u32;
    Ok(((word << unused) as i64) >> unused)
}

fn number(bytes: &[u8], header: &Header) -> f64 {
    let word = word(bytes, header);
    match (header.kind, bytes.len()) {
        (b'f', 8) => f64::from_bits(word),
        (b'f', 4) => f64::from(f32::from_bits(word as u32)),
        (b'f', _) => crate::half::half(word as u16),
        (b'i', _) => integer(bytes, header).map_or(f64::NAN, |v| v as f64),
        (b'b', _) => f64::from(u8::from(word != 0)),
        _ => word as f64,
    }
}

/// Text padded with zeros; characters that are none become U+FFFD.
fn text(bytes: &[u8], header: &Header) -> String {
    if header.kind == b'S' {
        return String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    }
    let code = |b: &[u8]| {
        let raw = [b[0], b[1], b[2], b[3]];
        if header.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    };
    let all: String = bytes.chunks_exact(4).map(|b| char::from_u32(code(b)).unwrap_or('\u{fffd}')).collect();
    all.trim_end_matches('\0').to_owned()
}

/// Reorders from first-index-fastest to last-index-fastest.
fn row_major<T: Clone>(values: &[T], shape: &[usize]) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut strides = vec![1; shape.len()];
    for k in 1..shape.len() {
        strides[k] = strides[k - 1] * shape[k - 1];
    }
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[index.iter().zip(&strides).map(|(i, s)| i * s).sum::<usize>()].clone());
        for k in (0..shape.len()).rev() {
            index[k] += 1;
            if index[k] < shape[k] {
                break;
            }
            index[k] = 0;
        }
    }
    out
}

/// Writes a version 1 header for little-endian elements of type `descr` (without the byte order), aligned to 64
/// bytes as NumPy does.
pub(crate) fn write_header(file: &mut dyn Write, descr: &str, shape: &[usize]) -> std::io::Result<()> {
    let mut dims: String = shape.iter().map(|k| format!("{k}, ")).collect();
    // Python writes a tuple of one with its comma, longer ones without a trailing one.
    dims.truncate(dims.len().saturating_sub(if shape.len() == 1 { 1 } else { 2 }));
    let mut header = format!("{{'descr': '<{descr}', 'fortran_order': False, 'shape': ({dims}), }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header.len() as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())
}

/// Writes text as UTF-32 padded to the longest.
pub(crate) fn write_texts<T: AsRef<str>>(file: &mut dyn Write, shape: &[usize], texts: &[T]) -> std::io::Result<()> {
    let width = texts.iter().map(|s| s.as_ref().chars().count()).max().unwrap_or(0).max(1);
    write_header(file, &format!("U{width}"), shape)?;
    for text in texts {
        let mut written = 0;
        for c in text.as_ref().chars() {
            file.write_all(&u32::from(c).to_le_bytes())?;
            written += 1;
        }
        for _ in written..width {
            file.write_all(&[0; 4])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes as NumPy 2.4 writes them for `np.save(f, np.asfortranarray([[1, 2, 3], [4, 5, 6]], dtype='>i2'))`.
    fn big_endian_fortran() -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }".to_vec();
        bytes.resize(127, b' ');
        bytes.push(b'\n');
        bytes.extend([0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6]);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Array> {
        let mut file = bytes;
        let header = Header::read(&mut file)?;
        values(&mut file, &header, &mut Budget::new(Some(1 << 20), bytes.len() as u64), "the array")
    }

    #[test]
    fn every_order_and_width_decodes() {
        let array = decode(&big_endian_fortran()).unwrap();
        assert_eq!(array.shape, [2, 3]);
        assert_eq!(array.values, Values::Numbers(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        for (descr, bytes, expected) in [
            ("|b1", vec![1, 0], vec![1.0, 0.0]),
            ("<i1", vec![255, 127], vec![-1.0, 127.0]),
            ("|u1", vec![255, 0], vec![255.0, 0.0]),
            ("<u2", vec![1, 2, 0, 1], vec![513.0, 256.0]),
            ("<f2", vec![0x00, 0xbc, 0x01, 0x00], vec![-1.0, f64::exp2(-24.0)]),
            (">f4", vec![0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], vec![1.5, -2.0]),
            ("<i8", [(-3_i64).to_le_bytes(), 7_i64.to_le_bytes()].concat(), vec![-3.0, 7.0]),
        ] {
            let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}");
            let mut file = b"\x93NUMPY\x01\x00".to_vec();
            file.extend((text.len() as u16).to_le_bytes());
            file.extend(text.as_bytes());
            file.extend(bytes);
            assert_eq!(decode(&file).unwrap().values, Values::Numbers(expected), "{descr}");
        }
    }

    #[test]
    fn integers_and_truth_values_keep_their_type() {
        let typed = |descr: &str, bytes: &[u8], rows: usize| {
            let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows},), }}");
            let mut file = b"\x93NUMPY\x01\x00".to_vec();
            file.extend((text.len() as u16).to_le_bytes());
            file.extend(text.as_bytes());
            file.extend(bytes);
            let mut file = file.as_slice();
            let header = Header::read(&mut file)?;
            column(&mut file, &header, &mut Budget::new(Some(1 << 20), 1 << 10), "the array")
        };
        let exact = 9_007_199_254_740_993_i64;
        let integers = |v: &[i64]| OutColumn::Integers(v.iter().copied().map(Some).collect());
        assert_eq!(typed("<i8", &exact.to_le_bytes(), 1).unwrap(), integers(&[exact]));
        assert_eq!(typed(">i2", &[255, 254, 1, 0], 2).unwrap(), integers(&[-2, 256]));
        assert_eq!(typed("|u1", &[255], 1).unwrap(), integers(&[255]));
        assert_eq!(typed("|b1", &[1, 0], 2).unwrap(), OutColumn::Booleans(vec![Some(true), Some(false)]));
        let large = typed("<u8", &[255; 8], 1).unwrap_err().to_string();
        assert!(large.contains("18446744073709551615"), "{large}");
        assert!(typed("<i8", &[0; 8], 2).unwrap_err().to_string().contains("ends early"));
    }

    #[test]
    fn bad_headers_are_refused() {
        let header = |text: &str| {
            let mut file = b"\x93NUMPY\x02\x00".to_vec();
            file.extend((text.len() as u32).to_le_bytes());
            file.extend(text.as_bytes());
            decode(&file).unwrap_err().to_string()
        };
        assert!(header("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }").contains("pickled"));
        assert!(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }").contains("structured"));
        assert!(header("{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }").contains("`<c16`"));
        assert!(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }").contains("7.3 TiB"));
        assert!(
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,9999999999,9999999999), }")
                .contains("EiB")
        );
        assert!(header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }").contains("malformed"));
        assert!(header("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }").contains("ends early"));
        assert!(decode(b"PK\x03\x04 and so on").unwrap_err().to_string().contains("does not start"));
    }
}
