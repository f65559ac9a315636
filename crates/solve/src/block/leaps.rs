//! Jumps of rows between two steps, and what a block remembers.

use super::{Block, Halt, Shared};
use crate::history::History;
use crate::{Motion, Step};

/// A jump that is due.
#[derive(Clone, Copy, Debug)]
pub enum Pending {
    /// A kick of all rows.
    Kick(usize),
    /// An event that changes a row.
    Event {
        /// Which.
        event: usize,
        /// Of which row.
        row: usize,
    },
}

impl Block<'_> {
    /// Ends the step just tried, which goes to `to`, where the first event that changes a row happens. Where it ends.
    pub(super) fn shorten(&mut self, to: f64, shared: &Shared<'_>) -> f64 {
        let events = shared.motion.events;
        if events.iter().all(|event| event.stops()) {
            return to;
        }
        self.last_h = to - self.t;
        let mut first: Option<(f64, usize, usize)> = None;
        for row in (0..self.layout().rows).filter(|&row| self.hits[row].is_none()).collect::<Vec<_>>() {
            if let Some((event, theta)) = self.first_crossing(events, row)
                && !events[event].stops()
                && first.is_none_or(|(earlier, _, _)| theta < earlier)
            {
                first = Some((theta, event, row));
            }
        }
        let Some((theta, event, row)) = first else { return to };
        self.pending.push(Pending::Event { event, row });
        if theta >= 1.0 {
            return to;
        }
        let h = theta * self.last_h;
        if shared.options.scheme.is_stochastic() {
            // Another draw would favour the paths that do not cross.
            let step = Step { t: self.t, h: self.last_h, y: &self.y, next: &self.next };
            let mut part = vec![0.0; self.y.len()];
            self.stepper.interpolate(&self.system, step, theta, 0..step.y.len(), &mut part);
            self.next = part;
        } else {
            self.try_step(h);
        }
        self.t + h
    }

    /// Kicks that are due at the end of a leg, which has just been reached.
    pub(super) fn await_kicks(&mut self, motion: &Motion<'_>) {
        for (k, kick) in motion.kicks.iter().enumerate() {
            if kick.times().contains(&self.t) {
                self.pending.push(Pending::Kick(k));
            }
        }
    }

    /// Makes the jumps that are due now, so that the next step starts after them.
    pub(super) fn leap(&mut self, motion: &Motion<'_>) -> Result<(), Halt> {
        let (dim, t) = (self.layout().dim, self.t);
        let mut altered = !self.pending.is_empty();
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Event { event, row } => motion.events[event].apply(t, &mut self.y[row * dim..(row + 1) * dim]),
                Pending::Kick(k) => {
                    for row in (0..self.hits.len()).filter(|&row| self.hits[row].is_none()) {
                        motion.kicks[k].apply(t, &mut self.y[row * dim..(row + 1) * dim]);
                    }
                }
            }
        }
        if self.clocks.soonest() <= t {
            let hits = &self.hits;
            let struck = self.clocks.strike(motion.jumps, t, &mut self.y, dim, |row| hits[row].is_none());
            altered |= struck.map_err(|row| Halt::Rate { row: self.first_row + row, time: t })?;
        }
        if altered {
            self.stepper.accept(true);
            if let Some(i) = self.y.iter().position(|v| !v.is_finite()) {
                return Err(self.non_finite(i));
            }
        }
        Ok(())
    }

    /// Remembers the step that is about to be accepted, where the law looks back.
    pub(super) fn record(&mut self) {
        let Some(history) = self.system.history() else { return };
        let (degree, len) = (self.stepper.degree(), self.y.len());
        let step = Step { t: self.t, h: self.last_h, y: &self.y, next: &self.next };
        let mut values = vec![0.0; (degree + 1) * len];
        for (j, theta) in History::nodes(degree).iter().enumerate() {
            let out = &mut values[j * len..(j + 1) * len];
            match j {
                0 => out.copy_from_slice(&self.y),
                _ if j == degree => out.copy_from_slice(&self.next),
                _ => self.stepper.interpolate(&self.system, step, *theta, 0..len, out),
            }
        }
        history.borrow_mut().push(self.t, self.last_h, values);
    }
}
