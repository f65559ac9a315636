//! A known law: followed, its exponents by tangents, and the largest of them again from nothing but the series.
//!
//! `cargo run --release -p thalweg --example known_laws`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::measure::{FromData, rosenstein};
use thalweg::systems::{Lyapunov, Sampling, Spacing, System, read};
use thalweg::{Context, Result};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    for name in ["lorenz63", "rossler", "thomas"] {
        told(&System::named(name)?, &ctx)?;
    }
    // A law of one's own, in the language of the catalogue.
    let own = "flow swing | angle speed phase | damping=0.5 force=1.2 | speed; -damping*speed-sin(angle)+force*cos(phase); 2/3 \
               | 0.1 0 0 | 9.42";
    told(&System::new(&read(own)?[0])?.with("force", 1.15)?, &ctx)
}

/// What a system does, by its law and by its series.
fn told(system: &System, ctx: &Context) -> Result<()> {
    let law = system.exponents(&Lyapunov { stretches: 400, ..Lyapunov::default() }, ctx)?;
    println!(
        "{}: exponents {:.4?}, Kaplan-Yorke dimension {:.3}",
        system.record().name,
        law.values,
        law.kaplan_yorke()
    );
    let sampling = Sampling { points: 8000, spacing: Spacing::PerPeriod(25.0), discard: 1000, ..Sampling::default() };
    let path = system.trajectory(None, &sampling, ctx)?;
    let dt = path.times[1] - path.times[0];
    let series = thalweg::Points::new(system.dim(), path.states.iter().flat_map(|s| s.row(0).to_vec()).collect())?;
    let found = rosenstein(&series, dt, &FromData { theiler: 50, ..FromData::default() }, ctx)?;
    println!("  the largest from {} points: {:.4} +- {:.4}", series.len(), found.exponent, found.error);
    Ok(())
}
