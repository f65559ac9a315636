//! What does a step cost a row, and how much of it is the field's own evaluation?
//!
//! `cargo bench -p thalweg-solve` prints nanoseconds per row and step for one thread and two, best of five.
#![allow(clippy::print_stdout)] // A benchmark prints.

use std::time::Instant;
use thalweg_core::{Context, Points, Stream, VectorField};
use thalweg_solve::{FnField, Integrate, Scheme, integrate};

fn main() {
    println!(
        "{:<18} {:>4} {:>6} {:>6} {:>11} {:>11} {:>11}",
        "scheme", "dim", "rows", "evals", "1 thread", "2 threads", "field"
    );
    for (dim, rows) in [(2, 10_000), (50, 10_000)] {
        let plain = oscillators(dim);
        let noisy = oscillators(dim).with_diffusion(|_| 0.1);
        for scheme in [Scheme::Euler, Scheme::Heun, Scheme::Rk4, Scheme::DormandPrince, Scheme::Tsit5, Scheme::Dop853] {
            measure(&plain, scheme, rows);
        }
        for scheme in [Scheme::EulerMaruyama, Scheme::StochasticHeun] {
            measure(&noisy, scheme, rows);
        }
    }
}

/// Independent oscillators, coordinates in pairs: as cheap as a field can be.
fn oscillators(dim: usize) -> FnField<'static> {
    FnField::batch(dim, |_, x, out| {
        for (o, x) in out.chunks_exact_mut(2).zip(x.chunks_exact(2)) {
            o[0] = x[1];
            o[1] = -x[0];
        }
    })
}

fn measure(field: &FnField<'_>, scheme: Scheme, rows: usize) {
    let mut x = Points::zeros(rows, field.dim());
    Stream::new(0, "bench", 0).fill_normal(x.values_mut());
    let options = Integrate { scheme, ..Integrate::fixed(scheme, 50) };
    let mut evaluations = 0.0;
    let mut time = |threads: usize| {
        let ctx = Context::new(0, threads).expect("threads");
        best_of_five(|| {
            let path = integrate(field, &x, None, (0.0, 5.0), &options, &ctx).expect("valid");
            evaluations = path.report.residuals[0].1;
            path.report.iterations
        })
    };
    let (one, two) = (time(1), time(2));
    let mut out = vec![0.0; x.values().len()];
    let alone = best_of_five(|| {
        for block in 0..rows.div_ceil(256) {
            let range = block * 256 * field.dim()..((block + 1) * 256).min(rows) * field.dim();
            field.velocity(0.0, &x.values()[range.clone()], &mut out[range]);
        }
        1
    });
    let per_row = |seconds: f64| format!("{:.1} ns", 1e9 * seconds / rows as f64);
    println!(
        "{:<18} {:>4} {:>6} {:>6} {:>11} {:>11} {:>11}",
        format!("{scheme:?}"),
        field.dim(),
        rows,
        evaluations,
        per_row(one),
        per_row(two),
        per_row(alone)
    );
}

/// Seconds per step of the fastest of five runs; `run` returns its number of steps.
fn best_of_five(mut run: impl FnMut() -> usize) -> f64 {
    (0..5)
        .map(|_| {
            let began = Instant::now();
            let steps = run();
            began.elapsed().as_secs_f64() / steps as f64
        })
        .fold(f64::INFINITY, f64::min)
}
