//! SDE steppers: strong order on the same Brownian path, weak order by exact moments.

use crate::common::slope;
use thalweg_core::Stream;
use thalweg_solve::{Diffusion, Extra, Law, Noise, NoiseKind, Scheme, Sense, System};

const SENSES: [Sense; 3] = [Sense::Ito, Sense::Stratonovich, Sense::AntiIto];

/// Where in a step the noise of an equation of this sense is evaluated.
fn alpha(sense: Sense) -> f64 {
    match sense {
        Sense::Ito => 0.0,
        Sense::Stratonovich => 0.5,
        Sense::AntiIto => 1.0,
    }
}

type Rate = Box<dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync>;

/// A law of `dim` coordinates from closures.
struct Given {
    dim: usize,
    kind: NoiseKind,
    sense: Sense,
    drift: Rate,
    spread: Rate,
}

impl Diffusion for Given {
    fn dim(&self) -> usize {
        self.dim
    }

    fn nature(&self) -> (NoiseKind, Sense) {
        (self.kind, self.sense)
    }

    fn drift(&self, t: f64, x: &[f64], out: &mut [f64]) {
        x.chunks_exact(self.dim).zip(out.chunks_exact_mut(self.dim)).for_each(|(x, out)| (self.drift)(t, x, out));
    }

    fn spread(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let width = self.dim * self.kind.columns().unwrap_or(1);
        x.chunks_exact(self.dim).zip(out.chunks_exact_mut(width)).for_each(|(x, out)| (self.spread)(t, x, out));
    }
}

/// `dx = (1/2 - alpha) x dt + sqrt(1 + x^2) dW` in the sense `alpha`: `x = sinh(W + arsinh x0)` in each.
fn sinh(kind: NoiseKind, sense: Sense) -> Given {
    Given {
        dim: 1,
        kind,
        sense,
        drift: Box::new(move |_, x, out| out[0] = (0.5 - alpha(sense)) * x[0]),
        spread: Box::new(|_, x, out| out[0] = (1.0 + x[0] * x[0]).sqrt()),
    }
}

/// `dx = mu x dt + (s x + r J x dV)` with the rotation `J`, in the sense of Stratonovich: columns that commute.
fn spiral() -> Given {
    Given {
        dim: 2,
        kind: NoiseKind::Commuting(2),
        sense: Sense::Stratonovich,
        drift: Box::new(|_, x, out| (out[0], out[1]) = (0.3 * x[0], 0.3 * x[1])),
        spread: Box::new(|_, x, out| out.copy_from_slice(&[0.5 * x[0], -0.8 * x[1], 0.5 * x[1], 0.8 * x[0]])),
    }
}

/// Draws given in advance, so many a row.
struct Drawn(Vec<f64>);

impl Noise for Drawn {
    fn normals(&mut self, out: &mut [f64]) {
        assert_eq!(out.len(), self.0.len(), "another number of draws than the scheme should take");
        out.copy_from_slice(&self.0);
    }
}

const FINE: usize = 256;
const PATHS: usize = 2000;

/// Increments and integrals `I10` of `motions` Brownian motions a path over the steps of a path to time 1.
#[derive(Clone)]
struct Paths {
    motions: usize,
    increments: Vec<Vec<f64>>,
    integrals: Vec<Vec<f64>>,
}

impl Paths {
    fn new(motions: usize, seed: u64) -> Self {
        Self::of(FINE, PATHS, motions, seed)
    }

    fn of(steps: usize, paths: usize, motions: usize, seed: u64) -> Self {
        let (h, count) = (1.0 / steps as f64, paths * motions);
        let mut stream = Stream::new(seed, "test-paths", 0);
        let mut paths = Self { motions, increments: Vec::new(), integrals: Vec::new() };
        for _ in 0..steps {
            let draws: Vec<[f64; 2]> = (0..count).map(|_| [stream.normal(), stream.normal()]).collect();
            paths.increments.push(draws.iter().map(|d| h.sqrt() * d[0]).collect());
            paths.integrals.push(draws.iter().map(|d| 0.5 * h.powf(1.5) * (d[0] + d[1] / 3.0_f64.sqrt())).collect());
        }
        paths
    }

    /// The same paths in `steps` steps.
    fn coarse(&self, steps: usize) -> Self {
        let fine = self.increments.len();
        let (group, h) = (fine / steps, 1.0 / fine as f64);
        let mut coarse = Self { motions: self.motions, increments: Vec::new(), integrals: Vec::new() };
        for first in (0..fine).step_by(group) {
            let count = self.increments[0].len();
            let (mut w, mut i10) = (vec![0.0; count], vec![0.0; count]);
            for k in first..first + group {
                for p in 0..count {
                    i10[p] += w[p] * h + self.integrals[k][p];
                    w[p] += self.increments[k][p];
                }
            }
            coarse.increments.push(w);
            coarse.integrals.push(i10);
        }
        coarse
    }

    /// What a scheme draws in step `k`, with `I10` where it asks for it.
    fn draws(&self, k: usize, scheme: Scheme) -> Drawn {
        let h = 1.0 / self.increments.len() as f64;
        let mut draws = Vec::new();
        for (w, i10) in self.increments[k].chunks(self.motions).zip(self.integrals[k].chunks(self.motions)) {
            draws.extend(w.iter().map(|w| w / h.sqrt()));
            if matches!(scheme, Scheme::Sra1 | Scheme::Sri1) {
                draws.extend(w.iter().zip(i10).map(|(w, i)| 3.0_f64.sqrt() * (2.0 * i / h.powf(1.5) - w / h.sqrt())));
            }
        }
        Drawn(draws)
    }

    fn ends(&self) -> Vec<f64> {
        (0..self.increments[0].len()).map(|p| self.increments.iter().map(|w| w[p]).sum()).collect()
    }
}

fn walk(scheme: Scheme, law: &dyn Diffusion, start: &[f64], paths: &Paths) -> Vec<f64> {
    let count = paths.increments[0].len() / paths.motions;
    let system = System::new(Law::Diffusion(law), count, Extra::Nothing);
    let mut stepper = scheme.stepper();
    let mut y: Vec<f64> = (0..count).flat_map(|_| start.to_vec()).collect();
    let (mut next, mut error) = (y.clone(), y.clone());
    let h = 1.0 / paths.increments.len() as f64;
    for k in 0..paths.increments.len() {
        stepper.step(&system, k as f64 * h, h, &y, &mut paths.draws(k, scheme), &mut next, &mut error);
        stepper.accept(false);
        std::mem::swap(&mut y, &mut next);
    }
    y
}

/// Slope of the root mean square error over paths.
fn strong(scheme: Scheme, law: &dyn Diffusion, start: &[f64], paths: &Paths, exact: &[f64]) -> f64 {
    let counts = [16, 32, 64, 128];
    let errors = counts.map(|n| {
        let end = walk(scheme, law, start, &paths.coarse(n));
        (end.iter().zip(exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / exact.len() as f64).sqrt()
    });
    slope(&counts.map(|n| 1.0 / n as f64), &errors)
}

#[test]
fn schemes_have_their_strong_order_in_every_sense_for_diagonal_noise() {
    for seed in 0..3 {
        let paths = Paths::new(1, seed);
        let exact: Vec<f64> = paths.ends().iter().map(|w| (0.5 * w + 0.2_f64.asinh()).sinh()).collect();
        for sense in SENSES {
            // Noise of half the size, so that no path of these few dominates: sinh(W / 2 + arsinh x0).
            let law = Given {
                drift: Box::new(move |_, x, out| out[0] = 0.25 * (0.5 - alpha(sense)) * x[0]),
                spread: Box::new(|_, x, out| out[0] = 0.5 * (1.0 + x[0] * x[0]).sqrt()),
                ..sinh(NoiseKind::Diagonal, sense)
            };
            for (scheme, expected) in [
                (Scheme::EulerMaruyama, 0.5),
                (Scheme::StochasticHeun, 1.0),
                (Scheme::Milstein, 1.0),
                (Scheme::Sri1, 1.5),
            ] {
                let order = strong(scheme, &law, &[0.2], &paths, &exact);
                assert!((order - expected).abs() < 0.12, "seed {seed}, {scheme:?}, {sense:?}: strong order {order}");
            }
        }
    }
}

#[test]
fn a_matrix_of_one_column_is_the_same_as_diagonal_noise() {
    let paths = Paths::new(1, 0).coarse(16);
    for sense in SENSES {
        for scheme in [Scheme::EulerMaruyama, Scheme::StochasticHeun, Scheme::Milstein, Scheme::Platen] {
            let diagonal = walk(scheme, &sinh(NoiseKind::Diagonal, sense), &[0.2], &paths);
            let matrix = walk(scheme, &sinh(NoiseKind::Commuting(1), sense), &[0.2], &paths);
            // The induced drift is by differences of other lengths.
            for (a, b) in diagonal.iter().zip(&matrix) {
                assert!((a - b).abs() < 1e-7 * (1.0 + a.abs()), "{scheme:?} {sense:?}: {a} {b}");
            }
        }
    }
}

#[test]
fn milstein_and_heun_have_strong_order_one_where_columns_commute() {
    for seed in 0..3 {
        let paths = Paths::new(2, seed);
        // exp(mu t + s W + r J V) x0: a growing rotation.
        let exact: Vec<f64> = paths
            .ends()
            .chunks(2)
            .flat_map(|w| {
                let (size, angle) = ((0.3 + 0.5 * w[0]).exp(), 0.8 * w[1]);
                [size * angle.cos(), size * angle.sin()]
            })
            .collect();
        for scheme in [Scheme::Milstein, Scheme::StochasticHeun] {
            let order = strong(scheme, &spiral(), &[1.0, 0.0], &paths, &exact);
            assert!((order - 1.0).abs() < 0.1, "seed {seed}, {scheme:?}: strong order {order}");
        }
        let order = strong(Scheme::EulerMaruyama, &spiral(), &[1.0, 0.0], &paths, &exact);
        assert!((order - 0.5).abs() < 0.1, "seed {seed}: strong order {order}");
    }
}

const THETA: f64 = 1.2;
const SIGMA: f64 = 0.8;

/// `dx = -theta x dt + sigma dW`.
fn ornstein_uhlenbeck() -> Given {
    Given {
        dim: 1,
        kind: NoiseKind::AdditiveDiagonal,
        sense: Sense::Ito,
        drift: Box::new(|_, x, out| out[0] = -THETA * x[0]),
        spread: Box::new(|_, _, out| out[0] = SIGMA),
    }
}

#[test]
fn additive_noise_has_strong_order_one_and_three_halves_under_sra1() {
    for seed in 0..3 {
        let paths = Paths::new(1, seed);
        // The integral of exp(-theta (h - s)) dW over a fine step, its square projected on what is known of the path: the
        // rest has the size h^(5/2) / 20.
        let (h, mut exact) = (1.0 / FINE as f64, vec![1.0; PATHS]);
        for (w, i10) in paths.increments.iter().zip(&paths.integrals) {
            for p in 0..PATHS {
                let square = 0.5 * THETA * THETA * (h * i10[p] - h * h / 6.0 * w[p]);
                exact[p] = (-THETA * h).exp() * exact[p] + SIGMA * (w[p] - THETA * i10[p] + square);
            }
        }
        for (scheme, expected) in [
            (Scheme::EulerMaruyama, 1.0),
            (Scheme::StochasticHeun, 1.0),
            (Scheme::Milstein, 1.0),
            (Scheme::Sra1, 1.5),
            (Scheme::Sri1, 1.5),
        ] {
            let order = strong(scheme, &ornstein_uhlenbeck(), &[1.0], &paths, &exact);
            // A linear drift may have a higher order than 3/2.
            let most = if expected > 1.0 { f64::INFINITY } else { expected + 0.12 };
            assert!((expected - 0.12..most).contains(&order), "seed {seed}, {scheme:?}: strong order {order}");
        }
    }
}

#[test]
fn sra1_has_at_least_strong_order_three_halves_for_noise_that_changes_in_time() {
    // dx = (b / s - x / (2 (1 + t))) dt + a b / s dW with s = sqrt(1 + t): x = (x0 + b (t + a W)) / s (Rößler 2010).
    let law = Given {
        dim: 1,
        kind: NoiseKind::Additive(1),
        sense: Sense::Ito,
        drift: Box::new(|t, x, out| out[0] = 0.05 / (1.0 + t).sqrt() - 0.5 * x[0] / (1.0 + t)),
        spread: Box::new(|t, _, out| out[0] = 0.7 / (1.0 + t).sqrt()),
    };
    for seed in 0..3 {
        let paths = Paths::new(1, seed);
        let exact: Vec<f64> = paths.ends().iter().map(|w| (1.0 + 0.05 + 0.7 * w) / 2.0_f64.sqrt()).collect();
        let order = strong(Scheme::Sra1, &law, &[1.0], &paths, &exact);
        assert!(order > 1.38, "seed {seed}: strong order {order}");
    }
}

#[test]
fn sra1_and_sri1_have_strong_order_three_halves_for_a_curved_drift() {
    // dx = exp(-x) dt + s dW: exp(x) = exp(s W) (exp(x0) + the integral of exp(-s W)).
    const S: f64 = 0.6;
    let law = |kind| Given {
        dim: 1,
        kind,
        sense: Sense::Ito,
        drift: Box::new(|_, x: &[f64], out: &mut [f64]| out[0] = (-x[0]).exp()),
        spread: Box::new(|_, _: &[f64], out: &mut [f64]| out[0] = S),
    };
    for seed in 0..3 {
        let paths = Paths::of(4096, 500, 1, seed);
        let (h, mut w, mut integral) = (1.0 / 4096.0, vec![0.0; 500], vec![0.0; 500]);
        for (dw, i10) in paths.increments.iter().zip(&paths.integrals) {
            for p in 0..500 {
                // Of the square of the path within the step, its expectation between the ends.
                let square = dw[p] * dw[p] * h / 3.0 + h * h / 6.0;
                integral[p] += (-S * w[p]).exp() * (h - S * i10[p] + 0.5 * S * S * square);
                w[p] += dw[p];
            }
        }
        let exact: Vec<f64> = w.iter().zip(&integral).map(|(w, i)| S * w + (0.5_f64.exp() + i).ln()).collect();
        for (scheme, kind) in [(Scheme::Sra1, NoiseKind::AdditiveDiagonal), (Scheme::Sri1, NoiseKind::Diagonal)] {
            let order = strong(scheme, &law(kind), &[0.5], &paths, &exact);
            assert!((order - 1.5).abs() < 0.12, "seed {seed}, {scheme:?}: strong order {order}");
        }
    }
}

/// `dx = A x dt + B1 x dW1 + B2 x dW2` in a sense, in two dimensions, with matrices that do not commute.
fn linear(sense: Sense) -> Given {
    Given {
        dim: 2,
        kind: NoiseKind::General(2),
        sense,
        drift: Box::new(|_, x, out| (out[0], out[1]) = apply(A, x)),
        spread: Box::new(|_, x, out| {
            let ((a, b), (c, d)) = (apply(B[0], x), apply(B[1], x));
            out.copy_from_slice(&[a, c, b, d]);
        }),
    }
}

type Matrix = [[f64; 2]; 2];
const A: Matrix = [[-0.6, 0.5], [-0.2, -0.4]];
const B: [Matrix; 2] = [[[0.3, 0.4], [0.1, -0.2]], [[0.0, -0.3], [0.5, 0.2]]];

fn apply(m: Matrix, x: &[f64]) -> (f64, f64) {
    (m[0][0] * x[0] + m[0][1] * x[1], m[1][0] * x[0] + m[1][1] * x[1])
}

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

#[test]
fn laws_that_a_scheme_cannot_follow_are_refused() {
    use thalweg_core::Points;
    use thalweg_solve::{Integrate, Motion};
    let refused = |law: &dyn Diffusion, scheme: Scheme, span: (f64, f64), word: &str| {
        let motion = Motion::of(Law::Diffusion(law));
        let x = Points::zeros(3, law.dim());
        let error = motion.follow(&x, None, span, &Integrate::fixed(scheme, 4), &crate::common::ctx(0)).unwrap_err();
        assert!(error.message().contains(word) && error.message().ends_with('.'), "{error}");
    };
    let general = linear(Sense::Ito);
    refused(&general, Scheme::Milstein, (0.0, 1.0), "commutes");
    refused(&general, Scheme::Sri1, (0.0, 1.0), "diagonal");
    refused(&general, Scheme::Sra1, (0.0, 1.0), "does not depend on the state");
    refused(&general, Scheme::Rk4, (0.0, 1.0), "a drift");
    refused(&general, Scheme::EulerMaruyama, (1.0, 0.0), "backward");
    let none = Given { kind: NoiseKind::Additive(0), ..linear(Sense::Ito) };
    refused(&none, Scheme::EulerMaruyama, (0.0, 1.0), "0 columns");
}

#[test]
fn paths_do_not_depend_on_threads_or_on_the_rows_beside() {
    use thalweg_core::{Context, Points};
    use thalweg_solve::{Integrate, Motion, Reflection, Region, SaveAt, Walls};
    let walls = Walls::new(Region::Box { low: vec![-1.0; 2], high: vec![1.5; 2] }, Reflection::Bridge).unwrap();
    let general = linear(Sense::AntiIto);
    let additive = Given {
        kind: NoiseKind::Additive(2),
        spread: Box::new(|t, _, out| out.copy_from_slice(&[0.3, 0.1, -0.2 * t, 0.4])),
        ..linear(Sense::Ito)
    };
    let diagonal = Given {
        kind: NoiseKind::Diagonal,
        spread: Box::new(|_, x, out| (out[0], out[1]) = (0.3 * x[0], 0.2 + x[1] * x[1])),
        ..linear(Sense::Stratonovich)
    };
    let start = Points::new(2, [1.0, 0.5].repeat(600)).unwrap();
    for (law, scheme) in [
        (&general, Scheme::EulerMaruyama),
        (&general, Scheme::Platen),
        (&additive, Scheme::Sra1),
        (&additive, Scheme::Milstein),
        (&diagonal, Scheme::Sri1),
        (&diagonal, Scheme::Milstein),
        (&diagonal, Scheme::Platen),
    ] {
        let motion = Motion::of(Law::Diffusion(law)).within(&walls);
        let run = |start: &Points, threads: usize| {
            let options = Integrate::fixed(scheme, 20).saving(SaveAt::Even(3));
            let ctx = Context::new(1, threads).unwrap();
            motion.follow(start, None, (0.0, 1.0), &options, &ctx).unwrap().0.states
        };
        let (one, two) = (run(&start, 1), run(&start, 2));
        assert_eq!(one, two, "{scheme:?}");
        let few = run(&start.select(&[0, 1, 2]), 2);
        for (all, few) in one.iter().zip(&few) {
            assert_eq!(&all.values()[..6], few.values(), "{scheme:?}");
        }
        assert_ne!(one[2].row(0), one[2].row(1));
    }
}
