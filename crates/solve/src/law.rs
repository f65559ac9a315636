//! What can be integrated: a vector field, or a law with more structure than one.

use crate::history::corners;
use crate::{Delayed, Diffusion};
use num_complex::Complex64;
use thalweg_core::VectorField;

/// A law with the structure that a scheme may use.
#[derive(Clone, Copy)]
pub enum Law<'a> {
    /// A drift, with growth and with noise of one size for all coordinates where it has them.
    Field(&'a dyn VectorField),
    /// A field that knows its Jacobian.
    Differentiable(&'a dyn Differentiable),
    /// A field that knows how stiff it is.
    Parabolic(&'a dyn Parabolic),
    /// A Hamiltonian system whose energy is kinetic plus potential.
    Separable(&'a dyn Separable),
    /// A diagonal linear part and a rest.
    Semilinear(&'a dyn Semilinear),
    /// A drift with noise that may depend on the state.
    Diffusion(&'a dyn Diffusion),
    /// A law that looks back.
    Delayed(&'a dyn Delayed),
}

/// A field that knows its Jacobian.
pub trait Differentiable: VectorField {
    /// Writes `d velocity_i / d x_j` at each row of `x` (`n x dim`) into `out` (`n x dim x dim`).
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]);
}

/// A field whose Jacobian has eigenvalues near the negative real axis, and that knows how far they reach.
pub trait Parabolic: VectorField {
    /// A bound of the spectral radius of the Jacobian over the rows of `x` (`n x dim`). For second-order differences
    /// of diffusion `D` that is the sum over the axes of `4 D / spacing^2`.
    fn spectral_radius(&self, t: f64, x: &[f64]) -> f64;
}

/// A Hamiltonian system with the energy `T(p) + V(t, q)`; a state is `(q, p)`, `2 freedom` numbers.
pub trait Separable: Send + Sync {
    /// Number of positions.
    fn freedom(&self) -> usize;

    /// Writes `dq/dt = grad T` of each row of momenta (`n x freedom`) into `out` (`n x freedom`).
    fn velocity(&self, p: &[f64], out: &mut [f64]);

    /// Writes `dp/dt = -grad V` of each row of positions (`n x freedom`) into `out` (`n x freedom`).
    fn force(&self, t: f64, q: &[f64], out: &mut [f64]);
}

/// The linear part of a [`Semilinear`] law, diagonal.
#[derive(Clone, Copy, Debug)]
pub enum Diagonal<'a> {
    /// One rate a coordinate.
    Real(&'a [f64]),
    /// One rate a pair of coordinates, which are real and imaginary part of one amplitude: modes of a spectral method.
    Complex(&'a [Complex64]),
}

/// A law `dx/dt = L x + N(t, x)` with `L` diagonal and constant.
pub trait Semilinear: Send + Sync {
    /// Number of coordinates of a state.
    fn dim(&self) -> usize;

    /// The linear part: `dim` real or `dim / 2` complex rates.
    fn linear(&self) -> Diagonal<'_>;

    /// Writes `N(t, x)` of each row of `x` (`n x dim`) into `out` (`n x dim`).
    fn nonlinear(&self, t: f64, x: &[f64], out: &mut [f64]);
}

impl<'a> Law<'a> {
    /// Number of coordinates of a state.
    pub fn dim(&self) -> usize {
        match self {
            Self::Separable(law) => 2 * law.freedom(),
            Self::Semilinear(law) => law.dim(),
            Self::Diffusion(law) => law.dim(),
            Self::Delayed(law) => law.dim(),
            _ => self.field().map_or(0, VectorField::dim),
        }
    }

    /// The vector field, where the law is one.
    pub fn field(&self) -> Option<&'a dyn VectorField> {
        match *self {
            Self::Field(field) => Some(field),
            Self::Differentiable(field) => Some(field),
            Self::Parabolic(field) => Some(field),
            _ => None,
        }
    }

    /// Writes the drift of each row of `x` (`n x dim`) into `out`. That of a delayed law needs its past, which a
    /// [`crate::System`] keeps.
    pub(crate) fn drift(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match self {
            Self::Separable(law) => {
                let m = law.freedom();
                let (mut q, mut p) = (vec![0.0; x.len() / 2], vec![0.0; x.len() / 2]);
                part(m, x, &mut q, &mut p);
                let (mut v, mut f) = (vec![0.0; x.len() / 2], vec![0.0; x.len() / 2]);
                law.velocity(&p, &mut v);
                law.force(t, &q, &mut f);
                join(m, &v, &f, out);
            }
            Self::Semilinear(law) => {
                law.nonlinear(t, x, out);
                add_linear(law.linear(), law.dim(), x, out);
            }
            Self::Diffusion(law) => law.drift(t, x, out),
            _ => {
                if let Some(field) = self.field() {
                    field.velocity(t, x, out);
                }
            }
        }
    }

    /// Times within a span at which the law may jump, or at which the solution of a delayed law has a corner in a derivative
    /// of order at most `order`.
    pub fn kinks(&self, span: (f64, f64), order: usize) -> Vec<f64> {
        match self {
            Self::Delayed(law) => corners(law.delays(), span, order),
            _ => self.field().map(VectorField::kinks).unwrap_or_default(),
        }
    }

    /// Whether log-weights grow along it.
    pub fn has_growth(&self) -> bool {
        self.field().is_some_and(VectorField::has_growth)
    }
}

/// Splits rows `(q, p)` of `2 m` numbers into positions and momenta.
pub(crate) fn part(m: usize, x: &[f64], q: &mut [f64], p: &mut [f64]) {
    for ((x, q), p) in x.chunks_exact(2 * m).zip(q.chunks_exact_mut(m)).zip(p.chunks_exact_mut(m)) {
        q.copy_from_slice(&x[..m]);
        p.copy_from_slice(&x[m..]);
    }
}

/// The inverse of [`part`].
pub(crate) fn join(m: usize, q: &[f64], p: &[f64], x: &mut [f64]) {
    for ((x, q), p) in x.chunks_exact_mut(2 * m).zip(q.chunks_exact(m)).zip(p.chunks_exact(m)) {
        x[..m].copy_from_slice(q);
        x[m..].copy_from_slice(p);
    }
}

fn add_linear(linear: Diagonal<'_>, dim: usize, x: &[f64], out: &mut [f64]) {
    for (x, out) in x.chunks_exact(dim).zip(out.chunks_exact_mut(dim)) {
        match linear {
            Diagonal::Real(rates) => {
                out.iter_mut().zip(x).zip(rates).for_each(|((o, x), l)| *o += l * x);
            }
            Diagonal::Complex(rates) => {
                for ((o, x), l) in out.chunks_exact_mut(2).zip(x.chunks_exact(2)).zip(rates) {
                    o[0] += l.re * x[0] - l.im * x[1];
                    o[1] += l.re * x[1] + l.im * x[0];
                }
            }
        }
    }
}
