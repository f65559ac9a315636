//! A law together with small differences that it carries along.

use crate::Differentiable;
use thalweg_core::VectorField;

/// A law with `count` tangents: a state is `x, v_1, ..., v_count`, and `dv_k/dt = J(t, x) v_k`.
///
/// From unit vectors the tangents are the columns of the derivative of the flow with respect to where it started. They
/// are integrated by the scheme and in the steps of the law itself, so they are the derivatives of what is computed, to the
/// tolerance. Costs one Jacobian an evaluation.
pub struct Tangents<'a> {
    law: &'a dyn Differentiable,
    count: usize,
}

impl<'a> Tangents<'a> {
    /// `law` with `count` tangents.
    pub fn new(law: &'a dyn Differentiable, count: usize) -> Self {
        Self { law, count }
    }

    /// The state of `x` (`dim` numbers) with the first `count` unit vectors as tangents.
    pub fn start(&self, x: &[f64]) -> Vec<f64> {
        let mut state = x.to_vec();
        for k in 0..self.count {
            state.extend((0..x.len()).map(|i| f64::from(i == k)));
        }
        state
    }
}

impl VectorField for Tangents<'_> {
    fn dim(&self) -> usize {
        self.law.dim() * (1 + self.count)
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let (d, width) = (self.law.dim(), self.dim());
        let states: Vec<f64> = x.chunks_exact(width).flat_map(|row| &row[..d]).copied().collect();
        let mut rates = vec![0.0; states.len()];
        let mut jacobians = vec![0.0; states.len() * d];
        self.law.velocity(t, &states, &mut rates);
        self.law.jacobian(t, &states, &mut jacobians);
        for (r, (x, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
            out[..d].copy_from_slice(&rates[r * d..(r + 1) * d]);
            let jacobian = &jacobians[r * d * d..(r + 1) * d * d];
            for (v, out) in x[d..].chunks_exact(d).zip(out[d..].chunks_exact_mut(d)) {
                for (out, row) in out.iter_mut().zip(jacobian.chunks_exact(d)) {
                    *out = row.iter().zip(v).map(|(j, v)| j * v).sum();
                }
            }
        }
    }

    fn kinks(&self) -> Vec<f64> {
        self.law.kinks()
    }
}

/// A field with its Jacobian by central differences: `2 dim` evaluations, error of order 1e-10 relative to the curvature of
/// the drift.
pub struct Differences<'a>(pub &'a dyn VectorField);

impl VectorField for Differences<'_> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.velocity(t, x, out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.growth(t, x, out);
    }

    fn has_growth(&self) -> bool {
        self.0.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.0.diffusion(t)
    }

    fn noise(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.noise(t, x, out);
    }

    fn kinks(&self) -> Vec<f64> {
        self.0.kinks()
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.divergence(t, x, out);
    }
}

impl Differentiable for Differences<'_> {
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        let reach = |v: f64| 6e-6 * v.abs().max(1.0);
        let (mut plus, mut minus, mut moved) = (vec![0.0; x.len()], vec![0.0; x.len()], x.to_vec());
        for k in 0..d {
            for (sign, rates) in [(1.0, &mut plus), (-1.0, &mut minus)] {
                for i in (k..x.len()).step_by(d) {
                    moved[i] = x[i] + sign * reach(x[i]);
                }
                self.velocity(t, &moved, rates);
            }
            for row in 0..x.len() / d {
                let step = 2.0 * reach(x[row * d + k]);
                for i in 0..d {
                    out[(row * d + i) * d + k] = (plus[row * d + i] - minus[row * d + i]) / step;
                }
                moved[row * d + k] = x[row * d + k];
            }
        }
    }
}
