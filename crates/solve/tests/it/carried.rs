//! What is carried along: growth and log-density.

use crate::common::{ctx, distance, normals, points, slope};
use thalweg_core::Points;
use thalweg_solve::{FnField, Integrate, SaveAt, Scaled, Scheme, Sum, integrate, log_likelihood};

fn decay(dim: usize) -> FnField<'static> {
    FnField::batch(dim, |_, x, out| out.iter_mut().zip(x).for_each(|(o, x)| *o = -x))
}

#[test]
fn constant_growth_is_exponential() {
    let field = decay(2).with_growth(|_, _| 0.7);
    for seed in 0..3 {
        let x = normals(500, 2, seed);
        for options in [
            Integrate::adaptive(1e-6),
            Integrate::fixed(Scheme::Euler, 20),
            Integrate::fixed(Scheme::StochasticHeun, 20),
        ] {
            let path =
                integrate(&field, &x, None, (0.0, 3.0), &options.saving(SaveAt::Even(7)), &ctx(seed)).expect("valid");
            for (t, w) in path.times.iter().zip(&path.log_weights) {
                assert!(w.len() == 500 && w.iter().all(|w| (w - 0.7 * t).abs() < 1e-12));
            }
        }
    }
}

#[test]
fn growth_along_the_path_is_integrated_to_the_order_of_the_scheme() {
    // x' = -x and g = x cos t: log w = x0 (1 - exp(-t) (cos t - sin t)) / 2.
    let field = decay(1).with_growth(|t, x| x[0] * t.cos());
    let exact = |t: f64, x: f64| 0.5 * x * (1.0 - (-t).exp() * (t.cos() - t.sin()));
    let x = points(1, vec![-1.0, 0.5, 2.0]);
    let worst = |options: &Integrate| {
        let path = integrate(&field, &x, None, (0.0, 2.0), options, &ctx(0)).expect("valid");
        let w = path.log_weights.last().expect("saved").clone();
        let exact: Vec<f64> = x.values().iter().map(|x| exact(2.0, *x)).collect();
        distance(&w, &exact)
    };
    for (scheme, order) in [(Scheme::Euler, 1.0), (Scheme::Midpoint, 2.0), (Scheme::Heun, 2.0), (Scheme::Rk4, 4.0)] {
        let counts = [20, 40, 80];
        let h = counts.map(|n| 2.0 / n as f64);
        let found = slope(&h, &counts.map(|n| worst(&Integrate::fixed(scheme, n))));
        assert!((found - order).abs() < 0.25, "{scheme:?}: order {found}");
    }
    assert!(worst(&Integrate::adaptive(1e-9)) < 1e-8);
}

#[test]
fn log_weights_start_where_they_are_told() {
    let x = points(1, vec![1.0, 2.0]);
    let options = Integrate::default().saving(SaveAt::Even(2));
    let growing = decay(1).with_growth(|_, _| 1.0);
    let path = integrate(&growing, &x, Some(&[3.0, -4.0]), (0.0, 1.0), &options, &ctx(0)).expect("valid");
    assert_eq!(path.log_weights[0], [3.0, -4.0]);
    assert!(distance(&path.log_weights[1], &[4.0, -3.0]) < 1e-12);
    let path = integrate(&decay(1), &x, Some(&[3.0, -4.0]), (0.0, 1.0), &options, &ctx(0)).expect("valid");
    assert_eq!(path.log_weights[1], [3.0, -4.0]);
    let path = integrate(&decay(1), &x, None, (0.0, 1.0), &options, &ctx(0)).expect("valid");
    assert!(path.log_weights.is_empty());
}

fn log_normal(x: &[f64]) -> f64 {
    -0.5 * x.iter().map(|x| x * x).sum::<f64>() - 0.5 * x.len() as f64 * std::f64::consts::TAU.ln()
}

#[test]
fn likelihood_of_a_gaussian_flow_is_exact() {
    // x' = a(t) (x - m) + v with a = 1 - t: from N(0, I), closed form by variation of constants with m = v = 1:
    // y = x - 1 solves y' = a y + 1; scale s(t) = exp(t - t^2/2).
    let d = 3;
    let plain = FnField::batch(d, |t, x, out| out.iter_mut().zip(x).for_each(|(o, x)| *o = (1.0 - t) * (x - 1.0)));
    let exact_div = FnField::batch(d, |t, x, out| out.iter_mut().zip(x).for_each(|(o, x)| *o = (1.0 - t) * (x - 1.0)))
        .with_divergence(move |t, _| d as f64 * (1.0 - t));
    let t1: f64 = 1.5;
    let scale = (t1 - 0.5 * t1 * t1).exp();
    for seed in 0..3 {
        let x = normals(400, d, seed);
        for (field, tolerance) in [(&exact_div, 1e-8), (&plain, 1e-7)] {
            let found = log_likelihood(field, &x, &log_normal, (0.0, t1), &Integrate::adaptive(1e-10), &ctx(seed));
            let found = found.expect("finished");
            for (row, value) in x.rows().zip(&found.values) {
                // x(t1) = 1 + s (x0 - 1).
                let origin: Vec<f64> = row.iter().map(|x| 1.0 + (x - 1.0) / scale).collect();
                let exact = log_normal(&origin) - d as f64 * scale.ln();
                assert!((value - exact).abs() < tolerance, "{value} for {exact}");
            }
        }
    }
}

#[test]
fn likelihood_of_a_nonlinear_flow_is_that_of_the_change_of_variables() {
    // x' = sin x maps x0 to 2 atan(e^t tan(x0 / 2)), whose derivative is sin x / sin x0.
    let field = FnField::rows(1, |_, x, out| out[0] = x[0].sin()).with_divergence(|_, x| x[0].cos());
    let x = points(1, vec![-2.5, -1.0, -0.1, 0.3, 1.7, 3.0]);
    let found = log_likelihood(&field, &x, &log_normal, (0.0, 1.2), &Integrate::adaptive(1e-10), &ctx(0));
    for (row, value) in x.rows().zip(&found.expect("finished").values) {
        let origin = 2.0 * ((-1.2_f64).exp() * (row[0] / 2.0).tan()).atan();
        let exact = log_normal(&[origin]) - (row[0].sin() / origin.sin()).ln();
        assert!((value - exact).abs() < 1e-8, "{value} for {exact}");
    }
}

#[test]
fn likelihood_counts_mass() {
    let field = decay(1).with_growth(|_, _| 0.5).with_divergence(|_, _| -1.0);
    let x = points(1, vec![0.2]);
    let found = log_likelihood(&field, &x, &log_normal, (0.0, 2.0), &Integrate::adaptive(1e-10), &ctx(0));
    let exact = log_normal(&[0.2 * 2.0_f64.exp()]) + 2.0 + 1.0;
    assert!((found.expect("finished").values[0] - exact).abs() < 1e-8);
}

#[test]
fn combined_fields_add_and_scale() {
    let left = decay(1).with_growth(|_, _| 1.0).with_diffusion(|_| 3.0);
    let right = FnField::rows(1, |t, _, out| out[0] = t).with_diffusion(|_| 4.0);
    let sum = Sum::new(&left, &right).expect("one space");
    let twice = Scaled::new(&sum, 2.0);
    use thalweg_core::VectorField;
    let mut out = [0.0];
    twice.velocity(0.5, &[3.0], &mut out);
    assert_eq!(out, [-5.0]);
    twice.divergence(0.5, &[3.0], &mut out);
    assert!((out[0] + 2.0).abs() < 1e-8);
    twice.growth(0.5, &[3.0], &mut out);
    assert_eq!((out[0], twice.diffusion(0.0)), (2.0, 5.0));
    assert!(Sum::new(&left, &decay(2)).is_err());
    assert_eq!(Points::zeros(1, 1).dim(), twice.dim());
}
