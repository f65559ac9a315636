//! The four regimes of the nonlinear Klein-Gordon equation, what they keep, and whether their entropies tell them apart.
//!
//! `cargo run --release -p thalweg-field --example regimes`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Result};
use thalweg_field::klein_gordon::{Config, Potential, Start, simulate};
use thalweg_field::rank_tests::{kruskal_wallis, mann_whitney};

fn main() -> Result<()> {
    let ctx = Context::new(0, 1)?;
    let quartic = Potential::Quartic { coupling: 1.0, vacuum: 1.0 };
    let regimes = [
        ("packet", Potential::Linear { mass: 1.0 }, Start::Packet { height: 1.0, width: 2.0 }),
        ("kink", quartic, Start::Kink { speed: 0.3 }),
        ("breather", Potential::SineGordon {}, Start::Breather { frequency: 0.5, speed: 0.0 }),
        ("collision", quartic, Start::Collision { speed: 0.3, distance: 20.0 }),
    ];
    let mut entropies = Vec::new();
    println!(
        "{:10} {:>10} {:>10} {:>7} {:>13} {:>9}",
        "regime", "energy", "momentum", "charge", "energy drift", "entropy"
    );
    for (name, potential, start) in regimes {
        let found = simulate(&ctx, &Config { potential, start, ..Config::default() })?;
        let shannon: Vec<f64> = found.entropies.iter().map(|e| e.shannon).collect();
        let mean = shannon.iter().sum::<f64>() / shannon.len() as f64;
        let (seen, drift) = (found.observed[found.observed.len() - 1], found.report.residuals[0].1);
        println!("{name:10} {:10.5} {:10.5} {:7.3} {drift:13.1e} {mean:9.4}", seen.energy, seen.momentum, seen.charge);
        entropies.push(shannon);
    }
    let samples: Vec<&[f64]> = entropies.iter().map(Vec::as_slice).collect();
    let all = kruskal_wallis(&samples)?;
    println!("Kruskal-Wallis over the four: H = {:.1}, p = {:.1e}", all.statistic, all.p);
    let two = mann_whitney(&entropies[1], &entropies[2])?;
    println!("Mann-Whitney, kink and breather: U = {:.0}, p = {:.1e}", two.statistic, two.p);
    println!("Saves of one run are not independent: read p as a distance, not as a chance.");
    Ok(())
}
