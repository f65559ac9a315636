//! What the three conventions of multiplicative noise do to a particle in a well, with the noise-induced drift and without.
//!
//! `cargo run --release -p thalweg-dynamics --example conventions`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Points, Result};
use thalweg_dynamics::state_diffusion::{Config, Convention, Drift, Profile, stationary, walk};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    // A harmonic well, in a medium that is more mobile to the right.
    let diffusivity = |x: f64| 1.0 + 0.8 * x.tanh();
    let medium = Profile { slope: |x: f64| x, diffusivity, divergence: |x: f64| 0.8 / x.cosh().powi(2) };
    let positions: Vec<f64> = (-800..=800).map(|i| f64::from(i) / 100.0).collect();
    println!("{:14} {:11} {:>10} {:>12}", "convention", "drift", "mean", "its law says");
    for drift in [Drift::Boltzmann, Drift::ForceOnly] {
        for convention in Convention::ALL {
            let config = Config { convention, drift, step: 5e-3, every: 8000, saves: 1, walls: None };
            let walked = walk(&ctx, &medium, &Points::zeros(2_000, 1), &config)?;
            let mean = walked.states[1].values().iter().sum::<f64>() / 2_000.0;
            let law = stationary(convention, drift, |x| 0.5 * x * x, diffusivity, &positions)?;
            let truth: f64 = positions.iter().zip(&law).map(|(x, p)| 0.01 * x * p).sum();
            println!("{:14} {:11} {mean:10.4} {truth:12.4}", format!("{convention:?}"), format!("{drift:?}"));
        }
    }
    Ok(())
}
