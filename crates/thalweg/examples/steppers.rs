//! Every scheme on a flow that is known in closed form: error against evaluations.
//!
//! `cargo run --release -p thalweg --example steppers`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::path::{AffinePath, Gaussian, GaussianFlow};
use thalweg::solve::{Integrate, Scheme, integrate};
use thalweg::{Context, Points, Result, Stream};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    let source = Gaussian::standard(2);
    let target = Gaussian::new(vec![2.0, -1.0], vec![0.5, 0.3, 0.3, 0.4])?;
    let flow = GaussianFlow::new(source.clone(), target, AffinePath::linear())?;
    let start = source.sample(1000, &mut Stream::new(ctx.seed(), "example", 0));
    let mut exact = vec![0.0; start.values().len()];
    flow.flow_map(0.0, 1.0, start.values(), &mut exact)?;

    println!("{:<24}{:>12}{:>14}", "scheme", "evaluations", "largest error");
    let run = |name: String, options: Integrate| -> Result<()> {
        let path = integrate(&flow, &start, None, (0.0, 1.0), &options, &ctx)?;
        let evaluations = path.report.residuals.iter().find(|(name, _)| name == "field evaluations");
        let error = path.last().map_or(f64::NAN, |end| largest_difference(end, &exact));
        println!("{name:<24}{:>12}{error:>14.1e}", evaluations.map_or(0.0, |(_, n)| *n));
        Ok(())
    };
    for scheme in [Scheme::Euler, Scheme::Midpoint, Scheme::Heun, Scheme::Rk4] {
        for steps in [10, 100] {
            run(format!("{scheme:?}, {steps} steps"), Integrate::fixed(scheme, steps))?;
        }
    }
    for tolerance in [1e-4, 1e-8] {
        run(format!("DormandPrince, {tolerance:.0e}"), Integrate::adaptive(tolerance))?;
    }
    Ok(())
}

fn largest_difference(a: &Points, b: &[f64]) -> f64 {
    a.values().iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
