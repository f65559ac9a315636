//! Laws with noise whose solutions are known, and draws given in advance.

use thalweg_solve::{Diffusion, Noise, NoiseKind, Sense};

pub const SENSES: [Sense; 3] = [Sense::Ito, Sense::Stratonovich, Sense::AntiIto];

/// Where in a step the noise of an equation of this sense is evaluated.
pub fn alpha(sense: Sense) -> f64 {
    match sense {
        Sense::Ito => 0.0,
        Sense::Stratonovich => 0.5,
        Sense::AntiIto => 1.0,
    }
}

pub type Rate = Box<dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync>;

/// A law of `dim` coordinates from closures.
pub struct Given {
    pub dim: usize,
    pub kind: NoiseKind,
    pub sense: Sense,
    pub drift: Rate,
    pub spread: Rate,
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
pub fn sinh(kind: NoiseKind, sense: Sense) -> Given {
    Given {
        dim: 1,
        kind,
        sense,
        drift: Box::new(move |_, x, out| out[0] = (0.5 - alpha(sense)) * x[0]),
        spread: Box::new(|_, x, out| out[0] = (1.0 + x[0] * x[0]).sqrt()),
    }
}

/// Draws given in advance, so many a row.
pub struct Drawn(pub Vec<f64>);

impl Noise for Drawn {
    fn normals(&mut self, out: &mut [f64]) {
        assert_eq!(out.len(), self.0.len(), "another number of draws than the scheme should take");
        out.copy_from_slice(&self.0);
    }
}

pub const THETA: f64 = 1.2;
pub const SIGMA: f64 = 0.8;

/// `dx = -theta x dt + sigma dW`.
pub fn ornstein_uhlenbeck() -> Given {
    Given {
        dim: 1,
        kind: NoiseKind::AdditiveDiagonal,
        sense: Sense::Ito,
        drift: Box::new(|_, x, out| out[0] = -THETA * x[0]),
        spread: Box::new(|_, _, out| out[0] = SIGMA),
    }
}

/// `dx = A x dt + B1 x dW1 + B2 x dW2` in a sense, in two dimensions, with matrices that do not commute.
pub fn linear(sense: Sense) -> Given {
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

pub type Matrix = [[f64; 2]; 2];
pub const A: Matrix = [[-0.6, 0.5], [-0.2, -0.4]];
pub const B: [Matrix; 2] = [[[0.3, 0.4], [0.1, -0.2]], [[0.0, -0.3], [0.5, 0.2]]];

pub fn apply(m: Matrix, x: &[f64]) -> (f64, f64) {
    (m[0][0] * x[0] + m[0][1] * x[1], m[1][0] * x[0] + m[1][1] * x[1])
}
