//! How large the error of a step is, and how long the first step should be.

use super::{Block, Shared};
use crate::Integrate;

impl Block<'_> {
    /// Error of the step just tried in units of the tolerance: the largest over rows.
    pub(super) fn scaled_error(&self, options: &Integrate) -> f64 {
        let scale = |i: usize| options.atol + options.rtol * self.y[i].abs().max(self.next[i].abs());
        self.largest_row(|i| ratio(self.error[i], scale(i)), &self.next)
    }

    /// Largest over rows of the root mean square of `f`, or NaN where that or `state` is not finite.
    fn largest_row(&self, f: impl Fn(usize) -> f64, state: &[f64]) -> f64 {
        if !state.iter().all(|v| v.is_finite()) {
            return f64::NAN;
        }
        let layout = self.layout();
        let mut worst: f64 = 0.0;
        for row in 0..layout.rows {
            let extra = layout.coordinates() + row * layout.extras;
            let square = |i: usize| f(i) * f(i);
            let coordinates: f64 = (row * layout.dim..(row + 1) * layout.dim).map(square).sum();
            let sum = coordinates + (extra..extra + layout.extras).map(square).sum::<f64>();
            if sum.is_nan() {
                return f64::NAN;
            }
            worst = worst.max(sum);
        }
        (worst / (layout.dim + layout.extras) as f64).sqrt()
    }

    /// Length of the first step (Hairer, Norsett and Wanner I, section II.4), two evaluations.
    pub(super) fn first_length(&mut self, shared: &Shared<'_>) -> f64 {
        let left = self.limit - self.t;
        let left = left.abs().min(self.system.longest_step()).copysign(left);
        let options = shared.options;
        let scale = |y: f64| options.atol + options.rtol * y.abs();
        let mut slope = vec![0.0; self.y.len()];
        self.system.drift(self.t, &self.y, &mut slope);
        let d0 = self.largest_row(|i| ratio(self.y[i], scale(self.y[i])), &self.y);
        let d1 = self.largest_row(|i| ratio(slope[i], scale(self.y[i])), &slope);
        let guess = if d0 < 1e-5 || d1 < 1e-5 || !d1.is_finite() { 1e-6 } else { 0.01 * d0 / d1 };
        let guess = guess.min(left.abs());
        for i in 0..self.y.len() {
            self.next[i] = self.y[i] + guess.copysign(left) * slope[i];
        }
        let mut bent = vec![0.0; self.y.len()];
        self.system.drift(self.t + guess.copysign(left), &self.next, &mut bent);
        let d2 = self.largest_row(|i| ratio(bent[i] - slope[i], scale(self.y[i])), &bent) / guess;
        let curve = d1.max(d2);
        let power = 1.0 / (self.stepper.order() as f64);
        let second = if curve <= 1e-15 { (guess * 1e-3).max(1e-6) } else { (0.01 / curve).powf(power) };
        // NaN ends in the guess: the step itself will find out.
        (100.0 * guess).min(second).min(left.abs())
    }
}

/// An amount in units of a scale; a component that is and stays zero has none, even at tolerance zero.
fn ratio(amount: f64, scale: f64) -> f64 {
    if amount == 0.0 { 0.0 } else { amount / scale }
}
