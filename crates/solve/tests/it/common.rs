//! Problems with known solutions, and the slope of an error.

use thalweg_core::{Context, Points};
use thalweg_solve::FnField;

/// A field with its solution from `x` at time 0.
pub struct Problem {
    pub name: &'static str,
    pub field: FnField<'static>,
    pub start: Vec<f64>,
    pub exact: fn(f64, &[f64]) -> Vec<f64>,
}

/// Harmonic oscillator, logistic growth, and `x' = -2 t x`.
pub fn problems() -> Vec<Problem> {
    vec![
        Problem {
            name: "harmonic oscillator",
            field: FnField::rows(2, |_, x, out| {
                out[0] = x[1];
                out[1] = -x[0];
            }),
            start: vec![1.0, 0.5],
            exact: |t, x| vec![x[0] * t.cos() + x[1] * t.sin(), -x[0] * t.sin() + x[1] * t.cos()],
        },
        Problem {
            name: "logistic growth",
            field: FnField::rows(1, |_, x, out| out[0] = 2.0 * x[0] * (1.0 - x[0])),
            start: vec![0.1],
            exact: |t, x| vec![1.0 / (1.0 + (1.0 / x[0] - 1.0) * (-2.0 * t).exp())],
        },
        Problem {
            name: "linear in a changing time",
            field: FnField::rows(1, |t, x, out| out[0] = -2.0 * t * x[0]),
            start: vec![1.5],
            exact: |t, x| vec![x[0] * (-t * t).exp()],
        },
    ]
}

/// Slope of `log error` over `log h` by least squares.
pub fn slope(h: &[f64], error: &[f64]) -> f64 {
    let n = h.len() as f64;
    let (x, y): (Vec<f64>, Vec<f64>) = h.iter().zip(error).map(|(h, e)| (h.ln(), e.ln())).unzip();
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let cov: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    cov / x.iter().map(|x| (x - mx) * (x - mx)).sum::<f64>()
}

pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

pub fn ctx(seed: u64) -> Context {
    Context::new(seed, 2).expect("threads")
}

pub fn points(dim: usize, values: Vec<f64>) -> Points {
    Points::new(dim, values).expect("rows")
}

/// `n` rows of standard normals.
pub fn normals(n: usize, dim: usize, seed: u64) -> Points {
    let mut x = Points::zeros(n, dim);
    thalweg_core::Stream::new(seed, "test-points", 0).fill_normal(x.values_mut());
    x
}
