//! The two schemes that any noise admits.
//!
//! Backward in time (`h < 0`) the noise is that of the reversed process: `y + h b + sigma sqrt(|h|) xi`.

use crate::{Noise, Sense, Stepper, System};

/// Euler-Maruyama. Converges in the sense of Itô; the drift of an equation of another sense is corrected.
#[derive(Default)]
pub struct EulerMaruyama {
    drift: Vec<f64>,
    spread: Vec<f64>,
    xi: Vec<f64>,
}

impl Stepper for EulerMaruyama {
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
        false
    }

    fn order(&self) -> usize {
        1
    }
}

/// Stochastic Heun: drift and noise averaged over both ends of the step. Converges in the sense of Stratonovich; the
/// drift of an equation of another sense is corrected.
///
/// Where the noise does not depend on the state all senses agree, and the weak order is 2 (Kloeden and Platen,
/// "Numerical Solution of Stochastic Differential Equations", section 15.1). Else the weak order is 1; the strong order
/// is 1 for noise that commutes and 1/2 in general.
#[derive(Default)]
pub struct StochasticHeun {
    drift: [Vec<f64>; 2],
    spread: [Vec<f64>; 2],
    xi: Vec<f64>,
}

impl Stepper for StochasticHeun {
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
        self.drift.iter_mut().for_each(|v| v.resize(y.len(), 0.0));
        let root = h.abs().sqrt();
        let ([a0, a1], [b0, b1]) = (&mut self.drift, &mut self.spread);
        system.drift_in(Sense::Stratonovich, t, y, a0);
        system.spread(t, y, b0);
        self.xi.resize(system.noises(), 0.0);
        noise.normals(&mut self.xi);
        for i in 0..y.len() {
            next[i] = y[i] + h * a0[i];
        }
        system.push(b0, &self.xi, root, next);
        system.drift_in(Sense::Stratonovich, t + h, next, a1);
        system.spread(t + h, next, b1);
        for i in 0..y.len() {
            next[i] = y[i] + 0.5 * h * (a0[i] + a1[i]);
        }
        b0.iter_mut().zip(b1).for_each(|(b0, b1)| *b0 += *b1);
        system.push(b0, &self.xi, 0.5 * root, next);
        false
    }

    fn order(&self) -> usize {
        2
    }
}
