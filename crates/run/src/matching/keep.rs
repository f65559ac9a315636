//! The folder that a match leaves.

use super::coupled::Coupled;
use super::{Cloud, Matched, factors, record};
use crate::beside::Beside;
use crate::folder::RunFolder;
use std::path::Path;
use thalweg_core::Result;
use thalweg_io::{Format, NpzWriter, Rest, Slot};
use thalweg_ot::Plan;

/// The record of a match; a folder that holds it is a match.
pub const RECORD: &str = "match.json";

/// Whether the folder `root` is that of a match.
pub fn is_match(root: &Path) -> bool {
    root.join(RECORD).is_file()
}

/// Writes potentials, projection and samples beside the plan, and the record when all else is there.
pub(super) fn keep(folder: &RunFolder, (source, target): (&Cloud, &Cloud), matched: &mut Matched) -> Result<()> {
    let root = folder.root();
    if let Coupled::LowRank(Plan::LowRank(plan)) = &matched.coupled {
        factors::keep(root, plan)?;
    }
    potentials(root, matched)?;
    projection(root, source, target, matched)?;
    matched.picture.save(root)?;
    matched.record.peak_memory = record::peak_memory();
    folder.write_json(RECORD, &matched.record)
}

fn potentials(root: &Path, matched: &Matched) -> Result<()> {
    let vector = |file: NpzWriter, name: &str, values: &[f64]| file.f64(name, &[values.len()], values.to_vec());
    let mut file = NpzWriter::new();
    for (name, values) in [
        ("source", &matched.potentials.source),
        ("target", &matched.potentials.target),
        ("source_mass", &matched.sent),
        ("target_mass", &matched.received),
    ] {
        file = vector(file, name, values)?;
    }
    file.write(&root.join("potentials.npz"))
}

/// The table of the source with the mean target of each row in place of its coordinates.
fn projection(root: &Path, source: &Cloud, target: &Cloud, matched: &Matched) -> Result<()> {
    let name = match source.format {
        Format::Tsv => "projection.tsv",
        Format::Npy => "projection.npy",
        Format::Npz => "projection.npz",
        Format::Parquet => "projection.parquet",
        // h5ad is read only.
        Format::Csv | Format::H5ad => "projection.csv",
    };
    let elsewhere = matched.record.target_features.is_some();
    let rest = if elsewhere { exchanged(&source.rest, &target.features) } else { source.rest.clone() };
    let beside = Beside { points: &matched.image, features: &target.features, joined: false };
    thalweg_io::write(&root.join(name), &beside.table(rest, |_, column| column)?)
}

/// What a table holds with coordinates of another space in the place of its first.
fn exchanged(rest: &Rest, features: &[String]) -> Rest {
    let coordinates = || (0..features.len()).map(Slot::Coordinate);
    let mut placed = false;
    let mut slots = Vec::new();
    for slot in &rest.slots {
        match slot {
            // A column of the name of a coordinate would be there twice.
            Slot::Column(name, _) if features.contains(name) => {}
            Slot::Column(..) => slots.push(slot.clone()),
            Slot::Coordinate(_) if !placed => slots.extend(coordinates()),
            Slot::Array(key, _) if !placed => slots.push(Slot::Array(key.clone(), 0..features.len())),
            Slot::Coordinate(_) | Slot::Array(..) => {}
        }
        placed |= !matches!(slot, Slot::Column(..));
    }
    Rest { slots, left_out: rest.left_out.clone() }
}
