//! Laws of motion.

/// A law: the drift of many states at a time, and what else the law knows.
///
/// States come in batches of `n` rows of [`VectorField::dim`] numbers, row-major. Closed-form fields,
/// catalogue systems and networks all implement this, so every integrator, metric and picture works on all.
/// An implementation evaluates on the calling thread; drivers split a batch into blocks and run those in
/// parallel.
pub trait VectorField: Send + Sync {
    /// Number of coordinates of a state.
    fn dim(&self) -> usize;

    /// Writes the drift `b(t, x)` of each row of `x` (`n x dim`) into `out` (`n x dim`).
    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]);

    /// Writes the growth rate `g(t, x) = d log w / dt` of each row of `x` into `out` (`n`).
    ///
    /// The default is a law without growth: zeros.
    fn growth(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
    }

    /// Whether [`VectorField::growth`] can be other than zero, so that weights must be carried.
    fn has_growth(&self) -> bool {
        false
    }

    /// Scalar diffusion coefficient `sigma(t)` of `dx = b dt + sigma dW` (Itô); zero for an ODE.
    fn diffusion(&self, _t: f64) -> f64 {
        0.0
    }

    /// Writes the diffusion coefficient of each coordinate at each row of `x` (`n x dim`) into `out` (`n x dim`): the noise
    /// is diagonal, one Brownian motion a coordinate.
    ///
    /// The default is [`VectorField::diffusion`] everywhere. A law whose noise depends on the state, or differs between
    /// coordinates, overrides this, and gives 1 for [`VectorField::diffusion`] so that it is known to have noise; the
    /// scheme then settles in whose sense it is meant.
    fn noise(&self, t: f64, _x: &[f64], out: &mut [f64]) {
        out.fill(self.diffusion(t));
    }

    /// Times, in any order, at which drift, growth or diffusion may jump; between two of them the law is smooth.
    ///
    /// A step must not cross one, and is evaluated inside the piece it belongs to. The default is a law without.
    fn kinks(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Writes the divergence of the drift at each row of `x` into `out` (`n`).
    ///
    /// The default is central differences: `2 dim` evaluations, error of order 1e-8 relative to the curvature
    /// of the drift. Fields that know better override it.
    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        let mut shifted = x.to_vec();
        let (mut plus, mut minus) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        out.fill(0.0);
        for k in 0..d {
            let step = |v: f64| 6e-6 * v.abs().max(1.0);
            for i in (k..x.len()).step_by(d) {
                shifted[i] = x[i] + step(x[i]);
            }
            self.velocity(t, &shifted, &mut plus);
            for i in (k..x.len()).step_by(d) {
                shifted[i] = x[i] - step(x[i]);
            }
            self.velocity(t, &shifted, &mut minus);
            for (row, i) in (k..x.len()).step_by(d).enumerate() {
                out[row] += (plus[i] - minus[i]) / (2.0 * step(x[i]));
                shifted[i] = x[i];
            }
        }
    }
}
