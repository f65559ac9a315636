//! Times sliced transport between files of raw f64 points, for `benches/ot_gromov.py`.
//!
//! `sliced_times THREADS DIM X Y DIRECTIONS` prints seconds and the mean of `W2^2` over the directions. Weights are equal; the
//! clock starts with the points in memory.
#![allow(clippy::print_stdout, reason = "the script reads what it prints")]

use std::error::Error;
use std::time::Instant;
use thalweg_core::{Context, Measure, Points};
use thalweg_ot::sliced_costs;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [threads, dim, x, y, directions] = &args[..] else {
        return Err("usage: sliced_times THREADS DIM X Y DIRECTIONS".into());
    };
    let (ctx, dim) = (Context::new(0, threads.parse()?)?, dim.parse()?);
    let points = |path: &str| -> Result<Points, Box<dyn Error>> {
        let bytes = std::fs::read(path)?;
        Ok(Points::new(dim, bytes.as_chunks::<8>().0.iter().map(|c| f64::from_le_bytes(*c)).collect())?)
    };
    let (x, y, directions) = (Measure::uniform(points(x)?)?, Measure::uniform(points(y)?)?, points(directions)?);
    let start = Instant::now();
    let costs = sliced_costs(&ctx, &x, &y, &directions, 2.0)?;
    let mean = costs.iter().sum::<f64>() / costs.len() as f64;
    println!("{:.6} {mean:.17e}", start.elapsed().as_secs_f64());
    Ok(())
}
