//! Two moons from ten labels: how energy falls with momentum and without.
//!
//! `cargo run --release -p thalweg-field --example two_moons`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::f64::consts::PI;
use thalweg_core::{Context, Points, Result, Stream};
use thalweg_field::ginzburg_landau::{Config, Graph, Momentum, minimise};

fn main() -> Result<()> {
    let (ctx, n) = (Context::new(0, 0)?, 1000_usize);
    let mut stream = Stream::new(7, "two moons", 0);
    let mut values = Vec::new();
    for i in 0..n {
        let angle = PI * stream.uniform();
        let (x, y) =
            if i.is_multiple_of(2) { (angle.cos(), angle.sin()) } else { (1.0 - angle.cos(), 0.5 - angle.sin()) };
        values.extend([x + 0.1 * stream.normal(), y + 0.1 * stream.normal()]);
    }
    let graph = Graph::nearest(&ctx, &Points::new(2, values)?, 10)?;
    let moon = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let labels: Vec<(usize, f64)> = (0..10).map(|i| (i, moon(i))).collect();
    for momentum in
        [Momentum::None {}, Momentum::Growing {}, Momentum::Restarted {}, Momentum::Damped { damping: 0.05 }]
    {
        let found = minimise(&ctx, &graph, &vec![0.0; n], &labels, &Config { momentum, ..Config::default() })?;
        let right = (0..n).filter(|i| found.u[*i] * moon(*i) > 0.0).count();
        let at = |k: usize| found.energies[k.min(found.energies.len() - 1)];
        println!(
            "{momentum:?}: energy {:.4}, {:.4}, {:.4} after 10, 50 and {} steps; {:.1} % right",
            at(10),
            at(50),
            at(usize::MAX),
            found.report.iterations,
            100.0 * right as f64 / n as f64
        );
    }
    Ok(())
}
