//! Times unbalanced co-optimal transport between two files of raw f64 tables, for `benches/ot_gromov.py`.
//!
//! `coot_times THREADS X Y FEATURES-OF-X FEATURES-OF-Y RHO EPSILON` prints seconds, objective, transport cost and rounds.
#![allow(clippy::print_stdout, reason = "the script reads what it prints")]

use std::error::Error;
use std::time::Instant;
use thalweg_core::{Context, Points};
use thalweg_match::coot::{Config, Problem, solve};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [threads, x, y, d, e, rho, epsilon] = &args[..] else {
        return Err("usage: coot_times THREADS X Y FEATURES-OF-X FEATURES-OF-Y RHO EPSILON".into());
    };
    let table = |path: &str, dim: &str| -> Result<Points, Box<dyn Error>> {
        let bytes = std::fs::read(path)?;
        Ok(Points::new(dim.parse()?, bytes.as_chunks::<8>().0.iter().map(|c| f64::from_le_bytes(*c)).collect())?)
    };
    let (ctx, x, y) = (Context::new(0, threads.parse()?)?, table(x, d)?, table(y, e)?);
    let rho = rho.parse()?;
    let config = Config {
        rho_source: rho,
        rho_target: rho,
        epsilon: epsilon.parse()?,
        inner_tolerance: 1e-7,
        ..Config::default()
    };
    let start = Instant::now();
    let found = solve(&ctx, &Problem::new(&x, &y), &config)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{seconds:.6} {:.15e} {:.15e} {}", found.objective, found.cost, found.report.iterations);
    Ok(())
}
