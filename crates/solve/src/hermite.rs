//! The cubic of Hermite through both ends of a step and their drifts: local error of order 4.

use crate::{Step, System};
use std::ops::Range;

/// The interpolant of steppers that have none of their own: drifts are evaluated when it is asked for.
#[derive(Default)]
pub struct Cubic {
    start: Vec<f64>,
    end: Vec<f64>,
    known: bool,
}

impl Cubic {
    /// Another step was made.
    pub fn forget(&mut self) {
        self.known = false;
    }

    /// The step goes between states of these drifts.
    pub fn learn(&mut self, start: &[f64], end: &[f64]) {
        start.clone_into(&mut self.start);
        end.clone_into(&mut self.end);
        self.known = true;
    }

    /// Writes the components `range` at fraction `theta` of the step.
    pub fn interpolate(
        &mut self,
        system: &System<'_>,
        step: Step<'_>,
        theta: f64,
        range: Range<usize>,
        out: &mut [f64],
    ) {
        if !self.known {
            self.start.resize(step.y.len(), 0.0);
            self.end.resize(step.y.len(), 0.0);
            system.drift(step.t, step.y, &mut self.start);
            system.drift(step.t + step.h, step.next, &mut self.end);
            self.known = true;
        }
        hermite(step, &self.start, &self.end, theta, range, out);
    }
}

/// The cubic with these drifts at both ends.
pub fn hermite(step: Step<'_>, start: &[f64], end: &[f64], theta: f64, range: Range<usize>, out: &mut [f64]) {
    let (s, s2) = (theta, theta * theta);
    let s3 = s2 * s;
    let (to, from_slope, to_slope) = (3.0 * s2 - 2.0 * s3, s3 - 2.0 * s2 + s, s3 - s2);
    for (o, i) in out.iter_mut().zip(range) {
        let slopes = from_slope * start[i] + to_slope * end[i];
        *o = step.y[i] + to * (step.next[i] - step.y[i]) + step.h * slopes;
    }
}
