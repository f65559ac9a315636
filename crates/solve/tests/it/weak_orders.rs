//! Weak order of SDE steppers: exact moments, without sampling.

use crate::common::slope;
use crate::noisy_laws::{A, B, Drawn, Given, Matrix, SENSES, SIGMA, THETA, alpha, linear, ornstein_uhlenbeck, sinh};
use thalweg_solve::{Diffusion, Extra, Law, NoiseKind, Scheme, Sense, System};

fn times(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

fn plus(a: Matrix, f: f64, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][j] + f * b[i][j]))
}

fn transposed(a: Matrix) -> Matrix {
    [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
}

/// `E[x x^T]` at time 1 from `x0 = (1, 0.5)`: the Taylor series of the linear equation
/// `dM/dt = A M + M A^T + sum_j B_j M B_j^T`, with the Itô drift `A + alpha sum_j B_j^2`.
fn second_moments(sense: Sense) -> Matrix {
    let drift = B.iter().fold(A, |a, b| plus(a, alpha(sense), times(*b, *b)));
    let (mut sum, mut term) = ([[1.0, 0.5], [0.5, 0.25]], [[1.0, 0.5], [0.5, 0.25]]);
    for k in 1..40 {
        let mut rate = plus(times(drift, term), 1.0, times(term, transposed(drift)));
        for b in B {
            rate = plus(rate, 1.0, times(times(b, term), transposed(b)));
        }
        term = rate.map(|row| row.map(|v| v / f64::from(k)));
        sum = plus(sum, 1.0, term);
    }
    sum
}

/// All draws of `count` three-point increments, and then of `signs` signs, with their probabilities. Three points have the
/// moments of a normal up to the fifth, and second moments of these steps are polynomials of degree four.
fn outcomes(count: usize, signs: usize) -> Vec<(f64, Vec<f64>)> {
    let mut all = vec![(1.0, Vec::new())];
    for k in 0..count + signs {
        let points: &[(f64, f64)] = if k < count {
            &[(2.0 / 3.0, 0.0), (1.0 / 6.0, 1.732_050_807_568_877_2), (1.0 / 6.0, -1.732_050_807_568_877_2)]
        } else {
            &[(0.5, 1.0), (0.5, -1.0)]
        };
        all = all
            .iter()
            .flat_map(|(p, draws)| points.iter().map(move |(q, x)| (p * q, [draws.as_slice(), &[*x]].concat())))
            .collect();
    }
    all
}

/// `E[x x^T]` at time 1 of a scheme on a linear law, without sampling: one step is a random linear map.
fn second_moments_of(scheme: Scheme, law: &dyn Diffusion, steps: usize) -> Matrix {
    let h = 1.0 / steps as f64;
    let system = System::new(Law::Diffusion(law), 1, Extra::Nothing);
    let mut stepper = scheme.stepper();
    let mut column = |draws: &[f64], x: [f64; 2]| {
        let (mut next, mut error) = ([0.0; 2], [0.0; 2]);
        stepper.step(&system, 0.0, h, &x, &mut Drawn(draws.to_vec()), &mut next, &mut error);
        next
    };
    let signs = usize::from(scheme == Scheme::Platen);
    let maps: Vec<(f64, Matrix)> = outcomes(2, signs)
        .iter()
        .map(|(p, draws)| (*p, transposed([column(draws, [1.0, 0.0]), column(draws, [0.0, 1.0])])))
        .collect();
    assert!((maps.iter().map(|m| m.0).sum::<f64>() - 1.0).abs() < 1e-14);
    (0..steps).fold([[1.0, 0.5], [0.5, 0.25]], |moments, _| {
        maps.iter().fold([[0.0; 2]; 2], |sum, (p, map)| plus(sum, *p, times(times(*map, moments), transposed(*map))))
    })
}

#[test]
fn schemes_have_their_weak_order_in_every_sense_for_general_noise() {
    let counts = [16, 32, 64];
    for sense in SENSES {
        let exact = second_moments(sense);
        for (scheme, expected) in [(Scheme::EulerMaruyama, 1.0), (Scheme::StochasticHeun, 1.0), (Scheme::Platen, 2.0)] {
            for (i, j) in [(0, 0), (0, 1), (1, 1)] {
                let errors = counts.map(|n| (second_moments_of(scheme, &linear(sense), n)[i][j] - exact[i][j]).abs());
                let order = slope(&counts.map(|n| 1.0 / n as f64), &errors);
                assert!(
                    (order - expected).abs() < 0.2,
                    "{scheme:?}, {sense:?}, ({i}, {j}): weak order {order} {errors:?}"
                );
            }
        }
    }
}

#[test]
fn schemes_have_their_weak_order_in_every_sense_for_diagonal_noise() {
    // dx = 0.3 x dt + 0.6 x dW from 1: E x^2 = exp(2 (0.3 + alpha 0.36) + 0.36).
    let counts = [16, 32, 64];
    for sense in SENSES {
        let law = Given {
            drift: Box::new(|_, x, out| out[0] = 0.3 * x[0]),
            spread: Box::new(|_, x, out| out[0] = 0.6 * x[0]),
            ..sinh(NoiseKind::Diagonal, sense)
        };
        let system = System::new(Law::Diffusion(&law), 1, Extra::Nothing);
        let exact = (0.6 + 0.72 * alpha(sense) + 0.36_f64).exp();
        for (scheme, expected) in [
            (Scheme::EulerMaruyama, 1.0),
            (Scheme::StochasticHeun, 1.0),
            (Scheme::Milstein, 1.0),
            (Scheme::Platen, 2.0),
        ] {
            let errors = counts.map(|n| {
                let mut stepper = scheme.stepper();
                let mut square = 0.0;
                for (p, draws) in outcomes(1, 0) {
                    let (mut next, mut error) = ([0.0], [0.0]);
                    stepper.step(&system, 0.0, 1.0 / n as f64, &[1.0], &mut Drawn(draws), &mut next, &mut error);
                    square += p * next[0] * next[0];
                }
                (square.powi(n) - exact).abs()
            });
            let order = slope(&counts.map(|n| 1.0 / f64::from(n)), &errors);
            assert!((order - expected).abs() < 0.2, "{scheme:?}, {sense:?}: weak order {order} {errors:?}");
        }
    }
}

/// Mean and variance at time 1 of a scheme on the Ornstein-Uhlenbeck process from 1: one step is `r x + s . xi`.
fn moments(scheme: Scheme, steps: usize) -> (f64, f64) {
    let h = 1.0 / steps as f64;
    let law = ornstein_uhlenbeck();
    let system = System::new(Law::Diffusion(&law), 1, Extra::Nothing);
    let mut stepper = scheme.stepper();
    let draws = if scheme == Scheme::Sra1 { 2 } else { 1 };
    let mut end = |x: f64, xi: Vec<f64>| {
        let (mut next, mut error) = ([0.0], [0.0]);
        stepper.step(&system, 0.0, h, &[x], &mut Drawn(xi), &mut next, &mut error);
        next[0]
    };
    let r = end(1.0, vec![0.0; draws]);
    let unit = |k: usize| (0..draws).map(|i| if i == k { 1.732_050_807_568_877_2 } else { 0.0 }).collect();
    let spread: f64 = (0..draws).map(|k| end(0.0, unit(k)).powi(2) / 3.0).sum();
    (0..steps).fold((1.0, 0.0), |(mean, variance), _| (r * mean, r * r * variance + spread))
}

#[test]
fn weak_order_for_additive_noise_is_one_for_euler_maruyama_and_two_beyond() {
    let mean = (-THETA).exp();
    let variance = SIGMA * SIGMA * (1.0 - (-2.0 * THETA).exp()) / (2.0 * THETA);
    let counts = [16, 32, 64, 128];
    let h = counts.map(|n| 1.0 / n as f64);
    for (scheme, expected) in
        [(Scheme::EulerMaruyama, 1.0), (Scheme::StochasticHeun, 2.0), (Scheme::Platen, 2.0), (Scheme::Sra1, 2.0)]
    {
        let first = slope(&h, &counts.map(|n| (moments(scheme, n).0 - mean).abs()));
        let second = slope(&h, &counts.map(|n| (moments(scheme, n).1 - variance).abs()));
        assert!((first - expected).abs() < 0.15, "{scheme:?}: weak order of the mean {first}");
        assert!((second - expected).abs() < 0.15, "{scheme:?}: weak order of the variance {second}");
    }
}
