//! The length of the next step.

/// Proportional-integral control of the step length (Gustafsson 1991; Hairer, Norsett and Wanner, "Solving
/// Ordinary Differential Equations I", section IV.2), with the constants of DOPRI5; from
/// order 6 on those of DOP853, without the memory.
///
/// The error of a row is the root mean square over its components of `error / (atol + rtol |y|)`; that of a
/// block is the largest of its rows, so the tolerance holds for each of them.
#[derive(Clone, Debug)]
pub struct Controller {
    exponent: f64,
    memory: f64,
    previous: f64,
    rejected: bool,
}

/// Share of the last error in the choice of the next step, up to order 5.
const BETA: f64 = 0.04;
const SAFETY: f64 = 0.9;
const LEAST: f64 = 0.2;
const MOST: f64 = 10.0;

impl Controller {
    /// A controller for a method whose solution has this order.
    pub fn new(order: usize) -> Self {
        let memory = if order > 5 { 0.0 } else { BETA };
        let exponent = 1.0 / order as f64 - 0.75 * memory;
        Self { exponent, memory, previous: 1e-4, rejected: false }
    }

    /// Judges a step of scaled error `error`: whether it is accepted, and the factor for the next length.
    pub fn judge(&mut self, error: f64) -> (bool, f64) {
        if !error.is_finite() {
            self.rejected = true;
            return (false, LEAST);
        }
        let wish = SAFETY * error.powf(-self.exponent);
        if error > 1.0 {
            self.rejected = true;
            return (false, wish.clamp(LEAST, 1.0));
        }
        let factor = (wish * self.previous.powf(self.memory)).clamp(LEAST, MOST);
        let most = if self.rejected { 1.0 } else { MOST };
        self.previous = error.max(1e-4);
        self.rejected = false;
        (true, factor.min(most))
    }
}
