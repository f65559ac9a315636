//! Steps that each method needs on the function that defeats the heavy ball, and the law of motion beside Nesterov's method.
//!
//! `cargo run --release -p thalweg-dynamics --example momentum`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Points, Result};
use thalweg_dynamics::acceleration::{Config, Kinked, MomentumFlow, Scheme, minimise};
use thalweg_solve::{Integrate, integrate};

fn main() -> Result<()> {
    let (ctx, curvature) = (Context::new(0, 1)?, Kinked::CURVATURE);
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
