//! Which partition of a driven ring is stable, and what each hides of the arrow of time.
//!
//! `cargo run --release -p thalweg-dynamics --example coarse_chain`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Result};
use thalweg_dynamics::emergence::{Config, Lens, audit};
use thalweg_measure::Chain;

/// Two rings of three states, each with a bias of its own, and rare steps between them.
fn two_rings() -> Result<Chain> {
    let mut rows = vec![0.0; 36];
    for z in 0..6 {
        let (ring, at) = (z / 3 * 3, z % 3);
        rows[z * 6 + ring + (at + 1) % 3] = 0.6;
        rows[z * 6 + ring + (at + 2) % 3] = 0.2;
        rows[z * 6 + z] = 0.19;
        rows[z * 6 + (z + 3) % 6] = 0.01;
    }
    Chain::new(6, rows)
}

fn main() -> Result<()> {
    let (ctx, chain) = (Context::new(0, 1)?, two_rings()?);
    println!("{:24} {:>4} {:>8} {:>10} {:>8} {:>8}", "blocks", "tau", "defect", "retention", "arrow", "seen");
    let lenses = [("which ring", vec![0, 0, 0, 1, 1, 1]), ("where on it", vec![0, 1, 2, 0, 1, 2])];
    for (name, blocks) in lenses {
        for tau in [1, 10, 100] {
            let found = audit(&ctx, &chain, &Lens::uniform(blocks.clone())?, &Config { tau, horizon: 5 })?;
            println!(
                "{name:24} {tau:4} {:8.4} {:10.4} {:8.4} {:8.4}",
                found.defect, found.retention, found.arrow, found.seen_arrow
            );
        }
    }
    Ok(())
}
