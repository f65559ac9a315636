//! From a probability flow to diffusions with the same marginals.

use super::closure::OfTime;
use super::combine::{add, same_dim};
use thalweg_core::{Result, VectorField};

/// The diffusion that has the same marginals as a probability flow: a drift `b`, a score `s` and a noise
/// schedule `epsilon(t) >= 0` (Albergo, Boffi and Vanden-Eijnden, "Stochastic Interpolants", eqs. 2.33, 2.34).
///
/// Forward in time `dx = (b + eps s) dt + sqrt(2 eps) dW`; backward, integrated with decreasing time,
/// `dx = (b - eps s) dt + sqrt(2 eps) dW`. Growth is that of `b`.
pub struct NoisyField<'a> {
    drift: &'a dyn VectorField,
    score: &'a dyn VectorField,
    epsilon: OfTime<'a>,
    sign: f64,
}

impl<'a> NoisyField<'a> {
    /// For integration with increasing time. The velocity of `score` is the score `grad log rho(t, x)`.
    ///
    /// # Errors
    /// Drift and score have different dimensions.
    pub fn forward(
        drift: &'a dyn VectorField,
        score: &'a dyn VectorField,
        epsilon: impl Fn(f64) -> f64 + Send + Sync + 'a,
    ) -> Result<Self> {
        Self::new(drift, score, Box::new(epsilon), 1.0)
    }

    /// For integration with decreasing time.
    ///
    /// # Errors
    /// Drift and score have different dimensions.
    pub fn backward(
        drift: &'a dyn VectorField,
        score: &'a dyn VectorField,
        epsilon: impl Fn(f64) -> f64 + Send + Sync + 'a,
    ) -> Result<Self> {
        Self::new(drift, score, Box::new(epsilon), -1.0)
    }

    fn new(drift: &'a dyn VectorField, score: &'a dyn VectorField, epsilon: OfTime<'a>, sign: f64) -> Result<Self> {
        same_dim("combined to a diffusion", drift, score)?;
        Ok(Self { drift, score, epsilon, sign })
    }
}

impl VectorField for NoisyField<'_> {
    fn dim(&self) -> usize {
        self.drift.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.drift.velocity(t, x, out);
        let epsilon = (self.epsilon)(t);
        if epsilon != 0.0 {
            add(self.sign * epsilon, out, |score| self.score.velocity(t, x, score));
        }
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.drift.growth(t, x, out);
    }

    fn has_growth(&self) -> bool {
        self.drift.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        (2.0 * (self.epsilon)(t)).max(0.0).sqrt()
    }

    fn kinks(&self) -> Vec<f64> {
        [self.drift.kinks(), self.score.kinks()].concat()
    }
}
