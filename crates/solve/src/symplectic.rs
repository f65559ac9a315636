//! The symplectic stepper: one for all splittings.

use crate::hermite::Cubic;
use crate::law::{join, part};
use crate::{Law, Noise, Splitting, Step, Stepper, System};
use std::ops::Range;

/// A splitting method on a [`crate::Separable`] law: its map of one step is symplectic and its own inverse backward in
/// time, so energies stay near where they were for times that grow exponentially with one over the step (Hairer, Lubich
/// and Wanner, "Geometric Numerical Integration", chapter IX). Between steps: the cubic of Hermite.
pub struct Symplectic {
    splitting: &'static Splitting,
    q: Vec<f64>,
    p: Vec<f64>,
    rate: Vec<f64>,
    cubic: Cubic,
}

impl Symplectic {
    /// A stepper of the method.
    pub fn new(splitting: &'static Splitting) -> Self {
        Self { splitting, q: Vec::new(), p: Vec::new(), rate: Vec::new(), cubic: Cubic::default() }
    }
}

impl Stepper for Symplectic {
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        _noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        let Law::Separable(law) = system.law() else {
            next.fill(f64::NAN); // The driver has refused it.
            return false;
        };
        let m = law.freedom();
        for v in [&mut self.q, &mut self.p, &mut self.rate] {
            v.resize(y.len() / 2, 0.0);
        }
        part(m, y, &mut self.q, &mut self.p);
        let mut done = 0.0;
        for (k, drift) in self.splitting.drifts.iter().enumerate() {
            law.velocity(&self.p, &mut self.rate);
            advance(&mut self.q, drift * h, &self.rate);
            done += drift;
            if let Some(kick) = self.splitting.kicks.get(k) {
                law.force(t + done * h, &self.q, &mut self.rate);
                system.count();
                advance(&mut self.p, kick * h, &self.rate);
            }
        }
        join(m, &self.q, &self.p, next);
        self.cubic.forget();
        false
    }

    fn interpolate(&mut self, system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        self.cubic.interpolate(system, step, theta, range, out);
    }

    fn order(&self) -> usize {
        self.splitting.order
    }
}

fn advance(x: &mut [f64], h: f64, rate: &[f64]) {
    x.iter_mut().zip(rate).for_each(|(x, r)| *x += h * r);
}
