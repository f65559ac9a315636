//! Strong order of SDE steppers: errors on the same Brownian paths.

use crate::common::slope;
use crate::noisy_laws::{Drawn, Given, SENSES, SIGMA, THETA, alpha, ornstein_uhlenbeck, sinh};
use thalweg_core::Stream;
use thalweg_solve::{Diffusion, Extra, Law, NoiseKind, Scheme, Sense, System};

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
