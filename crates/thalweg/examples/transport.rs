//! Optimal transport between two weighted clouds: exact with its certificate, entropic, and with growth.
//!
//! `cargo run --release -p thalweg --example transport`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use std::sync::Arc;
use thalweg::ot::{GroundCost, Sinkhorn, metrics, transport};
use thalweg::{Context, Measure, Result, Stream, path::Gaussian};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    let (here, there) = (Gaussian::isotropic(vec![0.0, 0.0], 1.0)?, Gaussian::isotropic(vec![3.0, 0.0], 0.25)?);
    let mut stream = Stream::new(ctx.seed(), "example", 0);
    let source = Arc::new(Measure::uniform(here.sample(500, &mut stream))?);
    let target = Arc::new(Measure::uniform(there.sample(400, &mut stream))?);

    // The certificate bounds how far the plan can be from optimal.
    let exact = transport(&ctx, &source, &target, GroundCost::SquaredEuclidean)?;
    println!("exact:    cost {:.4}, duality gap {:.1e}", exact.plan.cost(), exact.certificate.gap);
    // Between Gaussians W2² is known: |m - n|² + Σ (s - r)² = 9 + 2 (1 - 0.5)².
    println!("law:      cost {:.4}", 9.5);
    println!("W1 {:.4}, W2 {:.4}", metrics::w1(&ctx, &source, &target)?, metrics::w2(&ctx, &source, &target)?);

    // The plan is lazy: potentials and points, no 500 x 400 matrix.
    let (entropic, plan) =
        Sinkhorn::balanced(0.05).solve(&ctx, &source, &target, GroundCost::SquaredEuclidean, None)?;
    println!("entropic: cost {:.4} after {} iterations", plan.cost(), entropic.report.iterations);

    // With relaxed row sums a source may send more or less than it has: that is growth.
    let relaxed = Sinkhorn::semi_relaxed(0.05, 1.0);
    let (entropic, _) = relaxed.solve(&ctx, &source, &target, GroundCost::SquaredEuclidean, None)?;
    let descendants = |i: usize| entropic.row_sums[i] / source.weights()[i];
    let most = (0..source.len()).map(descendants).fold(0.0, f64::max);
    println!("relaxed:  one point has up to {most:.2} descendants");
    Ok(())
}
