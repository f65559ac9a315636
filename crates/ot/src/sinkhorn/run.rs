//! The passes of a level: which format, which step, when to take one back, when to stop.

use super::anderson::Anderson;
use super::course::{Course, Goal, HalfStep, LOOSE, State};
use super::held::Held;
use super::newton::Newton;
use super::pass::{Sums, VOID, offsets};
use std::f64::consts::LOG2_E;
use thalweg_core::{Budget, Result};

/// Newton's method takes over below this residual, where its model holds.
const NEAR: f64 = 0.15;
/// Where half-steps do not come near in so many passes, Newton's method is tried below this one.
const FAR: (usize, f64) = (6, 0.6);
/// A plan held of a smaller residual is as good as a new one: what is left of its error is that of its rounding.
const HELD: f64 = 1e-5;
/// Below this residual, progress that ends is for want of digits.
const SETTLED: f64 = 2e-3;
/// A step on an older plan that leaves more of the residual asks for a new one.
const SLOW: f64 = 0.2;
/// Single precision leads on where a pass leaves less than this of the residual.
const LEADING: f64 = 0.5;
/// Passes without a better residual after which something else is tried.
const STUCK: usize = 4;
/// Longest Newton step, in units of epsilon.
const LONGEST: f64 = 8.0;
/// A step that multiplies the residual by more is taken back, and a part of it tried.
const WORSE: f64 = 1.5;
/// Single precision moves a marginal by at most this many of its roundings of the largest exponent,
const ROUNDINGS: f64 = 40.0;
/// and mostly by no more than this; in between it is used for as long as it leads on.
const FLOOR: f64 = 5e-7;

/// What single precision may do to the marginals under exponents of this size, if that leaves it of use. A penalty that asks for
/// another mass when a potential moves by a rounding counts as an exponent of its stiffness.
pub(super) fn single_noise(largest: f64) -> Option<f64> {
    let noise = ROUNDINGS * f64::from(f32::EPSILON) * largest;
    (noise < 0.05).then_some(noise)
}

/// A step on trial.
struct Trial {
    from: Vec<f64>,
    step: Vec<f64>,
    length: f64,
    residual: f64,
    /// Where a plain half-step would have led.
    plain: Vec<f64>,
}

/// How exactly a Newton step is worth solving for: no better than its model, and no better than is asked.
fn forcing(residual: f64, tolerance: f64) -> f64 {
    let wanted = 0.3 * tolerance / residual;
    let model = (0.5 * residual).min(0.05);
    wanted.max(model).clamp(2e-4, 0.3)
}

/// A level on its way.
pub(super) struct Run<'r> {
    course: &'r Course<'r>,
    pub(super) s: &'r mut State,
    goal: Goal,
    pub(super) passes: usize,
    /// What single precision may do to the marginals, where it is of use at all, and whether it is in use.
    noise: Option<f64>,
    single: bool,
    newton: bool,
    anderson: Anderson,
    trial: Option<Trial>,
    pub(super) history: Vec<f64>,
    best: f64,
    since_best: usize,
    /// The last residual over the best before it, and 1 where there is none.
    gain: f64,
    /// Plain half-steps to be made before anything else is tried again.
    plain_left: usize,
    /// Residual expected of the next pass.
    expected: f64,
    /// The plan held is too old.
    renew: bool,
}

impl<'r> Run<'r> {
    pub(super) fn new(course: &'r Course<'r>, s: &'r mut State, goal: Goal) -> Self {
        let stiffness = course.problem.settings.target.curvature(course.level.epsilon);
        let noise = single_noise((course.problem.bound * course.level.scale).max(stiffness));
        s.held = f64::INFINITY;
        Self {
            course,
            goal,
            passes: 0,
            // A good start is recognised at once, which only double precision can.
            single: noise.is_some() && !s.warm,
            noise,
            newton: s.half.is_some(),
            anderson: Anderson::default(),
            trial: None,
            history: Vec::new(),
            best: f64::INFINITY,
            since_best: 0,
            gain: 1.0,
            plain_left: 0,
            expected: f64::INFINITY,
            renew: false,
            s,
        }
    }

    /// The next pass, and whether it left its plan for Newton steps.
    pub(super) fn pass(&mut self) -> Result<(Sums, bool)> {
        self.passes += 1;
        self.single &= self.passes < self.goal.most && !self.course.late();
        let hold = self.hold();
        let half = self.s.half.as_mut().filter(|_| hold);
        let (level, guesses) = (&self.course.level, &mut self.s.guesses);
        let mut h = offsets(level.costs, level.scale, &self.s.v, &self.course.log_b);
        if self.single {
            round(&mut h, &mut self.s.v);
        }
        let sums =
            if self.single { level.pass::<f32>(&h, guesses, half) } else { level.pass::<f64>(&h, guesses, half) };
        Ok((sums?, hold))
    }

    /// Whether the next pass should leave its plan: a plan near the solution serves all later steps.
    fn hold(&self) -> bool {
        let full = matches!(self.s.half, Some(Held::Full { .. }));
        let better = self.expected > HELD || self.s.held > self.reach() || full;
        let useful = self.renew || (self.expected > self.goal.tolerance && better);
        self.newton && self.plain_left == 0 && self.expected < FAR.1 && useful
    }

    /// Residual below which a Newton step is made.
    fn reach(&self) -> f64 {
        if self.passes > FAR.0 { FAR.1 } else { NEAR }
    }

    /// Takes note of a residual, and says whether it is the last: for which budget, if any, and for being too far.
    pub(super) fn watch(&mut self, residual: f64, held: bool) -> Option<(Option<Budget>, bool)> {
        self.history.push(residual);
        if held {
            self.s.held = residual;
        }
        self.gain = if self.passes == 1 { 1.0 } else { residual / self.best };
        self.since_best = if residual < 0.9 * self.best { 0 } else { self.since_best + 1 };
        self.best = self.best.min(residual);
        self.renew = !held && self.trial.as_ref().is_some_and(|t| residual > SLOW * t.residual);
        if residual <= self.goal.tolerance && (!self.single || self.goal.tolerance >= LOOSE) {
            return Some((None, false));
        }
        let far = self.passes == self.goal.patience && self.passes < self.goal.most && residual > NEAR;
        let budget = self.budget(residual);
        (far || budget.is_some()).then_some((budget, far))
    }

    fn budget(&self, residual: f64) -> Option<Budget> {
        let problem = self.course.problem;
        let resolution = problem.resolution(self.course.level.epsilon);
        if self.single {
            None
        } else if self.course.late() {
            Some(Budget::Time)
        } else if self.since_best >= 4 * STUCK && residual <= 100.0 * resolution {
            Some(Budget::Precision)
        } else if self.passes >= self.goal.most {
            Some(if resolution > problem.settings.tolerance { Budget::Precision } else { Budget::Iterations })
        } else {
            None
        }
    }

    /// After a step that did harm: a fifth of it, or the plain half-step where that is no longer worth a pass.
    pub(super) fn take_back(&mut self, residual: f64) -> bool {
        let Some(mut t) = self.trial.take().filter(|t| residual > WORSE * t.residual) else { return false };
        self.anderson.restart();
        t.length *= 0.2;
        if t.length < 0.02 * LOG2_E {
            self.s.v = t.plain;
            self.plain_left = STUCK;
        } else {
            self.s.v = t.from.iter().zip(&t.step).map(|(v, d)| v + t.length * d).collect();
            self.trial = Some(t);
        }
        true
    }

    pub(super) fn step(&mut self, sums: &Sums, found: HalfStep) -> Result<()> {
        let residual = found.residual;
        self.plain_left = self.plain_left.saturating_sub(1);
        self.change_of_means(residual);
        self.expected = residual;
        let newton = self.newton && self.plain_left == 0 && self.s.held.max(residual) < self.reach();
        if self.passes + 1 >= self.goal.most {
            // What is returned should not be a step on trial.
            self.s.v = found.plain;
        } else if newton {
            self.newton_step(sums, found)?;
        } else if self.newton || self.plain_left > 0 {
            self.s.v = found.plain;
        } else {
            self.accelerated_step(found);
        }
        // What single precision takes for the end, double precision has to see.
        let open = self.expected.min(residual) > FLOOR.max(self.goal.tolerance);
        let leads = self.noise.is_some_and(|noise| self.passes == 1 || residual > noise || self.gain < LEADING);
        self.single = open && leads && (self.single || self.passes == 1);
        Ok(())
    }

    /// Where the residual no longer falls: a plan without rounding, then no Newton steps, then some plain ones.
    fn change_of_means(&mut self, residual: f64) {
        // Far from the solution long steps may take their time before the residual falls.
        let rounded = matches!(self.s.half, Some(Held::Rounded { .. }));
        let worth = if residual < SETTLED && rounded { STUCK } else { 8 * STUCK };
        if self.newton && !self.single && self.since_best >= worth {
            self.newton = self.course.problem.refine(self.s);
            self.since_best = 0;
        }
        if !self.newton && self.since_best % STUCK == STUCK - 1 {
            self.anderson.restart();
            self.plain_left = 2 * STUCK;
        }
    }

    /// Moves along a Newton step, of bounded length.
    fn newton_step(&mut self, sums: &Sums, found: HalfStep) -> Result<()> {
        let Some(held) = &self.s.half else { return Ok(()) };
        let (level, settings) = (&self.course.level, self.course.problem.settings);
        let newton = Newton {
            held,
            weights: level.weights,
            sums,
            asked: &found.asked,
            bound: &found.bound,
            source: level.source,
            target: settings.target,
            epsilon: level.epsilon,
            stop: level.stop,
        };
        let relative = forcing(found.residual, self.goal.tolerance);
        // Beside a column of mass 1e-300 the products of a step are no numbers; it waits for a plain half-step.
        let mut step: Vec<f64> =
            newton.step(relative)?.into_iter().map(|d| if d.is_finite() { d } else { 0.0 }).collect();
        self.expected = (3.0 * found.residual * found.residual).max(relative * found.residual);
        let longest = step.iter().fold(0.0_f64, |t, d| t.max(d.abs()));
        let length = LOG2_E * if longest > LONGEST { LONGEST / longest } else { 1.0 };
        // What the penalty does not allow is cut, and a column that goes to its bound does so at once.
        for (j, step) in step.iter_mut().enumerate() {
            let now = self.s.v[j];
            let next = if found.bound[j] {
                found.plain[j]
            } else {
                settings.target.within(now + length * *step, level.epsilon)
            };
            *step = (next - now) / length;
        }
        let moved = self.s.v.iter().zip(&step).map(|(v, d)| v + length * d).collect();
        let from = std::mem::replace(&mut self.s.v, moved);
        self.trial = Some(Trial { from, step, length, residual: found.residual, plain: found.plain });
        Ok(())
    }

    fn accelerated_step(&mut self, found: HalfStep) {
        let (target, epsilon) = (self.course.problem.settings.target, self.course.level.epsilon);
        let next = self.anderson.next(&self.s.v, found.plain.clone(), &self.course.b);
        self.expected = found.residual * self.gain.min(1.0);
        let finite = |(v, plain): (f64, &f64)| if v.is_finite() { v } else { *plain };
        self.s.v = next.into_iter().zip(&found.plain).map(finite).map(|v| target.within(v, epsilon)).collect();
        // Of no length: it is taken back as a whole.
        let (from, step) = (Vec::new(), Vec::new());
        self.trial = Some(Trial { from, step, length: 0.0, residual: found.residual, plain: found.plain });
    }
}

/// Offsets as single precision has them, and potentials that have exactly those.
fn round(h: &mut [f64], v: &mut [f64]) {
    for (v, h) in v.iter_mut().zip(h).filter(|(_, h)| **h > 0.5 * VOID) {
        let rounded = f64::from(*h as f32);
        *v += rounded - *h;
        *h = rounded;
    }
}
