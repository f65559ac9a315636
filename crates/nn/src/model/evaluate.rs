//! Evaluating a law: units in, network, units out.
//!
//! With `z = (x - mean) / scale` and `tau = (t - origin) / T`: `dx/dt = (scale / T) dz/dtau`,
//! `d log w / dt = (1 / T) d log w / dtau`, `∂_x log p = (1 / scale) ∂_z log p`, and the divergence of `dx/dt` is
//! that of `dz/dtau` over `T`, because the scales cancel.

use super::{Head, Model, Reading};
use thalweg_core::{Error, Result, VectorField};

/// Half the step, in standardised units, of the differences that give the Laplacian of a potential: the cube
/// root of the single-precision unit roundoff balances truncation and rounding.
const STEP: f32 = 5e-3;

impl Model {
    /// Writes the score `∂_x log p_t(x)` of each row of `x` (`n x dim`) into `out` (`n x dim`).
    ///
    /// # Errors
    /// The method of this law learns no score.
    pub fn score(&self, t: f64, x: &[f64], out: &mut [f64]) -> Result<()> {
        let Some(head) = &self.law.score else {
            return Err(Error::input(format!("The law learned by {} has no score.", self.law.method))
                .advise("Learn it with stochastic-interpolants, which has one."));
        };
        let scaling = &self.law.scaling;
        self.read(head, &self.rows(t, x), self.dim(), |k, value| value / scaling.scale_of(k), out);
        Ok(())
    }

    /// Standardised rows for the networks.
    fn rows(&self, t: f64, x: &[f64]) -> Vec<f32> {
        let d = self.dim();
        let mut rows = vec![0.0; x.len() / d * (d + 1)];
        self.law.scaling.rows(self.law.scaling.tau(t), x, &mut rows);
        rows
    }

    /// Reads `numbers` numbers a row from `head` and writes them, brought to data units, into `out`.
    fn read(&self, head: &Head, rows: &[f32], numbers: usize, unit: impl Fn(usize, f64) -> f64, out: &mut [f64]) {
        let Some((values, width, first)) = self.raw(head, rows) else {
            // Networks were checked against their parameters when the model was made; what is left is a state
            // buffer of the wrong length, and not-a-number is what every driver stops on.
            return out.fill(f64::NAN);
        };
        for (to, from) in out.chunks_exact_mut(numbers).zip(values.chunks_exact(width)) {
            for k in 0..numbers {
                to[k] = unit(k, f64::from(from[first + k]));
            }
        }
    }

    /// What the network of `head` gives for `rows`: values, their row length and the first column to read.
    fn raw(&self, head: &Head, rows: &[f32]) -> Option<(Vec<f32>, usize, usize)> {
        let (spec, params) = (&head.spec, &self.params[head.offset..]);
        let (n, outputs) = (rows.len() / spec.inputs, spec.outputs().ok()?);
        let mut out = vec![0.0; n * outputs];
        match head.reading {
            Reading::Direct { first } => {
                self.exec.forward(spec, params, rows, &mut out).ok()?;
                Some((out, outputs, first))
            }
            Reading::GradientOfPotential => {
                let mut gradient = vec![0.0; rows.len()];
                self.exec.vjp(spec, params, rows, &vec![1.0; n], &mut out, &mut gradient).ok()?;
                Some((gradient, spec.inputs, 0))
            }
        }
    }

    /// Adds the derivative of number `axis` of the velocity along `axis` to each row of `out`, standardised.
    fn add_derivative(&self, axis: usize, rows: &[f32], out: &mut [f64]) -> Option<()> {
        let head = &self.law.velocity;
        let (width, outputs) = (head.spec.inputs, head.spec.outputs().ok()?);
        match head.reading {
            Reading::Direct { first } => {
                let mut tangent = vec![0.0; rows.len()];
                tangent.iter_mut().skip(axis).step_by(width).for_each(|v| *v = 1.0);
                let (mut value, mut change) = (vec![0.0; out.len() * outputs], vec![0.0; out.len() * outputs]);
                let params = &self.params[head.offset..];
                self.exec.jvp(&head.spec, params, rows, &tangent, &mut value, &mut change).ok()?;
                let along = change.chunks_exact(outputs).map(|row| f64::from(row[first + axis]));
                out.iter_mut().zip(along).for_each(|(sum, v)| *sum += v);
            }
            Reading::GradientOfPotential => {
                let shifted = |by: f32| {
                    let mut moved = rows.to_vec();
                    moved.iter_mut().skip(axis).step_by(width).for_each(|v| *v += by);
                    self.raw(head, &moved).map(|(values, ..)| (moved, values))
                };
                let ((right, above), (left, below)) = (shifted(STEP)?, shifted(-STEP)?);
                for (row, sum) in out.iter_mut().enumerate() {
                    let i = row * width + axis;
                    *sum += f64::from(above[i] - below[i]) / f64::from(right[i] - left[i]);
                }
            }
        }
        Some(())
    }
}

impl VectorField for Model {
    fn dim(&self) -> usize {
        self.law.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let scaling = &self.law.scaling;
        let unit = |k, value| value * scaling.scale_of(k) / scaling.time_scale;
        self.read(&self.law.velocity, &self.rows(t, x), self.dim(), unit, out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match &self.law.growth {
            Some(head) => self.read(head, &self.rows(t, x), 1, |_, value| value / self.law.scaling.time_scale, out),
            None => out.fill(0.0),
        }
    }

    fn has_growth(&self) -> bool {
        self.law.growth.is_some()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.law.diffusion.at(t)
    }

    /// Exact for a velocity network, by one forward derivative a coordinate. For the gradient of a potential, by
    /// central differences of the gradient: two gradients a coordinate, absolute error about 1e-5 of the
    /// curvature in standardised units.
    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let rows = self.rows(t, x);
        out.fill(0.0);
        for axis in 0..self.dim() {
            if self.add_derivative(axis, &rows, out).is_none() {
                return out.fill(f64::NAN);
            }
        }
        out.iter_mut().for_each(|v| *v /= self.law.scaling.time_scale);
    }
}
