//! The kept entries of a plan: in memory, or on their way into the folder of the match, a block of rows at a time.

use std::path::{Path, PathBuf};
use thalweg_core::{Error, Result};
use thalweg_io::{Cell, Spill, read_npz};

/// The kept entries of a plan, by source and target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    /// Row of the source, counted from 0.
    pub source: Vec<u32>,
    /// Row of the target, counted from 0.
    pub target: Vec<u32>,
    /// Mass that goes.
    pub mass: Vec<f64>,
    /// Cost of a unit of mass.
    pub cost: Vec<f64>,
}

const NPZ: &str = "plan.npz";
const PARQUET: &str = "plan.parquet";

impl Entries {
    /// None, with room for `count`.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self {
            source: Vec::with_capacity(count),
            target: Vec::with_capacity(count),
            mass: Vec::with_capacity(count),
            cost: Vec::with_capacity(count),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.mass.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.mass.is_empty()
    }

    /// Reads the plan of the match in `root`, between `n` sources and `m` targets.
    ///
    /// # Errors
    /// The file is missing or damaged, does not fit `memory` bytes, or names rows that are not there.
    pub fn load(root: &Path, (n, m): (usize, usize), memory: Option<u64>) -> Result<Self> {
        let path = root.join(NPZ);
        let read = || -> Result<Self> {
            let mut arrays = read_npz(&path, memory)?;
            let source = rows(arrays.take("source")?.numbers()?, n, "source")?;
            let target = rows(arrays.take("target")?.numbers()?, m, "target")?;
            let (mass, cost) = (arrays.take("mass")?.numbers()?, arrays.take("cost")?.numbers()?);
            if [target.len(), mass.len(), cost.len()].iter().any(|len| *len != source.len()) {
                return Err(damaged("its columns have different lengths"));
            }
            match mass.iter().chain(&cost).find(|v| !v.is_finite()) {
                Some(v) => Err(damaged(&format!("it has the number {v}"))),
                None => Ok(Self { source, target, mass, cost }),
            }
        };
        read().map_err(|e| e.within(path.display()))
    }
}

/// Numbers as rows of one side.
fn rows(values: Vec<f64>, count: usize, side: &str) -> Result<Vec<u32>> {
    let row = |v: f64| {
        let sound = v >= 0.0 && v < count as f64 && v.fract() == 0.0;
        if sound { Ok(v as u32) } else { Err(damaged(&format!("it names row {v} of a {side} of {count}"))) }
    };
    values.into_iter().map(row).collect()
}

fn damaged(why: &str) -> Error {
    Error::input(format!("The plan is damaged: {why}.")).advise("Repeat the command of the match into another folder.")
}

/// Where entries go as they are found.
pub(super) enum Sink {
    Memory(Entries),
    Folder { root: PathBuf, rows: Spill },
}

impl Sink {
    /// Into the folder `root`, or else into memory.
    pub(super) fn new(root: Option<&Path>) -> Result<Self> {
        let Some(root) = root else { return Ok(Self::Memory(Entries::default())) };
        let columns =
            [("source", Cell::Integer), ("target", Cell::Integer), ("mass", Cell::Number), ("cost", Cell::Number)];
        Ok(Self::Folder { root: root.to_owned(), rows: Spill::new(root, &columns)? })
    }

    pub(super) fn extend(&mut self, block: &Entries) -> Result<()> {
        match self {
            Self::Memory(entries) => {
                entries.source.extend_from_slice(&block.source);
                entries.target.extend_from_slice(&block.target);
                entries.mass.extend_from_slice(&block.mass);
                entries.cost.extend_from_slice(&block.cost);
                Ok(())
            }
            Self::Folder { rows, .. } => {
                rows.integers(0, block.source.iter().map(|i| i64::from(*i)))?;
                rows.integers(1, block.target.iter().map(|j| i64::from(*j)))?;
                rows.numbers(2, block.mass.iter().copied())?;
                rows.numbers(3, block.cost.iter().copied())
            }
        }
    }

    /// Writes the files of the plan, or gives the entries.
    pub(super) fn finish(self) -> Result<Entries> {
        match self {
            Self::Memory(entries) => Ok(entries),
            Self::Folder { root, mut rows } => {
                // Parquet is a feature of the build; what it was built without is no reason to lose the work.
                if cfg!(feature = "parquet") {
                    rows.write(&root.join(PARQUET))?;
                }
                rows.write(&root.join(NPZ))?;
                Ok(Entries::default())
            }
        }
    }
}
