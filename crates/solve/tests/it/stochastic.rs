//! SDE steppers: weak and strong order, stationary laws.

use crate::common::{ctx, normals, slope};
use thalweg_core::{Points, Stream};
use thalweg_solve::{
    EulerMaruyama, FnField, Integrate, Noise, NoisyField, SaveAt, Scheme, Stepper, StochasticHeun, System, integrate,
    noise_within, steps_for_noise,
};

/// `dx = -theta x dt + sigma(t) dW`.
struct Ou;

const THETA: f64 = 1.2;
const SIGMA: f64 = 0.8;

impl System for Ou {
    fn drift(&self, _t: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(o, y)| *o = -THETA * y);
    }

    fn diffusion(&self, _t: f64, _y: &[f64], out: &mut [f64]) {
        out.fill(SIGMA);
    }
}

/// `dx = mu x dt + s x dW`.
struct Geometric;

const MU: f64 = 0.4;
const S: f64 = 0.7;

impl System for Geometric {
    fn drift(&self, _t: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(o, y)| *o = MU * y);
    }

    fn diffusion(&self, _t: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(o, y)| *o = S * y);
    }
}

/// Noise that was drawn before.
struct Given(Vec<f64>);

impl Noise for Given {
    fn normals(&mut self, out: &mut [f64]) {
        out.copy_from_slice(&self.0);
    }
}

/// Runs `steps` steps to time 1 under the given increments of Brownian motion, one a step and row.
fn run(stepper: &mut dyn Stepper, system: &dyn System, x0: f64, increments: &[Vec<f64>]) -> Vec<f64> {
    let h = 1.0 / increments.len() as f64;
    let mut y = vec![x0; increments[0].len()];
    let (mut next, mut error) = (y.clone(), y.clone());
    for (k, dw) in increments.iter().enumerate() {
        let mut noise = Given(dw.iter().map(|w| w / h.sqrt()).collect());
        stepper.step(system, k as f64 * h, h, &y, &mut noise, &mut next, &mut error);
        stepper.accept(false);
        std::mem::swap(&mut y, &mut next);
    }
    y
}

const FINE: usize = 256;
const PATHS: usize = 4000;

/// Sums groups of increments.
fn coarsen(fine: &[Vec<f64>], steps: usize) -> Vec<Vec<f64>> {
    let group = fine.len() / steps;
    let sum = |rows: &[Vec<f64>]| (0..PATHS).map(|p| rows.iter().map(|r| r[p]).sum()).collect();
    fine.chunks(group).map(sum).collect()
}

/// Strong errors for 8, 16, 32, 64 steps: root mean square over paths.
fn strong(stepper: fn() -> Box<dyn Stepper>, system: &dyn System, x0: f64, fine: &[Vec<f64>], exact: &[f64]) -> f64 {
    let counts = [8, 16, 32, 64];
    let h = counts.map(|n| 1.0 / n as f64);
    let errors = counts.map(|n| {
        let end = run(stepper().as_mut(), system, x0, &coarsen(fine, n));
        (end.iter().zip(exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / PATHS as f64).sqrt()
    });
    slope(&h, &errors)
}

fn euler() -> Box<dyn Stepper> {
    Box::new(EulerMaruyama::default())
}

fn heun() -> Box<dyn Stepper> {
    Box::new(StochasticHeun::default())
}

#[test]
fn additive_noise_has_strong_order_one() {
    for seed in 0..3 {
        // The increment of W and the stochastic integral of exp(-theta (t + h - s)) over each fine step are
        // drawn together from their exact joint law, so the exact solution is known on the same path.
        let h = 1.0 / FINE as f64;
        let var_i = (1.0 - (-2.0 * THETA * h).exp()) / (2.0 * THETA);
        let cov = (1.0 - (-THETA * h).exp()) / THETA;
        let mut stream = Stream::new(seed, "test-ou", 0);
        let mut exact = vec![1.0; PATHS];
        let mut fine = Vec::new();
        for _ in 0..FINE {
            let mut dw = vec![0.0; PATHS];
            for (w, x) in dw.iter_mut().zip(&mut exact) {
                let (a, b) = (stream.normal(), stream.normal());
                *w = h.sqrt() * a;
                let integral = cov / h.sqrt() * a + (var_i - cov * cov / h).max(0.0).sqrt() * b;
                *x = (-THETA * h).exp() * *x + SIGMA * integral;
            }
            fine.push(dw);
        }
        for stepper in [euler, heun] {
            let order = strong(stepper, &Ou, 1.0, &fine, &exact);
            assert!((order - 1.0).abs() < 0.1, "seed {seed}: strong order {order}");
        }
    }
}

#[test]
fn multiplicative_noise_is_ito_for_euler_maruyama_and_stratonovich_for_heun() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "test-geometric", 0);
        let root = (1.0 / FINE as f64).sqrt();
        let fine: Vec<Vec<f64>> = (0..FINE).map(|_| (0..PATHS).map(|_| root * stream.normal()).collect()).collect();
        let w: Vec<f64> = (0..PATHS).map(|p| fine.iter().map(|r| r[p]).sum()).collect();
        let ito: Vec<f64> = w.iter().map(|w| (MU - 0.5 * S * S + S * w).exp()).collect();
        let stratonovich: Vec<f64> = w.iter().map(|w| (MU + S * w).exp()).collect();
        let order = strong(euler, &Geometric, 1.0, &fine, &ito);
        assert!((order - 0.5).abs() < 0.12, "seed {seed}: Euler-Maruyama has strong order {order}");
        let order = strong(heun, &Geometric, 1.0, &fine, &stratonovich);
        assert!((order - 1.0).abs() < 0.12, "seed {seed}: stochastic Heun has strong order {order}");
    }
}

/// Mean and variance at time 1 of the scheme on [`Ou`] from 1, without sampling: one step is `r x + s xi`.
fn moments(stepper: &mut dyn Stepper, steps: usize) -> (f64, f64) {
    let h = 1.0 / steps as f64;
    let mut one = |x: f64, xi: f64| {
        let (mut next, mut error) = ([0.0], [0.0]);
        stepper.step(&Ou, 0.0, h, &[x], &mut Given(vec![xi]), &mut next, &mut error);
        next[0]
    };
    let (r, s) = (one(1.0, 0.0), one(0.0, 1.0));
    (0..steps).fold((1.0, 0.0), |(mean, variance), _| (r * mean, r * r * variance + s * s))
}

#[test]
fn weak_order_is_one_for_euler_maruyama_and_two_for_heun() {
    let mean = (-THETA).exp();
    let variance = SIGMA * SIGMA * (1.0 - (-2.0 * THETA).exp()) / (2.0 * THETA);
    let counts = [16, 32, 64, 128];
    let h = counts.map(|n| 1.0 / n as f64);
    for (stepper, expected) in [(euler as fn() -> Box<dyn Stepper>, 1.0), (heun, 2.0)] {
        let first = slope(&h, &counts.map(|n| (moments(stepper().as_mut(), n).0 - mean).abs()));
        let second = slope(&h, &counts.map(|n| (moments(stepper().as_mut(), n).1 - variance).abs()));
        assert!((first - expected).abs() < 0.1, "weak order of the mean {first}");
        assert!((second - expected).abs() < 0.1, "weak order of the variance {second}");
    }
}

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
