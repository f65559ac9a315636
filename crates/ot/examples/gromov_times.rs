//! Times transport between spaces on files of raw f64 matrices, for `benches/ot_gromov.py`.
//!
//! `gromov_times THREADS exact|entropic C1 C2 [M ALPHA EPSILON]` prints seconds, the objective and the number of iterations. Weights
//! are equal; the clock starts with the matrices in memory. Without costs between the spaces, M is `-`.
#![allow(clippy::print_stdout, reason = "the script reads what it prints")]

use std::error::Error;
use std::time::Instant;
use thalweg_core::Context;
use thalweg_ot::gromov::{EntropicGromov, Gromov, QuadraticLoss, Scheme, Spaces};
use thalweg_ot::{CostMatrix, Sinkhorn};

fn numbers(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|c| f64::from_le_bytes(*c)).collect())
}

fn square(path: &str) -> Result<CostMatrix, Box<dyn Error>> {
    let values = numbers(path)?;
    let n = values.len().isqrt();
    Ok(CostMatrix::new(n, n, values)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [threads, mode, first, second, between, alpha, epsilon] = &args[..] else {
        return Err("usage: gromov_times THREADS exact|entropic C1 C2 M ALPHA EPSILON".into());
    };
    let ctx = Context::new(0, threads.parse()?)?;
    let (first, second) = (square(first)?, square(second)?);
    let (n, m) = (first.rows(), second.rows());
    let between = if between == "-" { None } else { Some(CostMatrix::new(n, m, numbers(between)?)?) };
    let (p, q) = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
    let alpha = alpha.parse()?;
    let spaces = Spaces { p: &p, q: &q, first: &first, second: &second, between: between.as_ref(), alpha };
    let start = Instant::now();
    let found = if mode == "exact" {
        // POT's own tolerances.
        Gromov { loss: QuadraticLoss::Square, relative: 1e-9, absolute: 1e-9, max_iterations: 10_000 }
            .solve(&ctx, &spaces, None)?
    } else {
        let inner = Sinkhorn { tolerance: 1e-9, max_iterations: 1000, ..Sinkhorn::balanced(epsilon.parse()?) };
        EntropicGromov {
            loss: QuadraticLoss::Square,
            scheme: Scheme::ProjectedGradient,
            inner,
            tolerance: 1e-9,
            max_iterations: 1000,
        }
        .solve(&ctx, &spaces, None)?
    };
    println!("{:.6} {:.15e} {}", start.elapsed().as_secs_f64(), found.value, found.course.len() - 1);
    Ok(())
}
