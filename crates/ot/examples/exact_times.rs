//! Times exact transport between two files of raw f64 points, for `benches/ot_exact.py`.
//!
//! `exact_times DIM THREADS clouds|matrix X Y [A B]` prints seconds, cost, gap, scale and the largest resident memory in MiB. `clouds` counts everything from
//! points to proof; `matrix` builds the cost matrix before the clock starts. `batches` solves consecutive pieces of 256
//! points as mini-batches would and prints the mean seconds of one.
#![allow(clippy::print_stdout, reason = "the script reads what it prints")]

use std::error::Error;
use std::time::Instant;
use thalweg_core::{Context, Measure, Points};
use thalweg_ot::{GroundCost, assign_many, transport, transport_matrix};

fn numbers(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|c| f64::from_le_bytes(*c)).collect())
}

/// The largest resident memory of this process in MiB, where the system tells it (what a parent is told counts the parent).
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dim, threads, mode, x, y, weights @ ..] = &args[..] else {
        return Err("usage: exact_times DIM THREADS clouds|matrix|batches X Y [A B]".into());
    };
    let (dim, ctx) = (dim.parse()?, Context::new(0, threads.parse()?)?);
    let (x, y) = (Points::new(dim, numbers(x)?)?, Points::new(dim, numbers(y)?)?);
    let (a, b) = match weights {
        [a, b] => (numbers(a)?, numbers(b)?),
        _ => (vec![1.0; x.len()], vec![1.0; y.len()]),
    };
    let ground = GroundCost::SquaredEuclidean;
    let exact = match mode.as_str() {
        "clouds" => {
            let (source, target) = (Measure::new(x, a)?, Measure::new(y, b)?);
            let start = Instant::now();
            let exact = transport(&ctx, &source, &target, ground)?;
            print!("{:.6}", start.elapsed().as_secs_f64());
            exact
        }
        "matrix" => {
            let cost = ctx.install(|| ground.matrix(&x, &y))?;
            let start = Instant::now();
            let exact = transport_matrix(&ctx, &a, &b, &cost)?;
            print!("{:.6}", start.elapsed().as_secs_f64());
            exact
        }
        _ => {
            let batches = x.len() / 256;
            let piece = |p: &Points, k: usize| p.select(&(k * 256..(k + 1) * 256).collect::<Vec<_>>());
            let pieces: Vec<_> = (0..batches).map(|k| (piece(&x, k), piece(&y, k))).collect();
            let start = Instant::now();
            let found = assign_many(&ctx, &pieces, ground)?;
            let seconds = start.elapsed().as_secs_f64() / batches as f64;
            let cost = found.iter().map(|a| a.cost / 256.0).sum::<f64>();
            println!("{seconds:.6} {cost:e} 0 1 {:.0}", peak());
            return Ok(());
        }
    };
    let c = &exact.certificate;
    println!(" {:e} {:e} {:e} {:.0}", c.primal, c.gap, c.scale, peak());
    Ok(())
}
