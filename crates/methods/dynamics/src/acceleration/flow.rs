//! The law of motion that Nesterov's method discretises.

use super::{Curvature, Objective};
use thalweg_core::{Result, VectorField};

/// Relative length of the difference of gradients that stands for a Hessian times a vector.
const REACH: f64 = 6e-6;

/// `x'' + 2 sqrt(m) x' + sqrt(s) Hess f x' + (1 + sqrt(m s)) grad f = 0` as a vector field on `(x, x')`, `2 dim` numbers a state,
/// with `s = 1 / L` the step that is remembered: a time of `sqrt(s)` is one step of the method.
///
/// The term with the Hessian is what the heavy ball lacks; [`MomentumFlow::heavy`] leaves it out. The Hessian times the velocity is
/// a central difference of two gradients.
pub struct MomentumFlow<'a> {
    objective: &'a dyn Objective,
    damping: f64,
    memory: f64,
    pull: f64,
}

impl<'a> MomentumFlow<'a> {
    /// The law of Nesterov's method for strongly convex functions.
    ///
    /// # Errors
    /// Bounds that no function has.
    pub fn nesterov(objective: &'a dyn Objective, curvature: &Curvature) -> Result<Self> {
        curvature.check()?;
        let (root, memory) = (curvature.least.sqrt(), curvature.largest.sqrt().recip());
        Ok(Self { objective, damping: 2.0 * root, memory, pull: 1.0 + root * memory })
    }

    /// The law of the heavy ball: the same without the term of the Hessian.
    ///
    /// # Errors
    /// Bounds that no function has.
    pub fn heavy(objective: &'a dyn Objective, curvature: &Curvature) -> Result<Self> {
        Ok(Self { memory: 0.0, ..Self::nesterov(objective, curvature)? })
    }

    /// The Lyapunov value of a state of [`MomentumFlow::nesterov`] about the minimiser `best`:
    /// `(1 + sqrt(m s)) (f(x) - f(best)) + |v|^2 / 4 + |v + 2 sqrt(m) (x - best) + sqrt(s) grad f|^2 / 4`, which falls at least as
    /// fast as `exp(-sqrt(m) t / 4)` (Shi, Du, Jordan and Su, 2021).
    pub fn lyapunov(&self, state: &[f64], best: &[f64]) -> f64 {
        let dim = self.objective.dim();
        let (x, v) = state.split_at(dim);
        let mut gradient = vec![0.0; dim];
        self.objective.gradient(x, &mut gradient);
        let mixed = (0..dim).map(|i| v[i] + self.damping * (x[i] - best[i]) + self.memory * gradient[i]);
        let kinetic: f64 = v.iter().map(|v| v * v).sum();
        self.pull * (self.objective.value(x) - self.objective.value(best))
            + 0.25 * (kinetic + mixed.map(|u| u * u).sum::<f64>())
    }
}

impl VectorField for MomentumFlow<'_> {
    fn dim(&self) -> usize {
        2 * self.objective.dim()
    }

    fn velocity(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let dim = self.objective.dim();
        let (mut gradient, mut up, mut down) = (vec![0.0; dim], vec![0.0; dim], vec![0.0; dim]);
        for (state, out) in x.chunks_exact(2 * dim).zip(out.chunks_exact_mut(2 * dim)) {
            let (x, v) = state.split_at(dim);
            self.objective.gradient(x, &mut gradient);
            let size = |u: &[f64]| u.iter().fold(0.0_f64, |most, u| most.max(u.abs()));
            let reach = REACH * size(x).max(1.0) / size(v).max(f64::MIN_POSITIVE);
            let turned = self.memory != 0.0 && size(v) > 0.0;
            if turned {
                let moved = |sign: f64| -> Vec<f64> { x.iter().zip(v).map(|(x, v)| x + sign * reach * v).collect() };
                self.objective.gradient(&moved(1.0), &mut up);
                self.objective.gradient(&moved(-1.0), &mut down);
            }
            for i in 0..dim {
                let bend = if turned { (up[i] - down[i]) / (2.0 * reach) } else { 0.0 };
                out[i] = v[i];
                out[dim + i] = -self.damping * v[i] - self.memory * bend - self.pull * gradient[i];
            }
        }
    }
}
