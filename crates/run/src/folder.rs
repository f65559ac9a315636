//! The folder a run leaves: what lies where, and writes that are whole or absent.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use thalweg_core::{Error, Result};
use thalweg_io::write_atomically;

/// A run folder, held by this process until dropped.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    // The lock lives as long as the file is open; the kernel drops it when the process dies, however it dies.
    _lock: File,
}

/// What an existing folder means to a caller that wants to write a run there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The folder must be new or empty.
    Refuse,
    /// An unfinished or finished run there is continued.
    Resume,
}

impl RunFolder {
    /// Creates or reopens the folder `root` and locks it.
    ///
    /// # Errors
    /// Another process holds the folder; it holds files and `existing` is [`Existing::Refuse`]; it is not a folder
    /// or cannot be written.
    pub fn create(root: &Path, existing: Existing) -> Result<Self> {
        let shown = root.display();
        if root.is_file() {
            return Err(
                Error::input(format!("{shown} is a file, but a run needs a folder.")).advise("Choose another -o.")
            );
        }
        fs::create_dir_all(root).map_err(|e| Error::system(format_args!("create the folder {shown}"), e))?;
        let occupied = fs::read_dir(root)
            .map_err(|e| Error::system(format_args!("read the folder {shown}"), e))?
            .flatten()
            .any(|entry| entry.file_name() != ".lock");
        let is_run = root.join("run.json").is_file();
        if occupied && existing == Existing::Refuse {
            return Err(Error::input(format!(
                "The folder {shown} already holds {}.",
                if is_run { "a run" } else { "files" }
            ))
            .advise("Choose another -o, or continue the run there with --resume."));
        }
        if occupied && !is_run {
            return Err(Error::input(format!("The folder {shown} holds files but no run to resume."))
                .advise("Choose another -o, or leave --resume out and use an empty folder."));
        }
        let lock =
            File::create(root.join(".lock")).map_err(|e| Error::system(format_args!("write into {shown}"), e))?;
        if lock.try_lock().is_err() {
            return Err(Error::input(format!("The folder {shown} is in use by another run."))
                .advise("Wait for it to finish or choose another -o."));
        }
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes `bytes` to the file `name`: afterwards the file is whole, or as it was before.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        write_atomically(&path, |out| {
            out.write_all(bytes).map_err(|e| Error::system(format_args!("write {}", path.display()), e))
        })
    }

    /// Writes a value as indented JSON.
    pub fn write_json(&self, name: &str, value: &impl serde::Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)
            .map_err(|e| Error::failed(format!("{name} could not be written as JSON: {e}.")))?;
        text.push('\n');
        self.write(name, text.as_bytes())
    }
}

/// Reads a JSON file of a run.
///
/// # Errors
/// The file is missing or is not what a run writes.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|e| {
        Error::input(format!("{shown} could not be read: {e}.")).advise("Give the folder of a finished run.")
    })?;
    serde_json::from_slice(&bytes).map_err(|e| Error::input(format!("{shown} is not a file that a run wrote: {e}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_run_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a");
        let held = RunFolder::create(&root, Existing::Refuse).unwrap();
        let second = RunFolder::create(&root, Existing::Refuse).unwrap_err();
        assert!(second.to_string().contains("in use"), "{second}");
        drop(held);
        RunFolder::create(&root, Existing::Refuse).unwrap();
    }

    #[test]
    fn files_are_never_overwritten_unasked() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.tex"), "years of work").unwrap();
        for existing in [Existing::Refuse, Existing::Resume] {
            assert_eq!(RunFolder::create(dir.path(), existing).unwrap_err().exit_code(), 2);
        }
        let folder = dir.path().join("run");
        let run = RunFolder::create(&folder, Existing::Refuse).unwrap();
        run.write_json("run.json", &1).unwrap();
        drop(run);
        assert!(RunFolder::create(&folder, Existing::Refuse).unwrap_err().to_string().contains("--resume"));
        RunFolder::create(&folder, Existing::Resume).unwrap();
    }
}
