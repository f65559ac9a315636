//! `thalweg verify`: every claim measured, with its known answer and where that comes from.

use crate::{args, console};
use serde_json::json;
use std::process::ExitCode;
use thalweg_core::Result;
use thalweg_run::{Verdict, measure, registry};

/// Runs the checks and prints each figure; succeeds only if all hold.
pub fn verify(args: args::Verify) -> Result<ExitCode> {
    let methods = registry::select(&args.what)?;
    let ctx = console::context(args.seed, &args.resources)?;
    let mut all = Vec::new();
    for (method, check) in methods.iter().flat_map(|m| m.checks.iter().map(move |c| (m, c))) {
        let verdict = measure(method, check, &ctx)?;
        if !args.resources.json {
            console::print(&verdict.text())?;
        }
        all.push(verdict);
    }
    let held = all.iter().filter(|v| v.holds()).count();
    if args.resources.json {
        console::print_json(&json!({
            "seed": args.seed,
            "checks": all.iter().map(Verdict::json).collect::<Vec<_>>(),
            "held": held,
            "failed": all.len() - held,
        }))?;
    } else {
        console::print(&format!("{held} of {} checks hold at seed {}.\n", all.len(), args.seed))?;
    }
    Ok(if held == all.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
