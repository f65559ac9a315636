//! Heavy-ball momentum for the scaling iteration, with its parameters read off the convergence.
//!
//! Near the solution a full iteration is linear with real rates in [0, r]. Momentum with the right parameters turns
//! `1 / (1 - r)` iterations a digit into its square root. Reference: Polyak, USSR Comput. Math. Math. Phys. 4 (1964).

/// Iterations between two looks at the rate.
const WINDOW: usize = 8;
/// Smallest `1 - r` believed: below it the residuals no longer tell.
const SLOWEST: f64 = 1e-7;

/// `f + step (T f - f) + inertia (f - before)`.
pub(super) struct Momentum {
    step: f64,
    inertia: f64,
    seen: usize,
    start: f64,
    best: f64,
}

impl Momentum {
    /// Plain iteration.
    pub(super) fn new() -> Self {
        Self { step: 1.0, inertia: 0.0, seen: 0, start: f64::INFINITY, best: f64::INFINITY }
    }

    /// The next value of a potential from its present one, the one before and its half-step.
    pub(super) fn apply(&self, now: f64, before: f64, half_step: f64) -> f64 {
        if self.inertia == 0.0 {
            half_step
        } else {
            now + self.step * (half_step - now) + self.inertia * (now - before)
        }
    }

    /// Takes the residual of an iteration and adapts at the end of each window.
    pub(super) fn watch(&mut self, residual: f64) {
        self.seen += 1;
        // An oscillation may raise the residual for a while; growth beyond that means the parameters are wrong.
        let lost = residual.is_nan() || residual > 10.0 * self.best;
        if lost && self.inertia > 0.0 {
            *self = Self { start: residual, ..Self::new() };
            return;
        }
        self.best = self.best.min(residual);
        if self.seen < WINDOW {
            return;
        }
        let rate = (residual / self.start).powf(1.0 / self.seen as f64);
        (self.seen, self.start) = (0, residual);
        if rate.is_finite() && rate > self.inertia.sqrt() {
            self.adapt(rate);
        }
    }

    /// A mode with `1 - r = mu` decays at the larger root z of `z^2 - (1 + inertia - step mu) z + inertia`: from the
    /// observed z follows mu, and from mu the best parameters.
    fn adapt(&mut self, rate: f64) {
        let mu = (1.0 + self.inertia - rate - self.inertia / rate) / self.step;
        if mu <= 0.0 {
            *self = Self { start: self.start, ..Self::new() };
            return;
        }
        let root = mu.clamp(SLOWEST, 1.0).sqrt();
        self.step = 4.0 / ((1.0 + root) * (1.0 + root));
        self.inertia = ((1.0 - root) / (1.0 + root)).powi(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_linear_iteration_takes_the_root_of_its_iterations() {
        // T f = r f with r = 1 - 1e-4 and a fast mode: plain iteration needs 2.3e5 steps for ten digits.
        let rates = [1.0 - 1e-4, 0.9, 0.3];
        let (mut now, mut before) = ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]);
        let mut momentum = Momentum::new();
        let mut steps = 0;
        while now.iter().any(|v: &f64| v.abs() > 1e-10) {
            let next = [0, 1, 2].map(|k| momentum.apply(now[k], before[k], rates[k] * now[k]));
            (before, now) = (now, next);
            momentum.watch((0..3).map(|k| ((1.0 - rates[k]) * now[k]).abs()).sum());
            steps += 1;
            assert!(steps < 10_000, "no convergence: {now:?}");
        }
    }
}
