//! Series with known measures.

use thalweg_core::{Context, Points, Stream, VectorField};
use thalweg_solve::{FnField, Integrate, SaveAt, Scheme, integrate};

pub fn ctx() -> Context {
    Context::new(0, 2).unwrap()
}

pub fn rows(x: &[f64]) -> Points {
    Points::new(1, x.to_vec()).unwrap()
}

/// Columns of a trajectory.
pub fn column(x: &Points, k: usize) -> Vec<f64> {
    x.rows().map(|row| row[k]).collect()
}

pub fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    Stream::new(seed, "test/noise", 0).fill_normal(&mut x);
    x
}

/// `x <- 4 x (1 - x)`, from a different place for each seed.
pub fn logistic(n: usize, seed: u64) -> Vec<f64> {
    let mut x = 0.3 + 0.1 * Stream::new(seed, "test/logistic", 0).uniform();
    let step = || {
        x = 4.0 * x * (1.0 - x);
        x
    };
    std::iter::repeat_with(step).skip(100).take(n).collect()
}

/// The map of Henon at a = 1.4, b = 0.3.
pub fn henon(n: usize, seed: u64) -> Points {
    let (mut x, mut y) = (0.1 * Stream::new(seed, "test/henon", 0).uniform(), 0.1);
    let step = || {
        (x, y) = (1.0 - 1.4 * x * x + y, 0.3 * x);
        [x, y]
    };
    Points::new(2, std::iter::repeat_with(step).skip(100).take(n).flatten().collect()).unwrap()
}

fn lorenz_rate(_: f64, x: &[f64], out: &mut [f64]) {
    for (x, out) in x.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
        out[0] = 10.0 * (x[1] - x[0]);
        out[1] = x[0] * (28.0 - x[2]) - x[1];
        out[2] = x[0] * x[1] - 8.0 / 3.0 * x[2];
    }
}

fn rossler_rate(_: f64, x: &[f64], out: &mut [f64]) {
    for (x, out) in x.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
        out[0] = -x[1] - x[2];
        out[1] = x[0] + 0.2 * x[1];
        out[2] = 0.2 + x[2] * (x[0] - 5.7);
    }
}

pub fn lorenz_law() -> impl VectorField {
    FnField::batch(3, lorenz_rate)
}

pub fn rossler_law() -> impl VectorField {
    FnField::batch(3, rossler_rate)
}

/// `n` states, `dt` apart, after `settle`.
pub fn orbit(law: &dyn VectorField, start: &[f64], n: usize, dt: f64, settle: f64) -> Points {
    let start = Points::new(start.len(), start.to_vec()).unwrap();
    let fine = Integrate::fixed(Scheme::Rk4, (settle / 0.01) as usize + 1);
    let begin = integrate(law, &start, None, (0.0, settle + 1e-9), &fine, &ctx()).unwrap();
    let span = (0.0, (n - 1) as f64 * dt);
    let steps = Integrate::fixed(Scheme::Rk4, (span.1 / 0.02) as usize).saving(SaveAt::Even(n));
    let path = integrate(law, begin.last().unwrap(), None, span, &steps, &ctx()).unwrap();
    assert!(path.report.converged());
    Points::new(start.dim(), path.states.iter().flat_map(|s| s.values().to_vec()).collect()).unwrap()
}

pub fn lorenz(n: usize, dt: f64, seed: u64) -> Points {
    orbit(&lorenz_law(), &[1.0 + 0.1 * seed as f64, 1.0, 20.0], n, dt, 30.0)
}
