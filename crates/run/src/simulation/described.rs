//! What is known of systems and laws as JSON, the same for the command line and for Python.

use super::Law;
use serde_json::{Map, Value, json};
use thalweg_systems::Record;

/// A record of the catalogue, or of a user's own file.
pub fn described(record: &Record) -> Value {
    let spectrum = record.spectrum.as_ref();
    json!({
        "name": record.name,
        "aliases": record.aliases,
        "kind": record.kind.name(),
        "states": record.states,
        "parameters": record.parameters.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<Map<_, _>>(),
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

/// A law with its settings; `help` is the list of them for a reader.
pub fn described_law(law: &Law) -> Value {
    let settings = law.settings(&[], None).map(|settings| settings.listed()).unwrap_or_default();
    json!({
        "name": law.name,
        "kind": "law",
        "summary": law.summary,
        "method": law.method,
        "settings": settings.into_iter().map(|(k, v)| (k, json!(v))).collect::<Map<_, _>>(),
        "help": law.described(),
    })
}
