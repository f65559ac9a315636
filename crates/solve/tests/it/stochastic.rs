//! SDE steppers: stationary laws, streams, numbers of steps.

use crate::common::{ctx, normals};
use thalweg_core::Points;
use thalweg_solve::{FnField, Integrate, NoisyField, SaveAt, Scheme, integrate, noise_within, steps_for_noise};

const THETA: f64 = 1.2;
const SIGMA: f64 = 0.8;

fn variance(x: &Points) -> f64 {
    let n = x.values().len() as f64;
    let mean = x.values().iter().sum::<f64>() / n;
    x.values().iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)
}

#[test]
fn the_stationary_variance_of_ornstein_uhlenbeck_is_met() {
    let field = FnField::rows(2, |_, x, out| {
        out[0] = -THETA * x[0];
        out[1] = -THETA * x[1];
    })
    .with_diffusion(|_| SIGMA);
    let exact = SIGMA * SIGMA / (2.0 * THETA);
    let h: f64 = 0.05;
    // Stationary variance of Euler-Maruyama itself: sigma^2 / (2 theta - theta^2 h).
    let discrete = SIGMA * SIGMA / (2.0 * THETA - THETA * THETA * h);
    for seed in 0..3 {
        let x = Points::zeros(10_000, 2);
        for (scheme, expected) in [(Scheme::EulerMaruyama, discrete), (Scheme::StochasticHeun, exact)] {
            let options = Integrate::fixed(scheme, (6.0 / h) as usize);
            let path = integrate(&field, &x, None, (0.0, 6.0), &options, &ctx(seed)).expect("valid");
            let found = variance(path.last().expect("saved"));
            // Four standard errors of the variance of 20,000 normals; Heun's own bias is below a tenth of that.
            let band = 4.0 * expected * (2.0_f64 / 20_000.0).sqrt();
            assert!((found - expected).abs() < band, "seed {seed} {scheme:?}: {found} for {expected}");
        }
    }
}

#[test]
fn noisy_fields_keep_the_marginals_of_the_flow_both_ways() {
    // x_t = (1 + t) z, z normal: b = x / (1 + t), score = -x / (1 + t)^2.
    let drift = FnField::rows(1, |t, x, out| out[0] = x[0] / (1.0 + t));
    let score = FnField::rows(1, |t, x, out| out[0] = -x[0] / ((1.0 + t) * (1.0 + t)));
    let forward = NoisyField::forward(&drift, &score, |t| 0.5 + t).expect("one space");
    let backward = NoisyField::backward(&drift, &score, |t| 0.5 + t).expect("one space");
    let options = Integrate::fixed(Scheme::StochasticHeun, 200);
    for seed in 0..3 {
        let x = normals(20_000, 1, seed);
        let end = integrate(&forward, &x, None, (0.0, 1.0), &options, &ctx(seed)).expect("valid");
        let end = end.last().expect("saved");
        let band = 4.0 * (2.0_f64 / 20_000.0).sqrt();
        assert!((variance(end) / 4.0 - 1.0).abs() < band, "seed {seed} forward: {}", variance(end));
        let mut start = normals(20_000, 1, seed + 10);
        start.values_mut().iter_mut().for_each(|v| *v *= 2.0);
        let back = integrate(&backward, &start, None, (1.0, 0.0), &options, &ctx(seed)).expect("valid");
        let back = back.last().expect("saved");
        assert!((variance(back) - 1.0).abs() < band, "seed {seed} backward: {}", variance(back));
    }
}

#[test]
fn the_path_of_a_row_does_not_depend_on_the_rows_beside_it() {
    let field = FnField::rows(2, |_, x, out| {
        out[0] = x[1];
        out[1] = -x[0];
    })
    .with_diffusion(|t| 0.3 + t);
    let x = normals(700, 2, 4);
    let few = x.select(&(0..300).collect::<Vec<_>>());
    let options = Integrate::fixed(Scheme::StochasticHeun, 30).saving(SaveAt::Even(4));
    for seed in 0..3 {
        let all = integrate(&field, &x, None, (0.0, 1.0), &options, &ctx(seed)).expect("valid");
        let part = integrate(&field, &few, None, (0.0, 1.0), &options, &ctx(seed)).expect("valid");
        for (a, b) in all.states.iter().zip(&part.states) {
            assert_eq!(&a.values()[..600], b.values());
        }
        assert_ne!(all.last().expect("saved").row(0), all.last().expect("saved").row(1));
    }
}

/// `dx = -rate x dt + sigma dW`, in 2-D.
fn relaxation(rate: f64, sigma: f64) -> FnField<'static> {
    FnField::rows(2, move |_, x, out| out.iter_mut().zip(x).for_each(|(o, x)| *o = -rate * x))
        .with_diffusion(move |_| sigma)
}

#[test]
fn steps_follow_the_span_and_the_law() {
    let steps = |rate: f64, sigma: f64, span: f64, tolerance: f64, seed: u64| {
        let start = normals(600, 2, seed);
        steps_for_noise(&relaxation(rate, sigma), &start, (0.0, span), tolerance, &ctx(seed)).unwrap()
    };
    for seed in 0..3 {
        // Euler's error over a span that is long beside 1/rate is rate h / 2 of the spread, up to the factor of the
        // noise: order 1 in the tolerance. Unchanged laws in other units of time ask for the same steps.
        let base = steps(1.0, std::f64::consts::SQRT_2, 4.0, 0.02, seed);
        assert_eq!(steps(1.0, std::f64::consts::SQRT_2, 4.0, 0.005, seed), 4 * base, "seed {seed}");
        assert_eq!(steps(1.0, std::f64::consts::SQRT_2, 16.0, 0.02, seed), 4 * base, "seed {seed}");
        assert_eq!(steps(4.0, 8.0_f64.sqrt(), 1.0, 0.02, seed), base, "seed {seed}");
        // 100 steps of this law would explode: rate h is 3 there, and 2 is the limit.
        assert!(steps(300.0, 1.0, 1.0, 0.02, seed) >= 2048, "seed {seed}");
        // Hardly any drift, hardly any steps.
        assert_eq!(steps(1e-3, 1.0, 1.0, 0.02, seed), 16, "seed {seed}");
    }
}

#[test]
fn the_law_at_the_end_is_right_in_the_chosen_steps() {
    // From a point, the variance at time t is sigma² (1 - exp(-2 rate t)) / (2 rate).
    let (rate, sigma, span) = (40.0, 3.0, 1.0);
    let field = relaxation(rate, sigma);
    let start = Points::zeros(20_000, 2);
    for seed in 0..3 {
        let steps = steps_for_noise(&field, &start, (0.0, span), 0.02, &ctx(seed)).unwrap();
        let options = Integrate::fixed(Scheme::StochasticHeun, steps);
        let end = integrate(&field, &start, None, (0.0, span), &options, &ctx(seed)).unwrap();
        let found = end.states[0].values().iter().map(|x| x * x).sum::<f64>() / 40_000.0;
        let known = sigma * sigma * (1.0 - f64::exp(-2.0 * rate * span)) / (2.0 * rate);
        // Four standard errors of a variance of 40,000 numbers are 0.028 of it.
        assert!((found / known - 1.0).abs() < 0.03, "seed {seed}: {steps} steps, {found} for {known}");
    }
}

#[test]
fn noise_is_looked_for_over_the_whole_span() {
    // None at the ends and in the middle, as two bridges in a row.
    let field = FnField::rows(1, |_, _, out| out[0] = 0.0)
        .with_diffusion(|t| (std::f64::consts::TAU * t).sin().abs() * f64::from(t > 0.0 && t != 0.5 && t < 1.0));
    assert_eq!([0.0, 0.5, 1.0].map(|t| thalweg_core::VectorField::diffusion(&field, t)), [0.0; 3]);
    let (when, sigma) = noise_within(&field, (0.0, 1.0)).unwrap();
    assert!(when > 0.0 && sigma > 0.0);
    let refused = integrate(&field, &Points::zeros(1, 1), None, (0.0, 1.0), &Integrate::default(), &ctx(0));
    assert!(refused.unwrap_err().to_string().contains("noise"));
    assert!(noise_within(&relaxation(1.0, 0.0), (0.0, 1.0)).is_none());
}
