//! Evaluating a law: units in, network, units out.
//!
//! With `z = (x - mean) / scale`, time `tau(t)` and its rate `r = d tau / dt`: `dx/dt = scale r dz/dtau`,
//! `d log w / dt = r d log w / dtau`, `∂_x log p = (1 / scale) ∂_z log p`, and the divergence of `dx/dt` is
//! `r` times that of `dz/dtau`, because the scales cancel.

use super::Model;
use super::net::Net;
use thalweg_core::{Error, Result, VectorField};

impl Model {
    /// Writes the score `∂_x log p_t(x)` of each row of `x` (`n x dim`) into `out` (`n x dim`).
    ///
    /// # Errors
    /// The method of this law learns no score.
    pub fn score(&self, t: f64, x: &[f64], out: &mut [f64]) -> Result<()> {
        let Some(net) = &self.score else {
            return Err(Error::input(format!("The law learned by {} has no score.", self.law.method))
                .advise("Learn it with stochastic-interpolants, which has one."));
        };
        self.read(net, t, x, self.dim(), |k| 1.0 / self.law.scaling.scale_of(k), out);
        Ok(())
    }

    /// Standardised rows for the networks.
    fn rows(&self, t: f64, x: &[f64]) -> Vec<f32> {
        let d = self.dim();
        let mut rows = vec![0.0; x.len() / d * (d + 1)];
        self.law.scaling.rows(self.law.scaling.tau(t), x, &mut rows);
        rows
    }

    /// Writes `numbers` numbers a row, each times the unit of its column, into `out`.
    fn read(&self, net: &Net, t: f64, x: &[f64], numbers: usize, unit: impl Fn(usize) -> f64, out: &mut [f64]) {
        // Networks were checked against their parameters when the model was made, so that a failure here comes
        // from buffers of the wrong length; not-a-number is what every driver stops on.
        let Ok(rows) = net.evaluate(&self.params, &self.rows(t, x)) else { return out.fill(f64::NAN) };
        let units: Vec<f64> = (0..numbers).map(unit).collect();
        for (to, from) in out.chunks_exact_mut(numbers).zip(rows.iter()) {
            for k in 0..numbers {
                to[k] = f64::from(from[k]) * units[k];
            }
        }
    }
}

impl VectorField for Model {
    fn dim(&self) -> usize {
        self.law.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let scaling = &self.law.scaling;
        let rate = scaling.clock.rate(t);
        self.read(&self.velocity, t, x, self.dim(), |k| scaling.scale_of(k) * rate, out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match &self.growth {
            Some(net) => self.read(net, t, x, 1, |_| self.law.scaling.clock.rate(t), out),
            None => out.fill(0.0),
        }
    }

    fn has_growth(&self) -> bool {
        self.growth.is_some()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.law.diffusion.at(t, &self.law.scaling)
    }

    fn kinks(&self) -> Vec<f64> {
        self.law.scaling.clock.kinks().to_vec()
    }

    /// Exact for a velocity network, by one forward derivative a coordinate. For the gradient of a potential, by
    /// central differences of the gradient: two gradients a coordinate, error about 1e-4 of the gradient in
    /// standardised units.
    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let rows = self.rows(t, x);
        out.fill(0.0);
        for axis in 0..self.dim() {
            if self.velocity.add_slope(axis, &self.params, &rows, out).is_err() {
                return out.fill(f64::NAN);
            }
        }
        let rate = self.law.scaling.clock.rate(t);
        out.iter_mut().for_each(|v| *v *= rate);
    }
}
