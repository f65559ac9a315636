//! A block of rows on its way: it advances leg by leg and can be asked for the state at the end of each.

use crate::noise::Quiet;
use crate::plan::{Leg, Pace};
use crate::{Controller, Event, Extra, FieldSystem, Hit, Integrate, Layout, Noise, RowNoise, Step, Stepper, System};
use std::time::Instant;
use thalweg_core::{Budget, Context, VectorField};

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
    /// The caller asked to stop.
    Interrupted,
}

/// What all blocks share.
pub struct Shared<'a> {
    /// The settings.
    pub options: &'a Integrate,
    /// Where the span ends.
    pub end: f64,
    /// The events.
    pub events: &'a [Event<'a>],
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
    system: FieldSystem<'a>,
    stepper: Box<dyn Stepper>,
    noise: Box<dyn Noise + Send>,
    controller: Controller,
    first_row: usize,
    t: f64,
    y: Vec<f64>,
    next: Vec<f64>,
    error: Vec<f64>,
    /// State and signed length of the last step, which ended at `(t, y)`.
    before: Vec<f64>,
    last_h: f64,
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
        field: &'a dyn VectorField,
        extra: Extra,
        first_row: usize,
        rows: usize,
        (t, y): (f64, Vec<f64>),
        options: &Integrate,
        seed: u64,
    ) -> Self {
        let stepper = options.scheme.stepper();
        let noise: Box<dyn Noise + Send> = if options.scheme.is_stochastic() {
            Box::new(RowNoise::new(seed, first_row, rows, field.dim()))
        } else {
            Box::new(Quiet)
        };
        let mark = Mark { time: t, state: y.clone() };
        Self {
            system: FieldSystem::new(field, rows, extra),
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
        match leg.pace {
            Pace::Equal(steps) => {
                let start = self.t;
                for k in 1..=steps {
                    let to = if k == steps { leg.until } else { start + (leg.until - start) * k as f64 / steps as f64 };
                    self.fixed_step(to, shared)?;
                }
            }
            Pace::Adaptive => {
                while (leg.until - self.t) * (shared.end - self.t).signum() > 0.0 {
                    self.adaptive_step(shared)?;
                }
            }
            Pace::OneAdaptive => self.adaptive_step(shared)?,
        }
        let time = if leg.pace == Pace::OneAdaptive { self.t } else { leg.until };
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
        self.stepper.step(&self.system, self.t, h, &self.y, self.noise.as_mut(), &mut self.next, &mut self.error)
    }

    fn fixed_step(&mut self, to: f64, shared: &Shared<'_>) -> Result<(), Halt> {
        self.check_budgets(shared)?;
        self.try_step(to - self.t);
        if let Some(i) = self.next.iter().position(|v| !v.is_finite()) {
            return Err(self.non_finite(i));
        }
        self.accept(to, shared);
        Ok(())
    }

    /// One accepted step, after as many rejected ones as it takes.
    fn adaptive_step(&mut self, shared: &Shared<'_>) -> Result<(), Halt> {
        if self.at_rest() {
            self.before.copy_from_slice(&self.y);
            (self.last_h, self.t) = (shared.end - self.t, shared.end);
            return Ok(());
        }
        if self.wish == 0.0 {
            self.wish = self.first_length(shared);
        }
        loop {
            self.check_budgets(shared)?;
            let left = shared.end - self.t;
            let last = self.wish.abs() * 1.01 >= left.abs();
            let h = if last { left } else { self.wish.copysign(left) };
            self.try_step(h);
            let (good, factor) = self.controller.judge(self.scaled_error(shared.options));
            self.wish = h.abs() * factor;
            if good {
                self.accept(if last { shared.end } else { self.t + h }, shared);
                return Ok(());
            }
            if self.wish <= 16.0 * f64::EPSILON * self.t.abs().max(f64::MIN_POSITIVE / f64::EPSILON) {
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

    /// Makes the step just tried the last step, and looks for events on it.
    fn accept(&mut self, to: f64, shared: &Shared<'_>) {
        self.accepted += 1;
        self.last_h = to - self.t;
        let altered = !shared.events.is_empty() && self.stop_rows(shared.events);
        self.stepper.accept(altered);
        std::mem::swap(&mut self.before, &mut self.y);
        std::mem::swap(&mut self.y, &mut self.next);
        self.t = to;
    }

    /// Puts every row that crosses an event in the step just tried where it crosses. Whether any did.
    fn stop_rows(&mut self, events: &[Event<'_>]) -> bool {
        let layout = self.layout();
        let mut stopped: Vec<(usize, Vec<f64>)> = Vec::new();
        for row in 0..layout.rows {
            if self.hits[row].is_some() {
                continue;
            }
            if let Some((event, theta)) = self.first_crossing(events, row) {
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
    fn first_crossing(&mut self, events: &[Event<'_>], row: usize) -> Option<(usize, f64)> {
        let range = row * self.layout().dim..(row + 1) * self.layout().dim;
        let mut first: Option<(usize, f64)> = None;
        for (k, event) in events.iter().enumerate() {
            let before = event.value(self.t, &self.y[range.clone()]);
            if event.crosses(before, event.value(self.t + self.last_h, &self.next[range.clone()])) {
                let theta = self.crossing(event, before, row);
                if first.is_none_or(|(_, earlier)| theta < earlier) {
                    first = Some((k, theta));
                }
            }
        }
        first
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
    fn set_mark(&mut self, time: f64) {
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

    /// Error of the step just tried in units of the tolerance: the largest over rows.
    fn scaled_error(&self, options: &Integrate) -> f64 {
        let scale = |i: usize| options.atol + options.rtol * self.y[i].abs().max(self.next[i].abs());
        self.largest_row(|i| self.error[i] / scale(i), &self.next)
    }

    /// Largest over rows of the root mean square of `f`, or NaN where that or `state` is not finite.
    fn largest_row(&self, f: impl Fn(usize) -> f64, state: &[f64]) -> f64 {
        let layout = self.layout();
        let mut worst: f64 = 0.0;
        for row in 0..layout.rows {
            let extra = layout.coordinates() + row * layout.extras;
            let components = (row * layout.dim..(row + 1) * layout.dim).chain(extra..extra + layout.extras);
            let mut sum = 0.0;
            for i in components {
                if !state[i].is_finite() {
                    return f64::NAN;
                }
                // A component that is zero and stays zero has error 0 at tolerance 0.
                let v = f(i);
                sum += if v.is_nan() && self.error[i] == 0.0 { 0.0 } else { v * v };
            }
            let rms = (sum / (layout.dim + layout.extras) as f64).sqrt();
            if rms.is_nan() {
                return f64::NAN;
            }
            worst = worst.max(rms);
        }
        worst
    }

    /// Length of the first step (Hairer, Norsett and Wanner I, section II.4), two evaluations.
    fn first_length(&mut self, shared: &Shared<'_>) -> f64 {
        let left = shared.end - self.t;
        let options = shared.options;
        let scale = |y: f64| options.atol + options.rtol * y.abs();
        let mut slope = vec![0.0; self.y.len()];
        self.system.drift(self.t, &self.y, &mut slope);
        let ratio = |a: f64, s: f64| if a == 0.0 { 0.0 } else { a / s };
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
