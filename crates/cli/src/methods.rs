//! `thalweg methods` and `thalweg cite`.

use crate::{args, console};
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;
use thalweg_core::{Error, Maturity, Method, Result};
use thalweg_run::{Record, read_json, registry};

/// Lists the methods, or shows one with its settings, checks and citation.
pub fn methods(args: args::Methods) -> Result<ExitCode> {
    match args.id {
        None if args.json => console::print_json(&registry::methods().map(describe).collect::<Vec<_>>()),
        None => {
            let mut out = String::new();
            for m in registry::methods() {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{}  {:<9} {:<26} {}", m.id, m.family.name(), m.name, m.summary);
            }
            console::print(&out)
        }
        Some(id) => {
            let method = &registry::learner(&id)?.method;
            if args.json { console::print_json(&describe(method)) } else { console::print(&page(method)?) }
        }
    }
}

/// Prints the BibTeX of a run.
pub fn cite(args: args::Cite) -> Result<ExitCode> {
    let record: Record = read_json(&args.run.join("run.json"))?;
    console::print(&format!("{}\n", record.citation.trim()))
}

fn describe(method: &Method) -> serde_json::Value {
    json!({
        "id": method.id,
        "name": method.name,
        "family": method.family.name(),
        "summary": method.summary,
        "maturity": maturity(method),
        "settings": (method.defaults)(),
        "checks": method.checks.iter().map(|c| json!({"name": c.name, "claim": c.claim, "source": c.source})).collect::<Vec<_>>(),
        "bibtex": method.citation.bibtex,
    })
}

fn maturity(method: &Method) -> &'static str {
    match method.maturity {
        Maturity::Stable => "stable",
        Maturity::Preview => "preview",
    }
}

fn page(method: &Method) -> Result<String> {
    let settings = serde_json::to_string_pretty(&(method.defaults)())
        .map_err(|e| Error::failed(format!("The settings of {} could not be shown: {e}.", method.name)))?;
    let checks: String = method.checks.iter().map(|c| format!("- {}: {}\n", c.name, c.claim)).collect();
    Ok(format!(
        "{} {} ({}, {})\n{}\n\n{}\n\nSettings (change with --set KEY=VALUE)\n{settings}\n\nChecks (thalweg verify {})\n{checks}\n{}\n",
        method.id,
        method.name,
        method.family.name(),
        maturity(method),
        method.summary,
        method.docs.trim(),
        method.id,
        method.citation.bibtex.trim(),
    ))
}
