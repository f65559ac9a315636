//! From snapshots of a population to how it moves: the whole engine under one name.
//!
//! The nouns ([`Measure`], [`Snapshots`], [`VectorField`], [`Context`], ...) are at the top; each layer above them
//! is a module. [`run::learn`] is what the command line and the Python package call.
//!
//! ```
//! use thalweg::{Context, run};
//!
//! # fn main() -> thalweg::Result<()> {
//! // Five days of a small population that branches and grows; day 2 stays unseen.
//! let snapshots = run::demo::population(0)?;
//! let mut config = run::Config { hold_out: vec![2.0], ..run::Config::default() };
//! config.set("fit.steps=20")?; // far too few to be of use, and quick
//! config.set("fit.schedule.warmup=2")?;
//! config.set("fine_tune=null")?;
//!
//! let ctx = Context::new(0, 1)?;
//! let finished = run::learn(&snapshots, &config, &run::Origin::default(), None, &ctx)?;
//! assert_eq!(finished.record.method, "velocity-growth-matching");
//!
//! // Where cells at the origin on day 0 are on day 4, and how many each has become.
//! let (moved, weights) = run::push(&finished.model, &thalweg::Points::new(2, vec![0.0; 2])?, (0.0, 4.0), None, &ctx)?;
//! assert_eq!((moved.len(), weights.map(|w| w.len())), (1, Some(1)));
//! # Ok(())
//! # }
//! ```
//!
//! Formats that need heavy readers are the features `h5ad` and `parquet`; figures as pixels are the feature `png`.

pub use thalweg_bridge as bridge;
pub use thalweg_core::*;
pub use thalweg_dynamics as dynamics;
pub use thalweg_field as field;
pub use thalweg_flow as flow;
pub use thalweg_io as io;
pub use thalweg_match as matching;
pub use thalweg_measure as measure;
pub use thalweg_nn as nn;
pub use thalweg_ot as ot;
pub use thalweg_path as path;
pub use thalweg_quantum as quantum;
pub use thalweg_report as report;
pub use thalweg_run as run;
pub use thalweg_solve as solve;
pub use thalweg_systems as systems;
