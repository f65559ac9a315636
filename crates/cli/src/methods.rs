//! `thalweg methods` and `thalweg cite`.

use crate::{args, console};
use std::fmt::Write;
use std::process::ExitCode;
use thalweg_core::{Error, Method, Result};
use thalweg_run::matching::{MatchRecord, RECORD, is_match};
use thalweg_run::registry::{self, describe, learns, maturity};
use thalweg_run::simulation::{self, SimulationRecord, is_simulation};
use thalweg_run::{Record, read_json};

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
            let method = registry::method(&id)?;
            if args.json { console::print_json(&describe(method)) } else { console::print(&page(method)?) }
        }
    }
}

/// Prints the BibTeX of a run, a match or a simulation.
pub fn cite(args: args::Cite) -> Result<ExitCode> {
    if is_match(&args.run) {
        let record: MatchRecord = read_json(&args.run.join(RECORD))?;
        return console::print(&format!("{}\n", record.citations.join("\n\n")));
    }
    if is_simulation(&args.run) {
        let record: SimulationRecord = read_json(&args.run.join(simulation::RECORD))?;
        return console::print(&format!("{}\n", record.cited()?));
    }
    let record: Record = read_json(&args.run.join("run.json"))?;
    console::print(&format!("{}\n", record.citation.trim()))
}

fn page(method: &Method) -> Result<String> {
    let settings = serde_json::to_string_pretty(&(method.defaults)())
        .map_err(|e| Error::failed(format!("The settings of {} could not be shown: {e}.", method.name)))?;
    let change = if learns(method) { "change with --set KEY=VALUE" } else { "the fields of its Config in Rust" };
    let checks: String = method.checks.iter().map(|c| format!("- {}: {}\n", c.name, c.claim)).collect();
    Ok(format!(
        "{} {} ({}, {})\n{}\n\n{}\n\nSettings ({change})\n{settings}\n\nChecks (thalweg verify {})\n{checks}\n{}\n",
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
