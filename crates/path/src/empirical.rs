//! A data set as a law: the exact minimiser of every denoising loss on it.

use crate::gaussian::rows;
use crate::mixture::log_sum_exp;
use crate::{AffinePath, Path};
use std::f64::consts::TAU;
use thalweg_core::{Error, Measure, Result, VectorField};

/// The law of the path from a standard normal source to a finite data set.
///
/// At `t` the law is a mixture of `N(alpha y_k, (beta² + gamma²) I)` over the data `y_k`. What an over-fitted
/// network converges to. Valid while `beta² + gamma² > 0`, that is, before the data end; a call costs
/// `n K d`.
#[derive(Clone, Debug)]
pub struct EmpiricalFlow {
    data: Measure,
    log_weights: Vec<f64>,
    path: AffinePath,
}

impl EmpiricalFlow {
    /// The law from the standard normal to `data` along `path`.
    ///
    /// # Errors
    /// A path without a meaning.
    pub fn new(data: Measure, path: AffinePath) -> Result<Self> {
        path.validate()?;
        if path.at(0.0).alpha.abs() > 0.5 && path.at(0.0).beta == 0.0 {
            return Err(Error::input(
                "A mirror path has no source, so no data set can be reached from noise along it.",
            ));
        }
        let log_weights = data.probabilities().iter().map(|w| w.ln()).collect();
        Ok(Self { data, log_weights, path })
    }

    /// Writes `D(x) = E[x1 | x]` of each row of `x`.
    pub fn denoiser(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let mut logs = vec![0.0; self.data.len()];
        for (x, o) in rows(x, out, self.dim()) {
            self.posterior_mean(t, x, &mut logs, o);
        }
    }

    /// Writes the score of each row of `x`.
    pub fn score(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let c = self.path.at(t);
        let variance = self.variance(t);
        self.denoiser(t, x, out);
        out.iter_mut().zip(x).for_each(|(o, x)| *o = (c.alpha * *o - x) / variance);
    }

    /// Writes the log density of each row of `x` into `out` (`n`).
    pub fn log_density(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let norm = -0.5 * self.dim() as f64 * (TAU * self.variance(t)).ln();
        let mut logs = vec![0.0; self.data.len()];
        for (x, o) in x.chunks_exact(self.dim()).zip(out) {
            self.log_kernels(t, x, &mut logs);
            *o = norm + log_sum_exp(&logs);
        }
    }

    fn variance(&self, t: f64) -> f64 {
        let c = self.path.at(t);
        c.beta * c.beta + c.gamma * c.gamma
    }

    fn log_kernels(&self, t: f64, x: &[f64], logs: &mut [f64]) {
        let alpha = self.path.at(t).alpha;
        let scale = -0.5 / self.variance(t);
        for ((l, log_weight), y) in logs.iter_mut().zip(&self.log_weights).zip(self.data.points().rows()) {
            let squared: f64 = x.iter().zip(y).map(|(x, y)| (x - alpha * y).powi(2)).sum();
            *l = log_weight + scale * squared;
        }
    }

    fn posterior_mean(&self, t: f64, x: &[f64], logs: &mut [f64], out: &mut [f64]) {
        self.log_kernels(t, x, logs);
        let total = log_sum_exp(logs);
        out.fill(0.0);
        for (l, y) in logs.iter().zip(self.data.points().rows()) {
            let weight = (l - total).exp();
            out.iter_mut().zip(y).for_each(|(o, y)| *o += weight * y);
        }
    }
}

impl VectorField for EmpiricalFlow {
    fn dim(&self) -> usize {
        self.data.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let c = self.path.at(t);
        // Given the datum, the rest of x is beta x0 + gamma z, whose rate regresses on it with this slope.
        let slope = (c.beta_d_beta + c.gamma_d_gamma) / self.variance(t);
        self.denoiser(t, x, out);
        out.iter_mut().zip(x).for_each(|(o, x)| *o = c.d_alpha * *o + slope * (x - c.alpha * *o));
    }
}
