//! Laws with noise that may depend on the state.

use serde::{Deserialize, Serialize};

/// The sense in which `dx = a dt + b(t, x) dW` is meant: where in a step the noise coefficient is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// At its start: Itô.
    #[default]
    Ito,
    /// In its middle: Stratonovich. The chain rule holds.
    Stratonovich,
    /// At its end: anti-Itô, of Hänggi and Klimontovich.
    AntiIto,
}

impl Sense {
    /// Fraction of the step: an equation of this sense has the Itô drift `a + alpha sum_j (b_j . grad) b_j`.
    pub fn alpha(self) -> f64 {
        match self {
            Self::Ito => 0.0,
            Self::Stratonovich => 0.5,
            Self::AntiIto => 1.0,
        }
    }
}

/// The shape of a noise coefficient, and what schemes may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseKind {
    /// One Brownian motion a coordinate, and coefficients that depend on time alone: `n x dim` numbers.
    AdditiveDiagonal,
    /// A matrix of this many columns that depends on time alone: `n x dim x columns` numbers.
    Additive(usize),
    /// One Brownian motion a coordinate; the coefficient of a coordinate depends on that coordinate (and on time)
    /// alone: `n x dim` numbers.
    Diagonal,
    /// A matrix of this many columns with `(b_i . grad) b_j = (b_j . grad) b_i` for all pairs.
    Commuting(usize),
    /// Any matrix of this many columns.
    General(usize),
}

impl NoiseKind {
    /// Number of columns of the matrix; none where it is diagonal.
    pub fn columns(self) -> Option<usize> {
        match self {
            Self::AdditiveDiagonal | Self::Diagonal => None,
            Self::Additive(m) | Self::Commuting(m) | Self::General(m) => Some(m),
        }
    }

    /// Whether it depends on time alone, so that all senses agree.
    pub fn is_additive(self) -> bool {
        matches!(self, Self::AdditiveDiagonal | Self::Additive(_))
    }
}

/// A law `dx = a(t, x) dt + b(t, x) dW`.
pub trait Diffusion: Send + Sync {
    /// Number of coordinates of a state.
    fn dim(&self) -> usize;

    /// The kind of noise, and the sense in which the equation is written. Schemes that converge in another sense correct
    /// the drift.
    fn nature(&self) -> (NoiseKind, Sense);

    /// Writes `a(t, x)` of each row of `x` (`n x dim`) into `out` (`n x dim`).
    fn drift(&self, t: f64, x: &[f64], out: &mut [f64]);

    /// Writes `b(t, x)` of each row into `out`: `n x dim`, or `n x dim x columns`, see [`NoiseKind`].
    fn spread(&self, t: f64, x: &[f64], out: &mut [f64]);

    /// The kind of noise.
    fn kind(&self) -> NoiseKind {
        self.nature().0
    }

    /// The sense in which the equation is written.
    fn sense(&self) -> Sense {
        self.nature().1
    }

    /// Writes the drift that noise induces, `sum_j (b_j . grad) b_j`, of each row into `out` (`n x dim`).
    ///
    /// The default is central differences along the columns: two evaluations of `b`, or two a column; error of order
    /// 1e-10 relative to the curvature of `b`.
    fn induced(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match self.kind().columns() {
            _ if self.kind().is_additive() => out.fill(0.0),
            None => induced_diagonal(self, t, x, out),
            Some(columns) => induced_by_columns(self, columns, t, x, out),
        }
    }
}

/// Length of a difference about a number.
fn reach(x: f64) -> f64 {
    6e-6 * x.abs().max(1.0)
}

fn induced_diagonal<D: Diffusion + ?Sized>(law: &D, t: f64, x: &[f64], out: &mut [f64]) {
    let (mut plus, mut minus, mut b) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len()]);
    let moved = |sign: f64| x.iter().map(|x| x + sign * reach(*x)).collect::<Vec<_>>();
    law.spread(t, &moved(1.0), &mut plus);
    law.spread(t, &moved(-1.0), &mut minus);
    law.spread(t, x, &mut b);
    for i in 0..x.len() {
        out[i] = b[i] * (plus[i] - minus[i]) / (2.0 * reach(x[i]));
    }
}

fn induced_by_columns<D: Diffusion + ?Sized>(law: &D, columns: usize, t: f64, x: &[f64], out: &mut [f64]) {
    let (dim, size) = (law.dim(), x.len() * columns);
    let (mut b, mut plus, mut minus) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
    law.spread(t, x, &mut b);
    out.fill(0.0);
    for j in 0..columns {
        let column: Vec<f64> = b.iter().skip(j).step_by(columns).copied().collect();
        let steps: Vec<f64> = x.chunks_exact(dim).zip(column.chunks_exact(dim)).map(|(x, b)| length(x, b)).collect();
        let moved =
            |sign: f64| -> Vec<f64> { (0..x.len()).map(|i| x[i] + sign * steps[i / dim] * column[i]).collect() };
        law.spread(t, &moved(1.0), &mut plus);
        law.spread(t, &moved(-1.0), &mut minus);
        for i in (0..x.len()).filter(|i| steps[i / dim] > 0.0) {
            out[i] += (plus[i * columns + j] - minus[i * columns + j]) / (2.0 * steps[i / dim]);
        }
    }
}

/// How far to go along `b` from `x`, in units of `b`; zero where `b` is.
fn length(x: &[f64], b: &[f64]) -> f64 {
    let size = |v: &[f64]| v.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if size(b) > 0.0 { reach(size(x)) / size(b) } else { 0.0 }
}
