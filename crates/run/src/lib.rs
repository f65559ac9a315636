//! A run of thalweg: its configuration, its folder, its evaluation, and how it goes on after it was killed. And a match of
//! two clouds.

mod beside;
mod config;
pub mod demo;
mod evaluate;
mod folder;
mod keep;
mod learn;
pub mod matching;
mod points;
mod predict;
mod push;
mod record;
mod refusals;
pub mod registry;
pub mod routing;
mod shell;
pub mod simulation;
mod table;
mod verify;

pub use beside::Beside;
pub use config::Config;
pub use evaluate::{Distances, Evaluation, Failure, Metrics, Protocol, Row, evaluate};
pub use folder::{Existing, RunFolder, read_json};
pub use keep::{Kept, keep, open};
pub use learn::{Destination, Finished, learn};
pub use points::{Observed, load as load_points};
pub use predict::{predict, simulate};
pub use push::{beyond, follow, push};
pub use record::{DataRecord, Origin, Outcome, Record, SnapshotRecord};
pub use table::{csv, text, verdicts};
pub use verify::{Verdict, measure};
