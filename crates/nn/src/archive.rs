//! Named arrays with a JSON header in one safetensors file, written whole or not at all.
//!
//! The same header and arrays give the same bytes: keys are sorted and nothing depends on the clock.

use crate::crc32c::crc32c;
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use thalweg_core::{Error, Result};

/// The one key of the safetensors metadata; its value is the JSON header.
const KEY: &str = "thalweg";

/// Ending of a file that is being written; after a crash it may be left behind.
pub(crate) const PARTIAL: &str = ".partial";

/// What the header is filled up to a multiple of, so that numbers lie on their own size.
const ALIGNMENT: usize = 8;

/// Numbers that are written at once.
const PIECE: usize = 1 << 16;

/// Files above this size are refused before they are read.
const LARGEST: u64 = 8 << 30;

/// An array to write, one axis.
pub(crate) enum Array<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl Array<'_> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// The bytes as they are stored, a few at a time: a checkpoint should not double what a training holds.
    fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let (singles, doubles) = match self {
            Self::F32(values) => (*values, &[][..]),
            Self::F64(values) => (&[][..], *values),
        };
        let singles = singles.chunks(PIECE).map(|piece| piece.iter().flat_map(|v| v.to_le_bytes()).collect());
        singles.chain(doubles.chunks(PIECE).map(|piece| piece.iter().flat_map(|v| v.to_le_bytes()).collect()))
    }
}

/// A file that was read and whose checksum holds.
pub(crate) struct Archive {
    /// What complaints about it name.
    pub(crate) path: PathBuf,
    bytes: Vec<u8>,
    /// The header as it was written.
    pub(crate) header: Value,
}

/// Writes `header` and `arrays` to `path`, replacing what is there in one step. No copy of the arrays is made.
///
/// # Errors
/// The operating system refused (a full disk, a missing folder); then `path` is as before.
pub(crate) fn write(path: &Path, header: &Value, arrays: &[(&str, Array<'_>)]) -> Result<()> {
    replace(path, |file| encode_to(file, header, arrays))
}

/// The bytes of the file that holds `header` and `arrays`.
pub(crate) fn encode(header: &Value, arrays: &[(&str, Array<'_>)]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode_to(&mut bytes, header, arrays)?;
    Ok(bytes)
}

fn encode_to(out: &mut impl Write, header: &Value, arrays: &[(&str, Array<'_>)]) -> std::io::Result<()> {
    // The order of the format: the widest numbers first, then by name.
    let mut arrays: Vec<_> = arrays.iter().collect();
    arrays.sort_by(|(a, x), (b, y)| y.dtype().cmp(&x.dtype()).then(a.cmp(b)));
    let content = sorted(header);
    let checksum = checksum(&content, arrays.iter().map(|(name, array)| (*name, array)), |crc, array| {
        array.pieces().fold(crc, |crc, bytes| crc32c(crc, &bytes))
    });
    let header = json!({ "checksum": checksum, "content": content }).to_string();
    let mut end = 0;
    let infos = arrays.iter().map(|(name, array)| {
        let start = end;
        let (dtype, len) = (array.dtype(), array.len());
        end += len * dtype.bitsize() / 8;
        ((*name).to_owned(), TensorInfo { dtype, shape: vec![len], data_offsets: (start, end) })
    });
    let metadata = Metadata::new(Some(HashMap::from([(KEY.to_owned(), header)])), infos.collect());
    let mut metadata = serde_json::to_vec(&metadata.map_err(std::io::Error::other)?)?;
    metadata.resize(metadata.len().next_multiple_of(ALIGNMENT), b' ');
    out.write_all(&(metadata.len() as u64).to_le_bytes())?;
    out.write_all(&metadata)?;
    arrays.iter().try_for_each(|(_, array)| array.pieces().try_for_each(|bytes| out.write_all(&bytes)))
}

/// Reads the archive `path`.
///
/// # Errors
/// The file is missing, not a plain file, too large, truncated, or not an archive of this project, or its
/// checksum does not hold.
pub(crate) fn read(path: &Path) -> Result<Archive> {
    let cannot = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => Error::input(format!("The file {} does not exist.", path.display()))
            .advise("Give the folder of a finished run."),
        _ => Error::system(format_args!("read {}", path.display()), e),
    };
    let about = fs::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        return Err(Error::input(format!("{} is not a plain file.", path.display())));
    }
    if about.len() > LARGEST {
        return Err(Error::input(format!(
            "{} has {} bytes, above the limit of {LARGEST}.",
            path.display(),
            about.len()
        )));
    }
    let bytes = fs::read(path).map_err(cannot)?;
    decode(bytes, path)
}

/// The archive in `bytes`; complaints name it `path`.
///
/// # Errors
/// As [`read`], but for the file system.
pub(crate) fn decode(bytes: Vec<u8>, path: &Path) -> Result<Archive> {
    let header = verified_header(&bytes)
        .map_err(|why| Error::input(format!("{} is damaged or was not written by thalweg: {why}.", path.display())))?;
    Ok(Archive { path: path.to_owned(), bytes, header })
}

impl Archive {
    /// The single-precision array `name`.
    pub(crate) fn f32(&self, name: &str) -> Result<Vec<f32>> {
        let bytes = self.array(name, Dtype::F32)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// The double-precision array `name`.
    pub(crate) fn f64(&self, name: &str) -> Result<Vec<f64>> {
        let bytes = self.array(name, Dtype::F64)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }

    fn array(&self, name: &str, dtype: Dtype) -> Result<&[u8]> {
        let view = SafeTensors::deserialize(&self.bytes).and_then(|file| file.tensor(name));
        match view {
            Ok(view) if view.dtype() == dtype => Ok(view.data()),
            Ok(view) => Err(self.broken(format_args!("the array {name} holds {} instead of {dtype}", view.dtype()))),
            Err(e) => Err(self.broken(format_args!("{e}"))),
        }
    }

    /// An error about the content of this file; `why` is the end of a sentence.
    pub(crate) fn broken(&self, why: impl std::fmt::Display) -> Error {
        Error::input(format!("{} is damaged or was not written by thalweg: {why}.", self.path.display()))
    }
}

fn verified_header(bytes: &[u8]) -> Result<Value, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or("it has no thalweg header")?;
    let mut header: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let views = file.tensors();
    let found =
        checksum(&header["content"], views.iter().map(|(name, view)| (name.as_str(), view.data())), |crc, bytes| {
            crc32c(crc, bytes)
        });
    match header["checksum"].as_u64() {
        Some(stored) if stored == u64::from(found) => Ok(header["content"].take()),
        _ => Err(format!("its checksum is {} and its content has {found}", header["checksum"])),
    }
}

/// Checksum over the header and, in the order of their names, the arrays, each taken up by `digest`.
fn checksum<'a, A>(
    content: &Value,
    arrays: impl Iterator<Item = (&'a str, A)>,
    digest: impl Fn(u32, &A) -> u32,
) -> u32 {
    let mut arrays: Vec<_> = arrays.collect();
    arrays.sort_by_key(|(name, _)| *name);
    let header = crc32c(0, content.to_string().as_bytes());
    arrays.iter().fold(header, |crc, (name, array)| digest(crc32c(crc, name.as_bytes()), array))
}

/// The value with the keys of every object in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Replaces the file `path` by what `fill` writes: a reader, or a machine that loses power, sees the old file or the new.
///
/// # Errors
/// The operating system refused; nothing half-written is left.
pub(crate) fn replace(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}{PARTIAL}"));
    let write = || {
        let mut out = BufWriter::new(File::create(&partial)?);
        fill(&mut out)?;
        out.into_inner()?.sync_all()?;
        fs::rename(&partial, path)?;
        sync_folder(path)
    };
    write().map_err(|e| {
        // The partial file may not exist; what matters is that it is not left behind.
        let _ = fs::remove_file(&partial);
        cannot_write(path, &e)
    })
}

/// Makes a rename last through a loss of power.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn cannot_write(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::system(format_args!("write {}", path.display()), cause)
        .advise("Check that the folder exists, may be written to and has space left.")
}
