//! The two regimes of a mixed mass: rings shorter than 1 / kept gather it, longer ones do not.
//!
//! `cargo run --release -p thalweg-field --example two_regimes`
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use thalweg_core::{Context, Result};
use thalweg_field::mass_exchange::{Config, Exchange, shape, simulate};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    println!("{:>6} {:>6} {:>10} {:>8} {:>8} {:>10}", "sites", "kept", "<u^2>", "error", "theory", "occupied");
    for kept in [0.2, 0.01] {
        for sites in [8, 32, 128] {
            let exchange = Exchange::PairSum { kept };
            let config = Config { sites, exchange, relax: 4000, sweeps: 4000, ..Config::default() };
            let found = simulate(&ctx, &config)?;
            let occupied: usize = found.rings.iter().map(|r| shape(r.masses(), 0.5).occupied).sum();
            println!(
                "{sites:6} {kept:6} {:10.3} {:8.3} {:8.3} {:10.3}",
                found.mean,
                found.error,
                config.exchange.second_moment(sites),
                occupied as f64 / (sites * config.replicas) as f64
            );
        }
    }
    Ok(())
}
