//! Claims of methods, measured.

use serde_json::{Value, json};
use std::time::Instant;
use thalweg_core::{Check, Context, Expected, Measured, Method, Result};

/// What became of one check.
pub struct Verdict {
    method: &'static str,
    check: &'static Check,
    figures: Result<Vec<Measured>, String>,
    seconds: f64,
}

/// Runs one check. A check that fails to run has not held.
///
/// # Errors
/// The caller asked to stop.
pub fn measure(method: &Method, check: &'static Check, ctx: &Context) -> Result<Verdict> {
    ctx.check_stop()?;
    let start = Instant::now();
    let figures = (check.run)(ctx).map_err(|e| e.to_string());
    ctx.check_stop()?;
    Ok(Verdict { method: method.id, check, figures, seconds: start.elapsed().as_secs_f64() })
}

impl Verdict {
    /// Whether every figure satisfies what is expected of it, and there is one.
    pub fn holds(&self) -> bool {
        self.figures.as_ref().is_ok_and(|f| !f.is_empty() && f.iter().all(Measured::holds))
    }

    /// The verdict with its figures and its source, for a terminal.
    pub fn text(&self) -> String {
        let mark = if self.holds() { "holds" } else { "FAILS" };
        let mut out =
            format!("{mark} {} {} ({:.1} s): {}\n", self.method, self.check.name, self.seconds, self.check.claim);
        match &self.figures {
            Ok(figures) => {
                for f in figures {
                    out.push_str(&format!("      {f}\n"));
                }
            }
            Err(e) => out.push_str(&format!("      could not be measured: {e}\n")),
        }
        out.push_str(&format!("      source: {}\n", self.check.source));
        out
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
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
