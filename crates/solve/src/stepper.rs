//! One step.

use crate::{Noise, System};
use std::ops::Range;

/// A step that was made: from `y` at `t` to `next` at `t + h`.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Time at the start.
    pub t: f64,
    /// Signed length.
    pub h: f64,
    /// State at the start.
    pub y: &'a [f64],
    /// State at the end.
    pub next: &'a [f64],
}

/// Makes one step of a [`System`] and never loops over time.
///
/// A stepper owns the workspace of one block and may remember the last step (first same as last, dense
/// output, multistep history).
pub trait Stepper: Send {
    /// Tries a step of signed length `h` from `(t, y)`: writes the new state to `next`, and the estimate of its
    /// local error to `error` if the method has one. Returns whether it has one.
    ///
    /// After a step that was not [accepted](Stepper::accept) the next call starts from the same `(t, y)`.
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        noise: &mut dyn Noise,
        next: &mut [f64],
        error: &mut [f64],
    ) -> bool;

    /// Writes the components `range` of the state at fraction `theta` of the last step to `out`: the straight line between
    /// its ends, unless a scheme has better. Between two steps of a diffusion there is nothing smoother to follow.
    fn interpolate(&mut self, _system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        for (o, i) in out.iter_mut().zip(range) {
            *o = step.y[i] + theta * (step.next[i] - step.y[i]);
        }
    }

    /// Degree of the polynomial in `theta` that [`Stepper::interpolate`] evaluates.
    fn degree(&self) -> usize {
        3
    }

    /// Order of the local error estimate, which sets the exponent of the controller.
    fn order(&self) -> usize;

    /// The last step was accepted. `altered` says that the state was changed after it (an event), so that
    /// nothing remembered about its end may be used. By default nothing is remembered.
    fn accept(&mut self, _altered: bool) {}
}
