//! Known laws: the same calls as `thalweg systems` and `thalweg simulate`.

mod called;
mod known;
mod laws;
mod orbits;
mod own;

pub use called::{Called, CalledMap, follow_function, reraise};
pub use known::KnownSystem;
pub use laws::{LawOutcome, simulate_law};
pub use orbits::Path;

use crate::errors::raise;
use crate::job::json;
use pyo3::prelude::*;
use thalweg_run::simulation::laws::LAWS;
use thalweg_run::simulation::{described, described_law};
use thalweg_systems::catalogue;

/// The catalogue and the laws as JSON.
#[pyfunction]
pub fn systems() -> PyResult<String> {
    let records = catalogue().map_err(raise)?.iter().map(described);
    let laws = LAWS.iter().map(|law| described_law(law));
    json(&records.chain(laws).collect::<Vec<_>>()).map_err(raise)
}
