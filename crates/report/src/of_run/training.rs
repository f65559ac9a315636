//! The training curves of a run folder.

use crate::scene::{LossPoint, Training};
use std::fs;
use std::path::Path;
use thalweg_core::{Error, Result};

/// What the page reads of a line of the training log.
#[derive(serde::Deserialize)]
struct Logged {
    step: u64,
    loss: f64,
    /// Seconds since 1970.
    wall: f64,
}

/// The losses of each training of the run, in the order in which they began.
pub fn trainings(root: &Path) -> Result<Vec<Training>> {
    let folder = root.join("events");
    let logs = fs::read_dir(&folder).map_err(|e| Error::system(format_args!("read {}", folder.display()), e))?;
    let mut begun = Vec::new();
    for path in logs.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")) {
        let events = logged(&path)?;
        let Some(first) = events.first() else { continue };
        let name = path.file_stem().map(|n| n.to_string_lossy().replace('-', " ")).unwrap_or_default();
        let losses = events.iter().map(|e| LossPoint { step: e.step, loss: e.loss }).collect();
        begun.push((first.wall, Training { name, losses }));
    }
    begun.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(begun.into_iter().map(|(_, training)| training).collect())
}

/// The events of a log.
fn logged(path: &Path) -> Result<Vec<Logged>> {
    let text = fs::read_to_string(path).map_err(|e| Error::system(format_args!("read {}", path.display()), e))?;
    let event = |line: &str| {
        serde_json::from_str(line)
            .map_err(|e| Error::input(format!("{} has a line that is not an event: {e}.", path.display())))
    };
    text.lines().map(event).collect()
}
