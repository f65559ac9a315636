//! The page and the figures of a folder, whatever was done in it.

use crate::of_run::scene_of;
use crate::{MatchScene, figures, html, match_figures, match_html, png, simulation_figures, simulation_html};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use thalweg_core::{Context, Error, Result};
use thalweg_run::matching::is_match;
use thalweg_run::read_json;
use thalweg_run::simulation::{PICTURE, Picture, RECORD, SimulationRecord, is_simulation};

/// Picture formats of exported figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Vector graphics.
    Svg,
    /// Pixels.
    Png,
}

/// Writes `report.html` into the folder `root` of a run, a match or a simulation and gives its path.
///
/// # Errors
/// The folder is not that of a finished run or match, or cannot be written.
pub fn write_page(root: &Path, ctx: &Context) -> Result<PathBuf> {
    let page = root.join("report.html");
    let html = if is_simulation(root) {
        let (record, picture) = simulated(root)?;
        simulation_html(&record, &picture)?
    } else if is_match(root) {
        match_html(&MatchScene::of(root)?)?
    } else {
        html(&scene_of(root, ctx)?)?
    };
    save(&page, html.as_bytes())?;
    Ok(page)
}

/// Writes each figure of the run, match or simulation as a file into `folder` and gives the paths.
///
/// # Errors
/// As [`write_page`]; pixels without the cargo feature `png`.
pub fn write_figures(root: &Path, folder: &Path, format: Format, ctx: &Context) -> Result<Vec<PathBuf>> {
    let figures = if is_simulation(root) {
        let (record, picture) = simulated(root)?;
        simulation_figures(&record, &picture)
    } else if is_match(root) {
        match_figures(&MatchScene::of(root)?)
    } else {
        figures(&scene_of(root, ctx)?)?
    };
    let drawn = figures
        .into_iter()
        .map(|figure| match format {
            Format::Png => Ok((format!("{}.png", figure.name), png(&figure, 2.0)?)),
            Format::Svg => Ok((format!("{}.svg", figure.name), figure.svg.into_bytes())),
        })
        .collect::<Result<Vec<_>>>()?;
    // Made only now: what cannot be drawn leaves no empty folder.
    fs::create_dir_all(folder).map_err(|e| Error::system(format_args!("create the folder {}", folder.display()), e))?;
    let mut written = Vec::new();
    for (name, bytes) in drawn {
        let path = folder.join(name);
        save(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// Writes the page of a simulation to `path`, whole or not at all.
///
/// # Errors
/// A picture whose arrays disagree in length; a file that cannot be written.
pub fn write_simulation_page(path: &Path, record: &SimulationRecord, picture: &Picture) -> Result<()> {
    save(path, simulation_html(record, picture)?.as_bytes())
}

/// What the page of a simulation shows.
fn simulated(root: &Path) -> Result<(SimulationRecord, Picture)> {
    Ok((read_json(&root.join(RECORD))?, read_json(&root.join(PICTURE))?))
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    thalweg_io::write_atomically(path, |out| {
        out.write_all(bytes).map_err(|e| Error::system(format_args!("write {}", path.display()), e))
    })
}
