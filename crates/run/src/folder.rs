//! The folder a run leaves: what lies where, and writes that are whole or absent.

use std::fs::{self, File};
use std::io::{Read, Write};
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

/// Holds the lock; empty.
pub(crate) const LOCK: &str = ".lock";
/// How the files begin that [`write_atomically`] is filling; a killed process leaves the last one behind.
const UNFINISHED: &str = ".thalweg-";

impl RunFolder {
    /// Creates or reopens the folder `root` and locks it.
    ///
    /// # Errors
    /// Another process holds the folder; it holds files and `existing` is [`Existing::Refuse`]; there is no run and
    /// `existing` is [`Existing::Resume`]; it is not a folder or cannot be written.
    pub fn create(root: &Path, existing: Existing) -> Result<Self> {
        let shown = root.display();
        if existing == Existing::Resume && !root.exists() {
            return Err(Error::input(format!("There is no run in {shown} to resume."))
                .advise("Check -o, or leave --resume out to start a run there."));
        }
        if root.exists() && !root.is_dir() {
            return Err(
                Error::input(format!("{shown} is a file, but a run needs a folder.")).advise("Choose another -o.")
            );
        }
        fs::create_dir_all(root).map_err(|e| unusable(root, &e))?;
        // Looked at before a lock file is left among files of others, and again once nobody else can write.
        allowed(root, existing)?;
        let lock = File::create(root.join(LOCK)).map_err(|e| unusable(root, &e))?;
        if lock.try_lock().is_err() {
            return Err(Error::input(format!("The folder {shown} is in use by another run."))
                .advise("Wait for it to finish or choose another -o."));
        }
        allowed(root, existing)?;
        for left in entries(root)?.iter().filter(|name| name.starts_with(UNFINISHED)) {
            // Of a process that was killed while it wrote; whatever is not removed does no harm.
            let _ = fs::remove_file(root.join(left));
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

/// Refuses a folder whose files do not allow what `existing` asks for.
fn allowed(root: &Path, existing: Existing) -> Result<()> {
    let shown = root.display();
    // A run that was killed before it wrote its record left nothing but these.
    let own = |name: &String| name == LOCK || name.starts_with(UNFINISHED);
    let is_run = root.join("run.json").is_file();
    let is_match = crate::matching::is_match(root);
    if entries(root)?.iter().all(own) {
        return Ok(());
    }
    match existing {
        Existing::Refuse => {
            let held = if is_run {
                "a run"
            } else if is_match {
                "a match"
            } else if crate::simulation::is_simulation(root) {
                "a simulation"
            } else {
                "files"
            };
            Err(Error::input(format!("The folder {shown} already holds {held}.")).advise(if is_run {
                "Choose another -o, or continue the run there with --resume."
            } else {
                "Choose another -o."
            }))
        }
        Existing::Resume if !is_run => {
            Err(Error::input(format!("The folder {shown} holds files but no run to resume."))
                .advise("Choose another -o, or leave --resume out and use an empty folder."))
        }
        Existing::Resume => Ok(()),
    }
}

fn entries(root: &Path) -> Result<Vec<String>> {
    let listed = fs::read_dir(root).map_err(|e| unusable(root, &e))?;
    Ok(listed.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// The error for a folder that cannot be made or written: of the user's making, unless the disk is full.
fn unusable(root: &Path, cause: &std::io::Error) -> Error {
    let shown = root.display();
    if cause.kind() == std::io::ErrorKind::StorageFull {
        return Error::system(format_args!("write into the folder {shown}"), cause).advise("Free some space.");
    }
    Error::input(format!("The folder {shown} cannot be used: {cause}."))
        .advise("Choose another -o that may be written to.")
}

/// Files of a run that are read as JSON are smaller than this; more is not a file that a run wrote.
const LARGEST: u64 = 64 << 20;

/// Reads a JSON file of a run.
///
/// # Errors
/// The file is missing or is not what a run writes.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let shown = path.display();
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(|e| {
        Error::input(format!("{shown} could not be read: {e}.")).advise("Give the folder of a finished run.")
    })?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::input(format!("{shown} is not a file that a run wrote: {e}."))
            .advise("Give the folder of a finished run.")
    })
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

    #[test]
    fn what_a_kill_leaves_behind_stands_in_nobodys_way() {
        for existing in [Existing::Refuse, Existing::Resume] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(".lock"), "").unwrap();
            let half = dir.path().join(".thalweg-x1y2z3");
            fs::write(&half, "{\"thal").unwrap();
            RunFolder::create(dir.path(), existing).unwrap();
            assert!(!half.exists());
        }
    }

    #[test]
    fn resuming_needs_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let said = RunFolder::create(&dir.path().join("typo"), Existing::Resume).unwrap_err();
        assert!(said.exit_code() == 2 && said.to_string().contains("typo"), "{said}");
        assert!(!dir.path().join("typo").exists());
    }
}
