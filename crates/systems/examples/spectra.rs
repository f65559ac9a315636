//! Lyapunov spectra of all flows of the catalogue beside those of their records.
//!
//! `cargo run --release -p thalweg-systems --example spectra [NAMES]` prints a line a flow and how many agree: the largest
//! exponent within three standard errors (of both), all of them within three of their own and the record's, and the
//! sum with the mean divergence.

use std::io::Write;
use std::time::Instant;
use thalweg_core::{Context, Result};
use thalweg_systems::{Kind, Lyapunov, Record, System, catalogue};

/// Whether two figures agree: within three errors and the digits that a record has.
fn agree(a: f64, b: f64, error: f64, other: f64) -> bool {
    (a - b).abs() <= 3.0 * error.hypot(other) + 1e-3 * b.abs() + 1e-5
}

struct Line {
    first: bool,
    all: bool,
    sum: bool,
    text: String,
}

fn line(record: &Record, ctx: &Context) -> Result<Line> {
    let system = System::new(record)?;
    let began = Instant::now();
    // Where nothing grows exponentially tangents align only as 1/t: one long orbit instead of several.
    let options = if record.has_tag("chaotic") {
        Lyapunov::default()
    } else {
        Lyapunov { orbits: 1, stretches: 2000, settle: 500, ..Lyapunov::default() }
    };
    let found = system.exponents(&options, ctx)?;
    let spectrum = record.spectrum.clone().unwrap_or(thalweg_systems::Spectrum { exponents: Vec::new(), error: None });
    let published = spectrum.error.unwrap_or(0.0);
    let fits: Vec<bool> = (0..found.values.len())
        .map(|k| spectrum.exponents.get(k).is_some_and(|b| agree(found.values[k], *b, found.errors[k], published)))
        .collect();
    let (sum, divergence) = (found.values.iter().sum::<f64>(), found.divergence.unwrap_or(f64::NAN));
    let first = fits.first() == Some(&true);
    let show = |v: &[f64]| v.iter().map(|x| format!("{x:.4}")).collect::<Vec<_>>().join(" ");
    let all = fits.iter().all(|fit| *fit);
    let sum = (sum - divergence).abs() <= 1e-6 * divergence.abs().max(1.0);
    let text = format!(
        "{:<26} {} {:.1e} | {} {published:.1e} | {:.3} {} | {}{}{} {:.2} s",
        record.name,
        show(&found.values),
        found.errors[0],
        show(&spectrum.exponents),
        found.kaplan_yorke(),
        record.kaplan_yorke.map_or("-".to_owned(), |d| d.to_string()),
        if first { "" } else { "FIRST " },
        if all { "" } else { "SOME " },
        if sum { "" } else { "SUM " },
        began.elapsed().as_secs_f64(),
    );
    Ok(Line { first, all, sum, text })
}

fn main() -> Result<()> {
    let ctx = Context::new(0, 1)?;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    let (mut total, mut first, mut all, mut sums, mut failed) = (0, 0, 0, 0, 0);
    let began = Instant::now();
    for record in catalogue()?.iter().filter(|r| r.kind == Kind::Flow) {
        if !wanted.is_empty() && !wanted.contains(&record.name) {
            continue;
        }
        total += 1;
        let text = match line(record, &ctx) {
            Ok(line) => {
                first += usize::from(line.first);
                all += usize::from(line.all);
                sums += usize::from(line.sum);
                line.text
            }
            Err(error) => {
                failed += 1;
                format!("{:<26} {error}", record.name)
            }
        };
        // A closed pipe ends the table and is no fault.
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            return Ok(());
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let _ = writeln!(
        out,
        "{total} flows in {seconds:.0} s: the largest exponent agrees in {first}, all in {all}, the sum is the divergence in {sums}; {failed} failed"
    );
    Ok(())
}
