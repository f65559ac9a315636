//! Where checkpoints are kept: the newest and the one before it.

use super::state::State;
use crate::archive::PARTIAL;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use thalweg_core::{Error, Result};

/// How many are kept: the newest may turn out to be damaged.
const KEPT: usize = 2;

const ENDING: &str = ".safetensors";

/// The checkpoints of one training: files `<name>-<step>.safetensors` in a folder.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    name: String,
}

impl Checkpoints {
    /// The store for the training called `name` in `folder`, which is made when the first one is written.
    ///
    /// Trainings that share a folder need different names.
    pub fn new(folder: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self { folder: folder.into(), name: name.into() }
    }

    /// The files of the checkpoints, newest first; nothing is read yet.
    ///
    /// # Errors
    /// The folder is there and cannot be listed.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut found: Vec<_> =
            self.entries()?.into_iter().filter_map(|path| Some((self.step_of(&path)?, path))).collect();
        found.sort_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    /// Everything in the folder.
    fn entries(&self) -> Result<Vec<PathBuf>> {
        let cannot = |e: std::io::Error| Error::system(format_args!("list {}", self.folder.display()), e);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(cannot(e)),
        };
        entries.map(|entry| entry.map(|e| e.path()).map_err(cannot)).collect()
    }

    /// Removes what a crash in the middle of a write left behind.
    fn sweep(&self) -> Result<()> {
        let start = format!(".{}-", self.name);
        let left = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(PARTIAL)).is_some_and(|r| r.ends_with(ENDING))
        };
        self.entries()?.iter().filter(|path| left(path)).try_for_each(|path| remove(path))
    }

    /// Removes all checkpoints of this training.
    ///
    /// # Errors
    /// The operating system refused.
    pub fn clear(&self) -> Result<()> {
        self.sweep()?;
        self.files()?.iter().try_for_each(|file| remove(file))
    }

    /// Steps done in the newest checkpoint that can be read, if there is one.
    ///
    /// # Errors
    /// There are checkpoints and none can be read; the error is that of the newest.
    pub fn latest(&self) -> Result<Option<u64>> {
        Ok(self.load()?.map(|(state, _)| state.counters.step))
    }

    /// The newest state that can be read, with its settings; a damaged newest one gives way to the one before.
    pub(super) fn load(&self) -> Result<Option<(State, Value)>> {
        self.sweep()?;
        let mut newest_error = None;
        for file in self.files()? {
            match State::read(&file) {
                Ok(read) => return Ok(Some(read)),
                Err(e) => newest_error = newest_error.or(Some(e)),
            }
        }
        match newest_error {
            None => Ok(None),
            Some(e) => Err(e.advise(format!(
                "No older checkpoint can be read either; remove those in {} to start over.",
                self.folder.display()
            ))),
        }
    }

    pub(super) fn save(&self, state: &State, settings: &Value) -> Result<()> {
        fs::create_dir_all(&self.folder)
            .map_err(|e| Error::system(format_args!("make the folder {}", self.folder.display()), e))?;
        let file = self.folder.join(format!("{}-{:010}{ENDING}", self.name, state.counters.step));
        state.write(&file, settings)?;
        self.files()?.iter().skip(KEPT).try_for_each(|old| remove(old))
    }

    fn step_of(&self, path: &Path) -> Option<u64> {
        let stem = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
        let digits = stem.strip_prefix(self.name.as_str())?.strip_prefix('-')?;
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    }
}

fn remove(file: &Path) -> Result<()> {
    fs::remove_file(file).map_err(|e| Error::system(format_args!("remove the old checkpoint {}", file.display()), e))
}
