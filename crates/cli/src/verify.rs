//! `thalweg verify`: every claim measured, with its known answer and where that comes from.

use crate::{args, console};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Instant;
use thalweg_core::{Check, Context, Expected, Measured, Method, Result};
use thalweg_run::registry;

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

struct Verdict {
    method: &'static str,
    check: &'static Check,
    figures: Result<Vec<Measured>, String>,
    seconds: f64,
}

/// Runs one check. A check that fails to run has not held; only an interruption ends the whole command.
fn measure(method: &Method, check: &'static Check, ctx: &Context) -> Result<Verdict> {
    ctx.check_stop()?;
    let start = Instant::now();
    let figures = (check.run)(ctx).map_err(|e| e.to_string());
    ctx.check_stop()?;
    Ok(Verdict { method: method.id, check, figures, seconds: start.elapsed().as_secs_f64() })
}

impl Verdict {
    fn holds(&self) -> bool {
        self.figures.as_ref().is_ok_and(|f| !f.is_empty() && f.iter().all(Measured::holds))
    }

    fn text(&self) -> String {
        let mark = if self.holds() { "holds" } else { "FAILS" };
        let mut out =
            format!("{mark} {} {} ({:.1} s): {}\n", self.method, self.check.name, self.seconds, self.check.claim);
        match &self.figures {
            Ok(figures) => {
                for f in figures {
                    out.push_str(&format!("      {}: measured {:.6}, expected {}\n", f.what, f.value, f.expected));
                }
            }
            Err(e) => out.push_str(&format!("      could not be measured: {e}\n")),
        }
        out.push_str(&format!("      source: {}\n", self.check.source));
        out
    }

    fn json(&self) -> Value {
        let figures = match &self.figures {
            Ok(figures) => figures.iter().map(figure).collect(),
            Err(e) => vec![json!({"error": e})],
        };
        json!({
            "method": self.method,
            "check": self.check.name,
            "claim": self.check.claim,
            "source": self.check.source,
            "holds": self.holds(),
            "seconds": self.seconds,
            "figures": figures,
        })
    }
}

fn figure(f: &Measured) -> Value {
    let expected = match f.expected {
        Expected::AtMost(bound) => json!({"at_most": bound}),
        Expected::AtLeast(bound) => json!({"at_least": bound}),
        Expected::Near { value, tolerance } => json!({"value": value, "tolerance": tolerance}),
    };
    json!({"what": f.what, "measured": f.value, "expected": expected, "holds": f.holds()})
}
