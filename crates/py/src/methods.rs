//! The registry, and its claims measured.

use crate::errors::raise;
use crate::job::json;
use crate::work::{Resources, work};
use pyo3::prelude::*;
use serde_json::Value;
use thalweg_run::{Verdict, measure, registry};

/// What the registry knows about the methods that `word` names (one, a family, or all), as a JSON list.
#[pyfunction]
pub fn methods(word: &str) -> PyResult<String> {
    let chosen = registry::select(word).map_err(raise)?;
    let all: Vec<Value> = chosen
        .iter()
        .map(|method| {
            let mut about = registry::describe(method);
            about["docs"] = method.docs.trim().into();
            about
        })
        .collect();
    json(&all).map_err(raise)
}

/// The claims of the methods that `word` names, measured; a JSON list with one verdict a claim.
#[pyfunction]
pub fn verify(py: Python<'_>, word: &str, resources: Resources) -> PyResult<String> {
    let chosen = registry::select(word).map_err(raise)?;
    let all: Vec<_> = chosen.iter().flat_map(|m| m.checks.iter().map(move |c| (*m, c))).collect();
    let verdicts = work(py, &resources, |ctx| {
        let mut verdicts: Vec<Verdict> = Vec::new();
        for (done, (method, check)) in all.iter().enumerate() {
            ctx.progress("verify", done as u64, all.len() as u64, check.name);
            verdicts.push(measure(method, check, ctx)?);
        }
        Ok(verdicts)
    })?;
    json(&verdicts.iter().map(Verdict::json).collect::<Vec<_>>()).map_err(raise)
}
