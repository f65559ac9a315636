//! Files that are either the old one or the new one, never half of it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tempfile::Builder;
use thalweg_core::{Error, Result};

/// Writes a file through `fill`: into a temporary file in the same folder, flushed to the disk, then renamed.
///
/// A full disk, a failure of `fill` or a kill at any moment leaves what was there before (a kill may leave the
/// temporary file, whose name starts with `.thalweg-`). `fill` may seek.
///
/// # Errors
/// Whatever `fill` answers; a folder that is missing or cannot be written; a full disk.
pub fn write_atomically(path: &Path, fill: impl FnOnce(&mut BufWriter<&File>) -> Result<()>) -> Result<()> {
    let failed = |e: std::io::Error| Error::system(format_args!("write the file {}", path.display()), e);
    let folder = folder_of(path)?;
    let mut builder = Builder::new();
    builder.prefix(".thalweg-");
    // A temporary file is private by default; the finished file gets the permissions of any other new file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder.tempfile_in(folder).map_err(failed)?;
    let mut writer = BufWriter::with_capacity(1 << 16, temporary.as_file());
    fill(&mut writer).map_err(|e| e.within(path.display()))?;
    writer.flush().map_err(failed)?;
    drop(writer);
    temporary.as_file().sync_all().map_err(failed)?;
    temporary.persist(path).map_err(|e| failed(e.error))?;
    // The rename itself is durable once the folder is; not every file system can sync a folder.
    let _ = File::open(folder).and_then(|f| f.sync_all());
    Ok(())
}

/// The folder in which a file at `path` would be written.
///
/// # Errors
/// `path` is a folder; its folder does not exist.
pub(crate) fn folder_of(path: &Path) -> Result<&Path> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err(Error::input(format!("The output {} is a folder, not a file.", path.display()))
            .advise("Name a file in it."));
    }
    if !folder.is_dir() {
        return Err(Error::input(format!("The folder {} of the output does not exist.", folder.display()))
            .advise("Create it first."));
    }
    Ok(folder)
}
