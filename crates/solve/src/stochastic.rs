//! Steppers for `dy = b dt + sigma dW` with diagonal noise.
//!
//! Backward in time (`h < 0`) the noise is that of the reversed process: `y + h b + sigma sqrt(|h|) xi`.

use crate::{Noise, Step, Stepper, System};
use std::ops::Range;

/// Euler-Maruyama, in the sense of Itô.
#[derive(Default)]
pub struct EulerMaruyama {
    drift: Vec<f64>,
    sigma: Vec<f64>,
    xi: Vec<f64>,
}

impl Stepper for EulerMaruyama {
    fn step(
        &mut self,
        system: &dyn System,
        t: f64,
        h: f64,
        y: &[f64],
        noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        for v in [&mut self.drift, &mut self.sigma, &mut self.xi] {
            v.resize(y.len(), 0.0);
        }
        system.drift(t, y, &mut self.drift);
        system.diffusion(t, y, &mut self.sigma);
        noise.normals(&mut self.xi);
        let root = h.abs().sqrt();
        for i in 0..y.len() {
            next[i] = y[i] + h * self.drift[i] + self.sigma[i] * root * self.xi[i];
        }
        false
    }

    fn interpolate(&mut self, _system: &dyn System, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        chord(step, theta, range, out);
    }

    fn order(&self) -> usize {
        1
    }

    fn accept(&mut self, _altered: bool) {}
}

/// Stochastic Heun: drift and diffusion averaged over both ends of the step.
///
/// It converges in the sense of Stratonovich; where `sigma` does not depend on the state (every
/// [`thalweg_core::VectorField`]) that is the sense of Itô too, with weak order 2 (Kloeden and Platen,
/// "Numerical Solution of Stochastic Differential Equations", section 15.1).
#[derive(Default)]
pub struct StochasticHeun {
    drift: [Vec<f64>; 2],
    sigma: [Vec<f64>; 2],
    xi: Vec<f64>,
}

impl Stepper for StochasticHeun {
    fn step(
        &mut self,
        system: &dyn System,
        t: f64,
        h: f64,
        y: &[f64],
        noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        for v in self.drift.iter_mut().chain(&mut self.sigma).chain([&mut self.xi]) {
            v.resize(y.len(), 0.0);
        }
        let root = h.abs().sqrt();
        let ([b0, b1], [s0, s1]) = (&mut self.drift, &mut self.sigma);
        system.drift(t, y, b0);
        system.diffusion(t, y, s0);
        noise.normals(&mut self.xi);
        for i in 0..y.len() {
            next[i] = y[i] + h * b0[i] + s0[i] * root * self.xi[i];
        }
        system.drift(t + h, next, b1);
        system.diffusion(t + h, next, s1);
        for i in 0..y.len() {
            next[i] = y[i] + 0.5 * (h * (b0[i] + b1[i]) + (s0[i] + s1[i]) * root * self.xi[i]);
        }
        false
    }

    fn interpolate(&mut self, _system: &dyn System, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        chord(step, theta, range, out);
    }

    fn order(&self) -> usize {
        2
    }

    fn accept(&mut self, _altered: bool) {}
}

/// The straight line between both ends: between two steps of a diffusion there is nothing smoother to follow.
fn chord(step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
    for (o, i) in out.iter_mut().zip(range) {
        *o = step.y[i] + theta * (step.next[i] - step.y[i]);
    }
}
