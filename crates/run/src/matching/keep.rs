//! The folder that a match leaves.

use super::{Cloud, Matched};
use crate::beside::Beside;
use crate::folder::RunFolder;
use std::path::Path;
use thalweg_core::Result;
use thalweg_io::{Format, NpzWriter, OutColumn, OutTable};

/// The record of a match; a folder that holds it is a match.
pub const RECORD: &str = "match.json";

/// Whether the folder `root` is that of a match.
pub fn is_match(root: &Path) -> bool {
    root.join(RECORD).is_file()
}

/// Writes plan, potentials, projection and samples, and the record when all else is there.
pub(super) fn keep(folder: &RunFolder, source: &Cloud, matched: &Matched) -> Result<()> {
    let root = folder.root();
    let plan = plan(matched)?;
    // Parquet is a feature of the build; what it was built without is no reason to lose the work.
    if cfg!(feature = "parquet") {
        thalweg_io::write(&root.join("plan.parquet"), &plan)?;
    }
    thalweg_io::write(&root.join("plan.npz"), &plan)?;
    drop(plan);
    potentials(root, matched)?;
    projection(root, source, matched)?;
    matched.picture.save(root)?;
    folder.write_json(RECORD, &matched.record)
}

fn plan(matched: &Matched) -> Result<OutTable> {
    let integers = |v: &[u32]| OutColumn::Integers(v.iter().map(|i| Some(i64::from(*i))).collect());
    let entries = &matched.entries;
    OutTable::new()
        .column("source", integers(&entries.source))?
        .column("target", integers(&entries.target))?
        .numbers("mass", entries.mass.clone())?
        .numbers("cost", entries.cost.clone())
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
fn projection(root: &Path, source: &Cloud, matched: &Matched) -> Result<()> {
    let name = match source.format {
        Format::Tsv => "projection.tsv",
        Format::Npy => "projection.npy",
        Format::Npz => "projection.npz",
        Format::Parquet => "projection.parquet",
        // h5ad is read only.
        Format::Csv | Format::H5ad => "projection.csv",
    };
    let beside = Beside { points: &matched.image, features: &source.features, joined: false };
    let table = beside.table(source.rest.clone(), |_, column| column)?;
    thalweg_io::write(&root.join(name), &table)
}
