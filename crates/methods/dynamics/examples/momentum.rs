//! Steps that each method needs on the function that defeats the heavy ball, and the law of motion beside Nesterov's method.
//!
//! `cargo run --release -p thalweg-dynamics --example momentum`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Points, Result};
use thalweg_dynamics::acceleration::{Config, Curvature, MomentumFlow, Objective, Scheme, minimise};
use thalweg_solve::{Integrate, integrate};

/// Slope 25 near the origin and far from it, 1 between.
struct Kinked;

impl Objective for Kinked {
    fn dim(&self) -> usize {
        1
    }

    fn value(&self, x: &[f64]) -> f64 {
        let x = x[0];
        if x < 1.0 {
            12.5 * x * x
        } else if x < 2.0 {
            12.5 + 0.5 * (x * x - 1.0) + 24.0 * (x - 1.0)
        } else {
            38.0 + 12.5 * (x * x - 4.0) - 24.0 * (x - 2.0)
        }
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        let x = x[0];
        out[0] = if x < 1.0 {
            25.0 * x
        } else if x < 2.0 {
            x + 24.0
        } else {
            25.0 * x - 24.0
        };
    }
}

fn main() -> Result<()> {
    let (ctx, curvature) = (Context::new(0, 1)?, Curvature { least: 1.0, largest: 25.0 });
    for scheme in Scheme::ALL {
        let found = minimise(&ctx, &Kinked, &[3.3], &curvature, &Config { scheme, steps: 500, ..Config::default() })?;
        println!("{scheme:?}: {:?} after {} steps at {:.3e}", found.report.status, found.report.iterations, found.x[0]);
    }
    let flow = MomentumFlow::nesterov(&Kinked, &curvature)?;
    let moved =
        integrate(&flow, &Points::new(2, vec![3.3, 0.0])?, None, (0.0, 10.0), &Integrate::adaptive(1e-8), &ctx)?;
    println!("the law of motion at time 10: {:.3e}", moved.states[0].values()[0]);
    Ok(())
}
