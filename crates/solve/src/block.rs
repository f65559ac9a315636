//! A block of rows on its way: it advances leg by leg and can be asked for the state at the end of each.

mod error;
mod leaps;
mod stops;

use crate::jumps::Clocks;
use crate::noise::Quiet;
use crate::plan::{Leg, Pace};
use crate::walls::Guard;
use crate::{Controller, Extra, Hit, Integrate, Layout, Motion, Noise, RowNoise, Step, Stepper, System};
use leaps::Pending;
use std::time::Instant;
use thalweg_core::{Budget, Context};

/// Shortest step, as a share of what is left, near time 0 where rounding sets no bound.
const SHORTEST: f64 = 1e-24;

/// Why a block could not finish a leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Halt {
    /// A budget ran out at this time.
    Budget {
        /// Which.
        budget: Budget,
        /// When.
        time: f64,
    },
    /// A row (counted over all blocks) left the finite range in the step from this time.
    NonFinite {
        /// Row.
        row: usize,
        /// When.
        time: f64,
    },
    /// The rate of jumps of a row is no number, or above its bound.
    Rate {
        /// Row.
        row: usize,
        /// When.
        time: f64,
    },
    /// The caller asked to stop.
    Interrupted,
}

/// What all blocks share.
pub struct Shared<'a> {
    /// The settings.
    pub options: &'a Integrate,
    /// Where the span ends.
    pub end: f64,
    /// 1 forward in time, -1 backward.
    pub sign: f64,
    /// What happens on the way.
    pub motion: &'a Motion<'a>,
    /// When the call began.
    pub began: Instant,
    /// The call.
    pub ctx: &'a Context,
}

/// A state at a time at which the block was asked for it.
#[derive(Clone)]
pub struct Mark {
    /// Time.
    pub time: f64,
    /// Flat state, see [`Layout`].
    pub state: Vec<f64>,
}

/// A block of rows.
pub struct Block<'a> {
    system: System<'a>,
    stepper: Box<dyn Stepper>,
    noise: Box<dyn Noise + Send>,
    guard: Option<Guard>,
    clocks: Clocks,
    /// Jumps at the end of the last step that have not been made.
    pending: Vec<Pending>,
    controller: Controller,
    first_row: usize,
    t: f64,
    y: Vec<f64>,
    next: Vec<f64>,
    error: Vec<f64>,
    /// State and signed length of the last step, which ended at `(t, y)`.
    before: Vec<f64>,
    last_h: f64,
    /// What no adaptive step passes: the next kink, or the end of the span.
    limit: f64,
    /// Length the controller wishes for the next step; zero before the first.
    wish: f64,
    hits: Vec<Option<Hit>>,
    tries: usize,
    accepted: usize,
    /// State at the end of the last leg, and of the leg before.
    marks: [Mark; 2],
}

impl<'a> Block<'a> {
    /// The rows `first_row..` with the flat state `y` at time `t`.
    pub fn new(
        motion: &Motion<'a>,
        extra: Extra,
        first_row: usize,
        rows: usize,
        (t, y): (f64, Vec<f64>),
        options: &Integrate,
        seed: u64,
    ) -> Self {
        let stepper = options.scheme.stepper();
        let noise: Box<dyn Noise + Send> = if options.scheme.is_stochastic() {
            Box::new(RowNoise::new(seed, first_row, rows))
        } else {
            Box::new(Quiet)
        };
        let mark = Mark { time: t, state: y.clone() };
        let mut system = System::new(motion.law, rows, extra);
        system.remember(t, &y, stepper.degree());
        Self {
            system,
            guard: motion.walls.map(|walls| Guard::new(walls, seed, first_row, rows)),
            clocks: Clocks::new(motion.jumps, seed, first_row, rows, t),
            pending: Vec::new(),
            controller: Controller::new(stepper.order()),
            stepper,
            noise,
            first_row,
            t,
            next: vec![0.0; y.len()],
            error: vec![0.0; y.len()],
            before: y.clone(),
            y,
            last_h: 0.0,
            limit: t,
            wish: 0.0,
            hits: vec![None; rows],
            tries: 0,
            accepted: 0,
            marks: [mark.clone(), mark],
        }
    }

    /// Walks a leg.
    ///
    /// # Errors
    /// A budget, a non-finite state or an interruption; [`Block::mark`] is then still the end of the leg before.
    pub fn advance(&mut self, leg: &Leg, shared: &Shared<'_>) -> Result<(), Halt> {
        if self.system.enter(leg.piece) {
            // The drift on this side of the kink is not the one remembered from the other.
            self.stepper.accept(true);
            self.wish = 0.0;
        }
        let (low, high) = leg.piece;
        self.limit = if shared.sign > 0.0 { high.min(shared.end) } else { low.max(shared.end) };
        match leg.pace {
            Pace::Equal(steps) => {
                let start = self.t;
                for k in 1..=steps {
                    let to = if k == steps { leg.until } else { start + (leg.until - start) * k as f64 / steps as f64 };
                    self.fixed_step(to, shared)?;
                }
            }
            Pace::Adaptive => {
                while (leg.until - self.t) * shared.sign > 0.0 {
                    self.adaptive_step(shared)?;
                }
            }
            Pace::OneAdaptive => self.adaptive_step(shared)?,
        }
        let time = if leg.pace == Pace::OneAdaptive { self.t } else { leg.until };
        if self.t == leg.until {
            self.await_kicks(shared.motion);
        }
        if self.t == time {
            self.leap(shared.motion)?;
        }
        self.set_mark(time);
        Ok(())
    }

    /// State at the end of the last leg that was walked (`ago` 0) or of the one before (`ago` 1).
    pub fn mark(&self, ago: usize) -> &Mark {
        &self.marks[ago]
    }

    /// Where each row stopped, if it did.
    pub fn hits(&self) -> &[Option<Hit>] {
        &self.hits
    }

    /// Layout of the flat state.
    pub fn layout(&self) -> Layout {
        self.system.layout()
    }

    /// Accepted steps, rejected steps and evaluations of the field.
    pub fn effort(&self) -> [usize; 3] {
        [self.accepted, self.tries - self.accepted, self.system.evaluations()]
    }

    /// Whether every row has stopped.
    fn at_rest(&self) -> bool {
        !self.hits.is_empty() && self.hits.iter().all(Option::is_some)
    }

    fn check_budgets(&self, shared: &Shared<'_>) -> Result<(), Halt> {
        if shared.ctx.check_stop().is_err() {
            return Err(Halt::Interrupted);
        }
        let late = |limit: f64| shared.began.elapsed().as_secs_f64() > limit;
        let budget = if self.tries >= shared.options.max_steps {
            Budget::Iterations
        } else if shared.options.max_seconds.is_some_and(late) {
            Budget::Time
        } else {
            return Ok(());
        };
        Err(Halt::Budget { budget, time: self.t })
    }

    fn try_step(&mut self, h: f64) -> bool {
        self.tries += 1;
        let noise = self.noise.as_mut();
        let judged = self.stepper.step(&self.system, self.t, h, &self.y, noise, &mut self.next, &mut self.error);
        if let Some(guard) = &mut self.guard {
            // The end of the step is not known yet: walls look at its start.
            guard.hold(&self.system, Step { t: self.t, h, y: &self.y, next: &self.y }, &mut self.next);
        }
        self.system.hold_frozen(&self.y, &mut self.next, &mut self.error);
        judged
    }

    /// Steps to `to`: one, unless something happens on the way.
    fn fixed_step(&mut self, to: f64, shared: &Shared<'_>) -> Result<(), Halt> {
        while self.t != to {
            self.leap(shared.motion)?;
            self.check_budgets(shared)?;
            let goal = to.min(self.clocks.soonest().max(self.t.next_up()));
            let goal = if shared.sign > 0.0 { goal } else { to };
            self.try_step(goal - self.t);
            if let Some(i) = self.next.iter().position(|v| !v.is_finite()) {
                return Err(self.non_finite(i));
            }
            self.accept(goal, shared);
        }
        Ok(())
    }

    /// One accepted step, after as many rejected ones as it takes.
    fn adaptive_step(&mut self, shared: &Shared<'_>) -> Result<(), Halt> {
        if self.at_rest() {
            self.before.copy_from_slice(&self.y);
            (self.last_h, self.t) = (self.limit - self.t, self.limit);
            return Ok(());
        }
        self.leap(shared.motion)?;
        let bound =
            if shared.sign > 0.0 { self.limit.min(self.clocks.soonest().max(self.t.next_up())) } else { self.limit };
        if self.wish == 0.0 {
            self.wish = self.first_length(shared);
        }
        let longest = self.system.longest_step();
        loop {
            self.check_budgets(shared)?;
            let left = bound - self.t;
            let last = self.wish.abs() * 1.01 >= left.abs() && left.abs() <= longest;
            let h = if last { left } else { self.wish.min(longest).copysign(left) };
            self.try_step(h);
            let (good, factor) = self.controller.judge(self.scaled_error(shared.options));
            let before = self.wish;
            self.wish = h.abs() * factor;
            if good {
                if last {
                    // It was short for another reason than its error.
                    self.wish = self.wish.max(before);
                }
                self.accept(if last { bound } else { self.t + h }, shared);
                return Ok(());
            }
            if self.wish <= (16.0 * f64::EPSILON * self.t.abs()).max(SHORTEST * left.abs()) {
                return Err(match self.next.iter().position(|v| !v.is_finite()) {
                    Some(i) => self.non_finite(i),
                    None => Halt::Budget { budget: Budget::Precision, time: self.t },
                });
            }
        }
    }

    fn non_finite(&self, component: usize) -> Halt {
        Halt::NonFinite { row: self.first_row + self.layout().row_of(component), time: self.t }
    }

    /// Makes the step just tried the last step, or what of it comes before the first event that changes a row.
    fn accept(&mut self, to: f64, shared: &Shared<'_>) {
        self.accepted += 1;
        let to = self.shorten(to, shared);
        self.last_h = to - self.t;
        let events = shared.motion.events;
        let altered = !events.is_empty() && self.stop_rows(events);
        self.record();
        self.stepper.accept(altered);
        std::mem::swap(&mut self.before, &mut self.y);
        std::mem::swap(&mut self.y, &mut self.next);
        self.t = to;
    }
}
