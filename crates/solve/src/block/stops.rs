//! Where rows stop within a step, and the state of a block between steps.

use super::Block;
use crate::{Event, Hit, Step};

/// Fraction of a step at which a row has left a surface that it starts on.
const AFTER: f64 = 1e-3;

impl Block<'_> {
    /// Puts every row that crosses an event in the step just tried where it crosses. Whether any did.
    pub(super) fn stop_rows(&mut self, events: &[Event<'_>]) -> bool {
        let layout = self.layout();
        let mut stopped: Vec<(usize, Vec<f64>)> = Vec::new();
        for row in 0..layout.rows {
            if self.hits[row].is_some() {
                continue;
            }
            if let Some((event, theta)) = self.first_crossing(events, row)
                && events[event].stops()
            {
                let mut state = vec![0.0; layout.dim + layout.extras];
                self.row_at(row, theta, &mut state);
                self.hits[row] = Some(Hit { event, time: self.t + theta * self.last_h });
                stopped.push((row, state));
            }
        }
        // Only now, since interpolants read the end of the step.
        for (row, state) in &stopped {
            let (x, extra) = state.split_at(layout.dim);
            self.next[row * layout.dim..(row + 1) * layout.dim].copy_from_slice(x);
            let i = layout.coordinates() + row * layout.extras;
            self.next[i..i + layout.extras].copy_from_slice(extra);
            self.system.freeze(*row);
        }
        !stopped.is_empty()
    }

    /// The first event that a row crosses in the step just tried, and the fraction of the step.
    pub(super) fn first_crossing(&mut self, events: &[Event<'_>], row: usize) -> Option<(usize, f64)> {
        let range = row * self.layout().dim..(row + 1) * self.layout().dim;
        let mut first: Option<(usize, f64)> = None;
        for (k, event) in events.iter().enumerate() {
            let before = self.departs(event, row);
            if event.crosses(before, event.value(self.t + self.last_h, &self.next[range.clone()])) {
                let theta = self.crossing(event, before, row);
                if first.is_none_or(|(_, earlier)| theta < earlier) {
                    first = Some((k, theta));
                }
            }
        }
        first
    }

    /// Value of an event at the start of the step just tried, or just after where that is zero: a row that was put on a
    /// surface is on the side that it leaves to.
    fn departs(&mut self, event: &Event<'_>, row: usize) -> f64 {
        let dim = self.layout().dim;
        let before = event.value(self.t, &self.y[row * dim..(row + 1) * dim]);
        if before != 0.0 {
            return before;
        }
        let mut x = vec![0.0; dim + self.layout().extras];
        self.row_at(row, AFTER, &mut x);
        event.value(self.t + AFTER * self.last_h, &x[..dim])
    }

    /// Fraction of the step just tried at which an event crosses zero, by bisection on the interpolant.
    fn crossing(&mut self, event: &Event<'_>, before: f64, row: usize) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        let mut x = vec![0.0; self.layout().dim + self.layout().extras];
        let dim = self.layout().dim;
        while high - low > 4.0 * f64::EPSILON {
            let middle = 0.5 * (low + high);
            self.row_at(row, middle, &mut x);
            let value = event.value(self.t + middle * self.last_h, &x[..dim]);
            let same_side = value != 0.0 && (value > 0.0) == (before > 0.0);
            *(if same_side { &mut low } else { &mut high }) = middle;
        }
        high
    }

    /// Coordinates and extra of a row at a fraction of the step just tried.
    fn row_at(&mut self, row: usize, theta: f64, out: &mut [f64]) {
        let layout = self.layout();
        let step = Step { t: self.t, h: self.last_h, y: &self.y, next: &self.next };
        let (x, extra) = out.split_at_mut(layout.dim);
        self.stepper.interpolate(&self.system, step, theta, row * layout.dim..(row + 1) * layout.dim, x);
        if layout.extras > 0 {
            let i = layout.coordinates() + row;
            self.stepper.interpolate(&self.system, step, theta, i..i + 1, extra);
        }
    }

    /// Keeps the state at `time`, which lies within the last step or at its end.
    pub(super) fn set_mark(&mut self, time: f64) {
        self.marks.swap(0, 1);
        let mark = &mut self.marks[0];
        mark.time = time;
        if time == self.t {
            mark.state.copy_from_slice(&self.y);
            return;
        }
        let start = self.t - self.last_h;
        let theta = (time - start) / self.last_h;
        let step = Step { t: start, h: self.last_h, y: &self.before, next: &self.y };
        self.stepper.interpolate(&self.system, step, theta, 0..self.y.len(), &mut mark.state);
        let layout = self.system.layout();
        for row in 0..layout.rows {
            if self.hits[row].is_some_and(|hit| (time - hit.time) * self.last_h >= 0.0) {
                let range = row * layout.dim..(row + 1) * layout.dim;
                mark.state[range.clone()].copy_from_slice(&self.y[range]);
                if layout.extras > 0 {
                    mark.state[layout.coordinates() + row] = self.y[layout.coordinates() + row];
                }
            }
        }
    }
}
