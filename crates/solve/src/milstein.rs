//! Milstein's scheme.

use crate::{Noise, Sense, Stepper, System};

/// Milstein's scheme in its form without derivatives, for noise that is diagonal or commutes: strong order 1 in the sense
/// of Itô (Kloeden and Platen, "Numerical Solution of Stochastic Differential Equations", sections 10.3 and 11.1). The
/// drift of an equation of another sense is corrected. One more evaluation of the noise than Euler-Maruyama, or one a
/// column.
#[derive(Default)]
pub struct Milstein {
    drift: Vec<f64>,
    spread: Vec<f64>,
    moved: Vec<f64>,
    there: Vec<f64>,
    xi: Vec<f64>,
}

impl Milstein {
    /// Adds `sum_ij ((b_i . grad) b_j) (dW_i dW_j - h delta_ij) / 2` to `next`, by differences along the columns.
    fn correct(&mut self, system: &System<'_>, t: f64, h: f64, y: &[f64], next: &mut [f64]) {
        let root = h.sqrt();
        let split = system.layout().coordinates();
        self.moved.clear();
        self.moved.extend_from_slice(y);
        let Some(m) = system.noise().columns() else {
            for i in 0..split {
                self.moved[i] = y[i] + root * self.spread[i];
            }
            system.spread(t, &self.moved, &mut self.there);
            for i in 0..split {
                let xi = self.xi[i];
                next[i] += 0.5 * root * (self.there[i] - self.spread[i]) * (xi * xi - 1.0);
            }
            return;
        };
        let dim = system.layout().dim;
        for i in 0..m {
            for k in 0..split {
                self.moved[k] = y[k] + root * self.spread[k * m + i];
            }
            system.spread(t, &self.moved, &mut self.there);
            for k in 0..split {
                let xi = &self.xi[k / dim * m..(k / dim + 1) * m];
                for j in 0..m {
                    let double = xi[i] * xi[j] - f64::from(i == j);
                    next[k] += 0.5 * root * (self.there[k * m + j] - self.spread[k * m + j]) * double;
                }
            }
        }
    }
}

impl Stepper for Milstein {
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        self.drift.resize(y.len(), 0.0);
        system.drift_in(Sense::Ito, t, y, &mut self.drift);
        system.spread(t, y, &mut self.spread);
        self.xi.resize(system.noises(), 0.0);
        noise.normals(&mut self.xi);
        for i in 0..y.len() {
            next[i] = y[i] + h * self.drift[i];
        }
        system.push(&self.spread, &self.xi, h.abs().sqrt(), next);
        if !system.noise().is_additive() {
            self.correct(system, t, h, y, next);
        }
        false
    }

    fn order(&self) -> usize {
        1
    }
}
