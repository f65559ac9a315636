//! The systems of `thalweg::matching`, each on a small problem.
//!
//! `cargo run --release -p thalweg --example matching`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::matching::mirror_sinkhorn;
use thalweg::{Context, Result, Stream};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    regularised_by_nothing(&ctx)
}

/// Mirror Sinkhorn: the cheapest plan from noisy costs, without an epsilon.
fn regularised_by_nothing(ctx: &Context) -> Result<()> {
    let mut stream = Stream::new(ctx.seed(), "example", 0);
    let cost = (0..100).map(|_| stream.uniform()).collect();
    let weights = [0.1; 10];
    let objective = mirror_sinkhorn::Noisy { inner: mirror_sinkhorn::Linear { cost }, deviation: 0.1 };
    let found = mirror_sinkhorn::minimise(ctx, &[&weights, &weights], &objective, &mirror_sinkhorn::Config::default())?;
    for (steps, value) in &found.trace {
        println!("mirror Sinkhorn: {value:.4} after {steps} steps");
    }
    Ok(())
}
