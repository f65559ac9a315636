//! Schemes on a flow that is known in closed form, and on an orbit: error against evaluations.
//!
//! `cargo run --release -p thalweg --example steppers`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::path::{AffinePath, Gaussian, GaussianFlow};
use thalweg::solve::{Integrate, Law, Motion, Scheme, Separable, integrate};
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
        for scheme in [Scheme::DormandPrince, Scheme::Tsit5, Scheme::Dop853, Scheme::Rodas5p] {
            run(format!("{scheme:?}, {tolerance:.0e}"), Integrate { scheme, ..Integrate::adaptive(tolerance) })?;
        }
    }
    orbits(&ctx)
}

/// A body around a fixed one, with eccentricity 0.6.
struct Kepler;

impl Separable for Kepler {
    fn freedom(&self) -> usize {
        2
    }

    fn velocity(&self, p: &[f64], out: &mut [f64]) {
        out.copy_from_slice(p);
    }

    fn force(&self, _t: f64, q: &[f64], out: &mut [f64]) {
        for (q, out) in q.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            let r3 = (q[0] * q[0] + q[1] * q[1]).powf(1.5);
            (out[0], out[1]) = (-q[0] / r3, -q[1] / r3);
        }
    }
}

/// The energy after a thousand revolutions, at 600 to 1,000 forces each.
fn orbits(ctx: &Context) -> Result<()> {
    let start = Points::new(4, vec![0.4, 0.0, 0.0, 2.0])?;
    println!("\n{:<24}{:>12}{:>14}", "1,000 orbits", "evaluations", "energy off by");
    for (scheme, steps) in [
        (Scheme::Rk4, 200),
        (Scheme::Verlet, 800),
        (Scheme::BlanesMoan4, 100),
        (Scheme::KahanLi6, 100),
        (Scheme::KahanLi8, 50),
    ] {
        let options = Integrate::fixed(scheme, 1000 * steps);
        let span = (0.0, 1000.0 * std::f64::consts::TAU);
        let (path, _) = Motion::of(Law::Separable(&Kepler)).follow(&start, None, span, &options, ctx)?;
        let energy = path.last().map_or(f64::NAN, |end| {
            let x = end.row(0);
            0.5 * (x[2] * x[2] + x[3] * x[3]) - 1.0 / x[0].hypot(x[1])
        });
        let evaluations = path.report.residuals.first().map_or(0.0, |(_, n)| *n);
        println!("{:<24}{evaluations:>12}{:>14.1e}", format!("{scheme:?}"), (energy + 0.5).abs());
    }
    Ok(())
}

fn largest_difference(a: &Points, b: &[f64]) -> f64 {
    a.values().iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
