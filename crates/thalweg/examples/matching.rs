//! The systems of `thalweg::matching`, each on a small problem.
//!
//! `cargo run --release -p thalweg --example matching`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::ot::{CostMatrix, assign};
use thalweg::{Context, Result, Stream};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    noisy_costs(&ctx)?;
    permutations(&ctx)
}

/// Mirror Sinkhorn: the cheapest plan from noisy costs, without an epsilon.
fn noisy_costs(ctx: &Context) -> Result<()> {
    use thalweg::matching::mirror_sinkhorn::{Config, Linear, Noisy, minimise};
    let mut stream = Stream::new(ctx.seed(), "example", 0);
    let cost = (0..100).map(|_| stream.uniform()).collect();
    let weights = [0.1; 10];
    let objective = Noisy { inner: Linear { cost }, deviation: 0.1 };
    let found = minimise(ctx, &[&weights, &weights], &objective, &Config::default())?;
    println!("mirror Sinkhorn: cost {:.4} from noisy gradients, marginals exact", found.value);
    Ok(())
}

/// Adaptive annealing: a batch of costs cooled to permutations.
fn permutations(ctx: &Context) -> Result<()> {
    use thalweg::matching::annealing::{Config, anneal};
    let mut stream = Stream::new(ctx.seed(), "example", 1);
    let mut cost = || CostMatrix::new(16, 16, (0..256).map(|_| stream.uniform()).collect());
    let costs = [cost()?, cost()?];
    let config = Config { floor: 3e-4, ratio: 0.8, sweeps: 1, ..Config::default() };
    let annealed = anneal(ctx, &costs, &config)?;
    let found = &annealed.matchings[0];
    println!("annealing: permutation {}, cost {:.4}, {} brakes", found.permutation, found.cost, annealed.brakes);
    println!("           the optimum is {:.4}", assign(&costs[0])?.cost);
    Ok(())
}
