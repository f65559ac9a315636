//! Evaluating and differentiating a network.

use crate::NetSpec;
use thalweg_core::Result;

/// A loss on a batch, declared by kind so that an executor may fuse a whole training step.
///
/// Inputs are rows of `spec.inputs` numbers (state first, time last), row-major.
#[derive(Clone, Copy, Debug)]
pub enum Loss<'a> {
    /// `Σ_i w_i |f(x_i) - y_i|² / (n · outputs)`; weights default to one.
    Regression {
        /// `n x inputs`.
        inputs: &'a [f32],
        /// `n x outputs`.
        targets: &'a [f32],
        /// `n`, if not all one.
        weights: Option<&'a [f32]>,
    },
    /// `Σ_ij c_ij f_j(x_i)`: linear in the outputs, so that its gradient is the parameter vjp `(∂f/∂θ)ᵀ c`. With it
    /// a method differentiates through anything it built on top of the network, such as an Euler roll-out.
    Linear {
        /// `n x inputs`.
        inputs: &'a [f32],
        /// `n x outputs`.
        cotangents: &'a [f32],
    },
    /// Action matching of a scalar network `s` (Neklyudov et al. 2023):
    /// `Σ_j c_j s(z_j) + Σ_i w_i [ ½ |∂_x s|² + ∂_t s + R ](x_i)`.
    Action {
        /// `m x inputs`: boundary rows, first and last time together.
        boundary: &'a [f32],
        /// `m`: their coefficients (positive at the first time, negative at the last).
        coefficients: &'a [f32],
        /// `n x inputs`: interior rows.
        interior: &'a [f32],
        /// `n`: their quadrature weights.
        weights: &'a [f32],
        /// The term `R`.
        term: ActionTerm<'a>,
    },
}

/// The extra term `R` of action matching.
#[derive(Clone, Copy, Debug)]
pub enum ActionTerm<'a> {
    /// `R = 0`.
    Plain,
    /// `R = ½ sigma² Δ_x s`, the Laplacian by one Hutchinson probe a row.
    Entropic {
        /// `sigma²`.
        variance: f32,
        /// `n x (inputs - 1)`: probes with unit covariance (Rademacher).
        probes: &'a [f32],
    },
    /// `R = ½ s²`.
    Unbalanced,
}

/// Evaluates and differentiates networks in single precision, on the threads of the caller's rayon pool.
///
/// For a fixed input the result does not depend on the number of threads, bit for bit.
pub trait Exec: Send + Sync {
    /// `out = f(x)`: `x` is `n x inputs`, `out` is `n x outputs`.
    fn forward(&self, spec: &NetSpec, params: &[f32], x: &[f32], out: &mut [f32]) -> Result<()>;

    /// `out = f(x)` and `dx = J(x)ᵀ cotangent` row by row: the input gradient.
    fn vjp(
        &self,
        spec: &NetSpec,
        params: &[f32],
        x: &[f32],
        cotangent: &[f32],
        out: &mut [f32],
        dx: &mut [f32],
    ) -> Result<()>;

    /// `out = f(x)` and `dout = J(x) tangent` row by row.
    fn jvp(
        &self,
        spec: &NetSpec,
        params: &[f32],
        x: &[f32],
        tangent: &[f32],
        out: &mut [f32],
        dout: &mut [f32],
    ) -> Result<()>;

    /// Value of `loss`; its gradient with respect to the parameters is written to `grad`.
    fn loss_grad(&self, spec: &NetSpec, params: &[f32], loss: &Loss<'_>, grad: &mut [f32]) -> Result<f64>;
}
