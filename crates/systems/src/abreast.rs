//! Adaptive steps of several states side by side, each with a time and a length of its own.

use crate::kernel::{Kernel, LANES, Numbers};

/// States that move together: `L` is 1 or [`LANES`].
///
/// The inputs of the kernel are `width` states, the time and the length of the step; its outputs the states at the end, the
/// error in units of the tolerance, and whatever else is wanted of a step.
pub(crate) struct Abreast<'a, const L: usize> {
    kernel: &'a Kernel,
    scratch: Numbers,
    width: usize,
    /// Inputs, and after them outputs.
    frame: Numbers,
    pub time: [f64; L],
    /// The length that the next step should have.
    pub length: [f64; L],
    /// The factor by which the next length may grow.
    most: [f64; L],
}

/// What became of a try.
pub(crate) struct Attempt<const L: usize> {
    /// Whether the error is small enough.
    pub accepted: [bool; L],
    /// The lengths that were tried.
    pub length: [f64; L],
    /// Whether the error is a finite number.
    pub finite: [bool; L],
}

const SAFETY: f64 = 0.9;
const LEAST: f64 = 0.2;
const MOST: f64 = 8.0;

impl<'a, const L: usize> Abreast<'a, L> {
    /// `width` states a lane under `kernel`, which has `more` outputs beside the states and the error.
    pub fn new(kernel: &'a Kernel, width: usize, more: usize) -> Self {
        debug_assert!(L == 1 || L == LANES);
        let frame = Numbers::zeros((2 * width + 3 + more) * L);
        let scratch = kernel.scratch();
        Self { kernel, scratch, width, frame, time: [0.0; L], length: [0.0; L], most: [MOST; L] }
    }

    /// Puts a state into a lane.
    pub fn place(&mut self, lane: usize, time: f64, state: &[f64], length: f64) {
        state.iter().enumerate().for_each(|(k, v)| self.frame[k * L + lane] = *v);
        (self.time[lane], self.length[lane], self.most[lane]) = (time, length, MOST);
    }

    /// Component `k` of the states.
    pub fn state(&self, k: usize) -> &[f64] {
        &self.frame[k * L..][..L]
    }

    /// Output `k` of the last try: states, error, and what else was wanted.
    pub fn output(&self, k: usize) -> &[f64] {
        &self.frame[(self.width + 2 + k) * L..][..L]
    }

    /// Inputs and outputs of the last try.
    pub fn frame(&self) -> &[f64] {
        &self.frame
    }

    /// Tries a step of every lane, of its own length but at most `most`, and chooses the next lengths.
    pub fn attempt(&mut self, most: &[f64; L]) -> Attempt<L> {
        let length: [f64; L] = std::array::from_fn(|l| self.length[l].min(most[l]));
        let (inputs, outputs) = self.frame.split_at_mut((self.width + 2) * L);
        inputs[self.width * L..][..L].copy_from_slice(&self.time);
        inputs[(self.width + 1) * L..].copy_from_slice(&length);
        self.kernel.run(inputs, outputs, &mut self.scratch);
        let mut error = [0.0; L];
        error.copy_from_slice(&outputs[self.width * L..][..L]);
        // The error of a step grows with the power 8 of its length. Where it is no number, the step is far too long.
        let factor: [f64; L] =
            std::array::from_fn(|l| (SAFETY / error[l].sqrt().sqrt().sqrt()).max(LEAST).min(self.most[l]));
        let accepted = error.map(|e| e <= 1.0);
        self.length = std::array::from_fn(|l| length[l] * factor[l]);
        // After a step that failed the next is not longer.
        self.most = accepted.map(|accepted| if accepted { MOST } else { 1.0 });
        Attempt { accepted, length, finite: error.map(f64::is_finite) }
    }

    /// Moves the lanes whose step was accepted to its end. Only the first `carried` states are those of the outputs.
    pub fn commit(&mut self, attempt: &Attempt<L>, carried: usize) {
        let (inputs, outputs) = self.frame.split_at_mut((self.width + 2) * L);
        for (now, next) in inputs.chunks_exact_mut(L).zip(outputs.chunks_exact(L)).take(carried) {
            for l in 0..L {
                now[l] = if attempt.accepted[l] { next[l] } else { now[l] };
            }
        }
        for l in 0..L {
            self.time[l] += if attempt.accepted[l] { attempt.length[l] } else { 0.0 };
        }
    }

    /// Whether steps of a lane have become too short to move its time.
    pub fn stuck(&self, lane: usize) -> bool {
        let (time, length) = (self.time[lane], self.length[lane]);
        length < 8.0 * f64::EPSILON * time.abs() || length < 1e-250
    }
}

/// A length for the first step: a hundredth of the time in which the state would change by its own size (Hairer, Norsett
/// and Wanner I, section II.4); the control of errors does the rest.
pub(crate) fn first_length(state: &[f64], rates: &[f64], tolerance: f64) -> f64 {
    let size = |values: &[f64]| {
        values.iter().zip(state).map(|(v, y)| (v / (tolerance + tolerance * y.abs())).powi(2)).sum::<f64>().sqrt()
    };
    let (state, slope) = (size(state), size(rates));
    if state < 1e-5 || slope < 1e-5 || !slope.is_finite() { 1e-6 } else { 0.01 * state / slope }
}
