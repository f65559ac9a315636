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
use serde_json::{Value, json as value};
use thalweg_core::{Error, Result};
use thalweg_run::simulation::laws::LAWS;
use thalweg_run::simulation::{Law, Picture, SimulationRecord};
use thalweg_systems::{Record, catalogue};

/// A record as JSON, under the names of the command line.
fn described(record: &Record) -> Value {
    let spectrum = record.spectrum.as_ref();
    value!({
        "name": record.name,
        "aliases": record.aliases,
        "kind": record.kind.name(),
        "states": record.states,
        "parameters": record.parameters.iter().map(|(k, v)| (k.clone(), value!(v))).collect::<serde_json::Map<_, _>>(),
        "equations": record.equations,
        "start": record.start,
        "period": record.period,
        "step": record.step,
        "lyapunov": spectrum.map(|s| &s.exponents),
        "lyapunov_error": spectrum.and_then(|s| s.error),
        "kaplan_yorke": record.kaplan_yorke,
        "tags": record.tags,
        "reference": record.reference,
        "note": record.note,
    })
}

/// The catalogue and the laws as JSON.
#[pyfunction]
pub fn systems() -> PyResult<String> {
    let records = catalogue().map_err(raise)?.iter().map(described);
    let law = |law: &&Law| {
        let settings = law.settings(&[], None).map(|settings| settings.listed()).unwrap_or_default();
        value!({
            "name": law.name, "kind": "law", "summary": law.summary, "method": law.method,
            "settings": settings.into_iter().map(|(k, v)| (k, value!(v))).collect::<serde_json::Map<_, _>>(),
            "help": law.described(),
        })
    };
    json(&records.chain(LAWS.iter().map(law)).collect::<Vec<_>>()).map_err(raise)
}

/// Writes a page.
fn written(path: &std::path::Path, record: &SimulationRecord, picture: &Picture) -> Result<()> {
    let page = thalweg_report::simulation_html(record, picture)?;
    thalweg_io::write_atomically(path, |out| {
        std::io::Write::write_all(out, page.as_bytes())
            .map_err(|e| Error::system(format_args!("write {}", path.display()), e))
    })
}
