//! Median seconds of the exact and entropic solvers, from points to answer, on one thread unless said.
//!
//! `cargo bench -p thalweg-ot` prints a table; `cargo bench -p thalweg-ot -- simplex` only the lines that
//! contain one of the words.
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use thalweg_core::{Context, Coupling, Measure, Points, Stream};
use thalweg_ot::coupling::{EntropicBatch, ExactBatch};
use thalweg_ot::{GroundCost, Sinkhorn, assign, transport};

fn cube(seed: u64, n: usize, dim: usize) -> Points {
    let mut stream = Stream::new(seed, "cube", n as u64);
    Points::new(dim, (0..n * dim).map(|_| stream.uniform()).collect()).expect("a positive dimension")
}

fn weighted(seed: u64, n: usize, dim: usize) -> Arc<Measure> {
    let mut stream = Stream::new(seed, "weights", n as u64);
    let weights = (0..n).map(|_| 0.1 + stream.uniform()).collect();
    Arc::new(Measure::new(cube(seed, n, dim), weights).expect("positive weights"))
}

/// Median over fresh problems, one a seed.
fn line(name: &str, seeds: u64, work: impl Fn(u64)) {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    if words.peek().is_some() && !words.any(|word| name.contains(&word)) {
        return;
    }
    let mut seconds: Vec<f64> = (0..seeds)
        .map(|seed| {
            let start = Instant::now();
            work(seed);
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    println!("{name:<44} {:>12.6} s", seconds[seconds.len() / 2]);
}

fn main() {
    let one = Context::new(0, 1).expect("a thread");
    let two = Context::new(0, 2).expect("two threads");
    let squared = GroundCost::SquaredEuclidean;
    for dim in [2, 50] {
        for (n, seeds) in [(256, 101), (1000, 9), (2000, 5), (5000, 3)] {
            let clouds: Vec<_> = (0..seeds).map(|s| (cube(s, n, dim), cube(s + 1000, n, dim))).collect();
            line(&format!("assignment {n}x{n} d={dim}"), seeds, |s| {
                let (x, y) = &clouds[s as usize];
                let cost = one.install(|| squared.matrix(x, y)).expect("finite costs");
                black_box(assign(&cost).expect("a square matrix").cost);
            });
        }
        let (a, b) = (Arc::new(Measure::counted(cube(1, 10_000, dim)).expect("points")), weighted(2, 10_000, dim));
        let b = Arc::new(Measure::counted(b.points().clone()).expect("points"));
        let coupling = ExactBatch::new(a.clone(), b.clone()).expect("one dimension");
        line(&format!("exact batch 256 d={dim}"), 301, |s| {
            black_box(coupling.draw(256, &mut Stream::new(s, "batch", s)).expect("a batch"));
        });
        let coupling = EntropicBatch::new(a, b, 0.05).expect("one dimension");
        line(&format!("entropic batch 256 d={dim}"), 51, |s| {
            one.install(|| black_box(coupling.draw(256, &mut Stream::new(s, "batch", s)).expect("a batch")));
        });
    }
    for (n, m, dim, seeds) in
        [(1000, 1000, 2, 5), (2000, 2000, 2, 3), (5000, 4000, 2, 3), (2000, 2000, 50, 3), (6000, 6000, 2, 1)]
    {
        for ground in [squared, GroundCost::Euclidean] {
            line(&format!("simplex {n}x{m} d={dim} {ground:?}"), seeds, |s| {
                let exact =
                    transport(&one, &weighted(s, n, dim), &weighted(s + 1000, m, dim), ground).expect("an optimum");
                assert!(exact.certificate.gap < 1e-12 * exact.certificate.scale);
            });
        }
    }
    for (n, dim) in [(2000, 2), (6000, 2), (2000, 50)] {
        let (a, b) = (cube(1, n, dim), cube(2, n, dim));
        let (a, b) = (Arc::new(Measure::counted(a).expect("points")), Arc::new(Measure::counted(b).expect("points")));
        let epsilon = 0.05 * dim as f64 / 6.0;
        for (name, settings) in
            [("balanced", Sinkhorn::balanced(epsilon)), ("semi-relaxed", Sinkhorn::semi_relaxed(epsilon, 1.0))]
        {
            line(&format!("entropic {name} {n}x{n} d={dim}, 2 threads"), 3, |_| {
                let (entropic, _) = settings.solve(&two, &a, &b, squared, None).expect("a plan");
                assert!(entropic.report.converged());
            });
        }
    }
}
