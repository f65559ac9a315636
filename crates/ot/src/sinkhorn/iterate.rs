//! The course of a solve: levels of epsilon, the steps within one, the stopping rule.

use super::anderson::Anderson;
use super::costs::{Costs, padded};
use super::held::Held;
use super::newton::Newton;
use super::pass::{Level, Stop, Sums, offsets};
use super::{Entropic, Potentials, Sinkhorn};
use crate::MarginalPenalty;
use std::f64::consts::LOG2_E;
use std::time::Instant;
use thalweg_core::{Budget, Report, Result, Status};

/// A warm-up level ends at this residual or after this many passes: it only has to give a start.
const WARM_UP: (f64, usize) = (0.1, 12);
/// Passes of a cold start that must come near the solution.
const PATIENCE: usize = 6;
/// The first warm-up level, as a fraction of the largest cost.
const FLAT: f64 = 0.03;
/// Newton's method takes over below this residual, where its model holds.
const NEAR: f64 = 0.15;
/// Where half-steps do not come near, Newton's method is tried below this one.
const FAR: f64 = 0.6;
/// A plan held of a smaller residual is as good as a new one: what is left of its error is that of its rounding.
const HELD: f64 = 1e-5;
/// Below this residual, progress that ends is for want of digits.
const SETTLED: f64 = 2e-3;
/// A step on an older plan that leaves more of the residual asks for a new one.
const SLOW: f64 = 0.2;
/// Passes without a better residual after which something else is tried.
const STUCK: usize = 4;
/// Longest Newton step, in units of epsilon.
const LONGEST: f64 = 8.0;
/// A step that multiplies the residual by more is taken back, and a part of it tried.
const WORSE: f64 = 1.5;
/// Single precision moves a marginal by about this many of its roundings of the largest exponent.
const ROUNDINGS: f64 = 40.0;

/// One entropic problem, posed.
pub(super) struct Problem<'a> {
    pub(super) settings: &'a Sinkhorn,
    pub(super) a: &'a [f64],
    pub(super) b: &'a [f64],
    pub(super) costs: Costs<'a>,
    /// Bound of the costs.
    pub(super) bound: f64,
    /// Bytes that may be taken.
    pub(super) memory: u64,
    pub(super) stop: Stop<'a>,
}

/// Potentials, and what the last pass found.
struct State {
    /// Column potentials over epsilon, in powers of two.
    v: Vec<f64>,
    guesses: Vec<f64>,
    half: Option<Held>,
    /// Residual of the plan that `half` holds.
    held: f64,
    /// Whether the potentials were given.
    warm: bool,
}

/// How a level ended, with the masses of its last pass.
struct Ended {
    sums: Sums,
    residual: f64,
    passes: usize,
    budget: Option<Budget>,
    /// Given up for being far from the solution.
    far: bool,
}

/// A Newton step on trial.
struct Trial {
    from: Vec<f64>,
    step: Vec<f64>,
    length: f64,
    residual: f64,
    /// Where a plain half-step would have led.
    plain: Vec<f64>,
}

impl Problem<'_> {
    pub(super) fn solve(&self, warm: Option<&Potentials>) -> Result<Entropic> {
        let start = Instant::now();
        let settings = self.settings;
        let top = self.a.iter().fold(0.0_f64, |t, a| t.max(*a));
        let weights: Vec<f64> = self.a.iter().map(|a| a / top).collect();
        let bytes = 2 * self.a.len() as u64 * padded(self.b.len()) as u64;
        let smooth = |p: MarginalPenalty| !matches!(p, MarginalPenalty::TotalVariation { .. });
        let newton = bytes <= self.memory && smooth(settings.source) && smooth(settings.target);
        let unit = LOG2_E / settings.epsilon;
        let mut state = State {
            v: warm.map_or_else(
                || vec![settings.target.first(settings.epsilon); self.b.len()],
                |w| w.target.iter().map(|g| g * unit).collect(),
            ),
            guesses: vec![f64::NAN; self.a.len()],
            half: newton.then(|| Held::rounded(self.a.len(), padded(self.b.len()))),
            held: f64::INFINITY,
            warm: warm.is_some(),
        };
        let most = settings.max_iterations.max(1);
        let course = Course::new(self, &weights, settings.epsilon, start);
        let levels = warm.is_none() && settings.decay < 1.0;
        // A cold start is the quickest where it leads near the solution, and levels are made where it does not.
        let mut ended = course.run(&mut state, settings.tolerance, most, if levels { PATIENCE } else { most })?;
        if levels && ended.far {
            self.warm_up(&mut state, &weights, start)?;
            ended = course.run(&mut state, settings.tolerance, most, most)?;
        }
        self.read(state, ended, top, start)
    }

    /// Holds the plan without rounding from now on, where it is not yet and there is memory for it.
    fn refine(&self, s: &mut State) -> bool {
        let (rows, stride) = (self.a.len(), padded(self.b.len()));
        let rounded = matches!(s.half, Some(Held::Rounded { .. }));
        let possible = rounded && 8 * (rows * stride) as u64 <= self.memory;
        if possible {
            s.half = Some(Held::full(rows, stride));
            s.held = f64::INFINITY;
        }
        possible
    }

    fn warm_up(&self, state: &mut State, weights: &[f64], start: Instant) -> Result<()> {
        let (decay, last) = (self.settings.decay, self.settings.epsilon);
        let mut epsilon = (self.bound * FLAT).max(last);
        state.v.fill(self.settings.target.first(epsilon));
        state.guesses.fill(f64::NAN);
        while epsilon * decay.sqrt() > last {
            Course::new(self, weights, epsilon, start).run(state, WARM_UP.0, WARM_UP.1, WARM_UP.1)?;
            let next = (epsilon * decay).max(last);
            let next = if next * decay.sqrt() > last { next } else { last };
            state.v.iter_mut().chain(&mut state.guesses).for_each(|v| *v *= epsilon / next);
            epsilon = next;
        }
        Ok(())
    }

    /// Potentials, marginals, cost and report from the last pass.
    fn read(&self, state: State, ended: Ended, top: f64, start: Instant) -> Result<Entropic> {
        let settings = self.settings;
        let unit = settings.epsilon / LOG2_E;
        let Ended { sums, residual, passes, budget, .. } = ended;
        let source: Vec<f64> =
            sums.row_logs.iter().map(|l| unit * settings.source.potential(*l, settings.epsilon)).collect();
        let row_sums: Vec<f64> = sums.ratios.iter().zip(self.a).map(|(r, a)| r * a).collect();
        // A column without weight gets what clamped exponentials leave it, about 1e-300.
        let column_sums: Vec<f64> =
            sums.columns.iter().zip(self.b).map(|(c, b)| if *b > 0.0 { c * top } else { 0.0 }).collect();
        let mut target: Vec<f64> = state.v.iter().map(|v| v * unit).collect();
        self.extend(&source, &mut target)?;
        let dot = |p: &[f64], w: &[f64]| p.iter().zip(w).map(|(p, w)| p * w).sum::<f64>();
        let cost = sums.rest * top + dot(&row_sums, &self.costs.row_part) + dot(&column_sums, &self.costs.column_part);
        let sum = |v: &[f64]| v.iter().sum::<f64>();
        let inner = dot(&source, &row_sums) + dot(&target, &column_sums);
        let entropy = inner - cost + settings.epsilon * (sum(self.a) * sum(self.b) - sum(&row_sums));
        let penalties = settings.source.value(&row_sums, self.a) + settings.target.value(&column_sums, self.b);
        let report = self.report(residual, passes, budget).timed(start);
        Ok(Entropic {
            potentials: Potentials { source, target },
            row_sums,
            column_sums,
            cost,
            objective: cost + entropy + penalties,
            epsilon: settings.epsilon,
            report,
        })
    }

    /// Potentials of the columns without weight, of which the iteration knows nothing.
    fn extend(&self, source: &[f64], target: &mut [f64]) -> Result<()> {
        let (epsilon, unit) = (self.settings.epsilon, LOG2_E / self.settings.epsilon);
        let columns: Vec<usize> = (0..self.b.len()).filter(|j| self.b[*j] == 0.0).collect();
        for j in columns {
            (self.stop)()?;
            let terms: Vec<f64> = (0..self.a.len())
                .filter(|i| self.a[*i] > 0.0)
                .map(|i| (source[i] - self.costs.at(i, j)) * unit + self.a[i].log2())
                .collect();
            let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log = top + terms.iter().map(|t| (t - top).exp2()).sum::<f64>().log2();
            target[j] = self.settings.target.potential(log, epsilon) / unit;
        }
        Ok(())
    }

    fn report(&self, residual: f64, passes: usize, budget: Option<Budget>) -> Report {
        let settings = self.settings;
        let (status, advice) = match budget {
            None => (Status::Converged, None),
            Some(_) if !residual.is_finite() => {
                (Status::Diverged, Some(format!("Raise epsilon above {:e}.", settings.epsilon * 10.0)))
            }
            Some(Budget::Precision) => {
                let resolution = self.resolution(settings.epsilon).max(2.0 * residual);
                let advice = format!(
                    "Rounding alone moves the marginals by about {residual:.1e}: raise epsilon to {:.1e} or the tolerance to {resolution:.1e}.",
                    settings.epsilon * (2.0 * residual / settings.tolerance).max(10.0)
                );
                (Status::Exhausted { budget: Budget::Precision }, Some(advice))
            }
            Some(budget) => {
                let (what, value) = match (budget, settings.max_seconds) {
                    (Budget::Time, Some(seconds)) => ("max_seconds", format!("{seconds}")),
                    _ => ("max_iterations", format!("{}", settings.max_iterations)),
                };
                let advice = format!(
                    "The marginal error is {residual:.1e}; raise {what} above {value} or epsilon to {:.1e}.",
                    settings.epsilon * 4.0
                );
                (Status::Exhausted { budget }, Some(advice))
            }
        };
        let report = Report::new(status, passes).residual("marginal error", residual);
        match advice {
            Some(advice) => report.advise(advice),
            None => report,
        }
    }

    /// Rounding of `(f + g - C) / epsilon` alone moves a marginal by this much.
    fn resolution(&self, epsilon: f64) -> f64 {
        4.0 * f64::EPSILON * self.bound / epsilon
    }
}

/// How exactly a Newton step is worth solving for: no better than its model, and no better than is asked.
fn forcing(residual: f64, tolerance: f64) -> f64 {
    let wanted = 0.3 * tolerance / residual;
    let model = (0.5 * residual).min(0.05);
    wanted.max(model).max(2e-4)
}

/// The iteration at one epsilon.
struct Course<'a> {
    problem: &'a Problem<'a>,
    level: Level<'a>,
    /// Column weights in units of the largest row weight, and their logarithms as they are.
    b: Vec<f64>,
    log_b: Vec<f64>,
    start: Instant,
}

impl<'a> Course<'a> {
    fn new(problem: &'a Problem<'a>, weights: &'a [f64], epsilon: f64, start: Instant) -> Self {
        let top = problem.a.iter().fold(0.0_f64, |t, a| t.max(*a));
        let level = Level {
            costs: &problem.costs,
            weights,
            source: problem.settings.source,
            epsilon,
            scale: LOG2_E / epsilon,
            stop: problem.stop,
        };
        let b = problem.b.iter().map(|b| b / top).collect();
        let log_b = problem.b.iter().map(|b| b.log2()).collect();
        Self { problem, level, b, log_b, start }
    }

    /// Runs to a residual or out of a budget, at the latest after `most` passes, and after `patience` passes where those
    /// have not led near the solution.
    fn run(&self, s: &mut State, tolerance: f64, most: usize, patience: usize) -> Result<Ended> {
        let noise = ROUNDINGS * f64::from(f32::EPSILON) * self.problem.bound * self.level.scale;
        let single_until = noise.max(2e-4).max(0.2 * tolerance);
        let singly = noise < 0.05;
        // A good start is recognised at once, which only double precision can.
        let mut single = singly && !s.warm;
        let (mut trial, mut anderson): (Option<Trial>, _) = (None, Anderson::default());
        let (mut best, mut since_best, mut plain_left) = (f64::INFINITY, 0, 0_usize);
        let mut expected = f64::INFINITY;
        let (mut newton, mut renew) = (s.half.is_some(), false);
        s.held = f64::INFINITY;
        for passes in 1.. {
            let last = passes >= most;
            single &= !last;
            let reach = if passes > PATIENCE { FAR } else { NEAR };
            // A plan near the solution serves all later steps.
            let full = matches!(s.half, Some(Held::Full { .. }));
            let useful = expected > tolerance && (expected > HELD || s.held > reach || full);
            let hold = newton && plain_left == 0 && expected < FAR && (useful || renew);
            let half = s.half.as_mut().filter(|_| hold);
            let h = offsets(&self.problem.costs, self.level.scale, &s.v, &self.log_b);
            let sums = if single {
                self.level.pass::<f32>(&h, &mut s.guesses, half)?
            } else {
                self.level.pass::<f64>(&h, &mut s.guesses, half)?
            };
            let (plain, asked, residual) = self.half_step(&s.v, &sums);
            if hold {
                s.held = residual;
            }
            let done = residual <= tolerance && (!single || tolerance >= WARM_UP.0);
            since_best = if residual < 0.9 * best { 0 } else { since_best + 1 };
            best = best.min(residual);
            let budget = self.budget(residual, since_best, last, single);
            let far = passes == patience && passes < most && residual > NEAR;
            if done || far || budget.is_some() {
                return Ok(Ended { sums, residual, passes, budget: budget.filter(|_| !done), far });
            }
            let before = trial.as_ref().map(|t| t.residual);
            renew = !hold && before.is_some_and(|before| residual > SLOW * before);
            if let Some(t) = trial.take().filter(|t| residual > WORSE * t.residual) {
                anderson.restart();
                self.retreat(s, t, &mut trial, &mut plain_left);
                continue;
            }
            plain_left = plain_left.saturating_sub(1);
            expected = residual;
            // Far from the solution long steps may take their time before the residual falls.
            let rounded = matches!(s.half, Some(Held::Rounded { .. }));
            let worth = if residual < SETTLED && rounded { STUCK } else { 8 * STUCK };
            if since_best >= worth && newton && !single {
                // What holds the residual up is lost in the rounding of the plan that is held.
                (newton, since_best) = (self.problem.refine(s), 0);
            }
            if since_best % STUCK == STUCK - 1 && !newton {
                anderson.restart();
                plain_left = 2 * STUCK;
            }
            if passes + 1 >= most {
                // What is returned should not be a step on trial.
                s.v = plain;
            } else if newton && s.held < reach && residual < reach && plain_left == 0 {
                let relative = forcing(residual, tolerance);
                let step = self.newton(s, &sums, &asked, relative)?;
                expected = (3.0 * residual * residual).max(relative * residual);
                trial = Some(self.attempt(s, step, residual, plain));
            } else if newton || plain_left > 0 {
                s.v = plain;
            } else {
                let mut next = anderson.next(&s.v, plain.clone(), &self.b);
                next.iter_mut().for_each(|v| *v = self.problem.settings.target.within(*v, self.level.epsilon));
                trial = Some(Trial { from: Vec::new(), step: Vec::new(), length: 0.0, residual, plain });
                s.v = next;
            }
            let was = single;
            single = singly && expected > single_until && (single || passes == 1);
            if was && !single {
                anderson.restart();
            }
        }
        unreachable!("the last pass returns")
    }

    /// What a plain half-step makes of the potentials, the masses they ask for, and the relative L1 error of those.
    fn half_step(&self, v: &[f64], sums: &Sums) -> (Vec<f64>, Vec<f64>, f64) {
        let (source, target, epsilon) = (self.level.source, self.problem.settings.target, self.level.epsilon);
        let shift_log = self.log_b.iter().zip(&self.b).find(|(_, b)| **b > 0.0).map_or(0.0, |(l, b)| l - b.log2());
        let log_sum = |j: usize| sums.columns[j].max(f64::MIN_POSITIVE).log2() + shift_log - self.log_b[j] - v[j];
        let mut asked = vec![0.0; v.len()];
        let (mut error, mut wanted, mut mass) = (0.0, 0.0, 0.0);
        for j in (0..v.len()).filter(|j| self.b[*j] > 0.0) {
            let step = target.potential(log_sum(j), epsilon);
            asked[j] = target.asked(self.b[j], sums.columns[j], v[j], step, epsilon);
            error += (sums.columns[j] - asked[j]).abs();
            wanted += asked[j];
            mass += sums.columns[j];
        }
        let shift = self.shift((wanted / mass).log2());
        let yielding = source.yielding(epsilon).unwrap_or(1.0);
        let plain =
            (0..v.len())
                .map(|j| {
                    if self.b[j] > 0.0 {
                        target.potential(log_sum(j) - shift * (1.0 - yielding), epsilon)
                    } else {
                        v[j]
                    }
                })
                .collect();
        let residual = error / mass;
        (plain, asked, if residual.is_nan() { f64::INFINITY } else { residual })
    }

    /// The common shift of the column potentials after which the plan has the mass that they ask for: without it, a
    /// stiff penalty takes its own time over epsilon to find its mass. Sejourne, Vialard, Peyre, AISTATS 2022.
    fn shift(&self, log_ratio: f64) -> f64 {
        let (source, target) = (self.level.source, self.problem.settings.target);
        let Some(rows) = source.yielding(self.level.epsilon) else { return 0.0 };
        let sum = rows + target.curvature(self.level.epsilon);
        if sum > 0.0 && log_ratio.is_finite() && target.yielding(self.level.epsilon).is_some() {
            log_ratio / sum
        } else {
            0.0
        }
    }

    fn budget(&self, residual: f64, since_best: usize, last: bool, single: bool) -> Option<Budget> {
        let settings = self.problem.settings;
        let resolution = self.problem.resolution(self.level.epsilon);
        let seconds = self.start.elapsed().as_secs_f64();
        if settings.max_seconds.is_some_and(|most| seconds > most) && !single {
            Some(Budget::Time)
        } else if !single && since_best >= 4 * STUCK && residual <= 100.0 * resolution {
            Some(Budget::Precision)
        } else if last {
            Some(if resolution > settings.tolerance { Budget::Precision } else { Budget::Iterations })
        } else {
            None
        }
    }

    fn newton(&self, s: &State, sums: &Sums, asked: &[f64], relative: f64) -> Result<Vec<f64>> {
        let held = s.half.as_ref().expect("a plan is held");
        let newton = Newton {
            held,
            weights: self.level.weights,
            sums,
            asked,
            source: self.level.source,
            target: self.problem.settings.target,
            epsilon: self.level.epsilon,
            stop: self.level.stop,
        };
        Ok(newton.step(relative)?.0)
    }

    /// Moves along a Newton step, of bounded length.
    fn attempt(&self, s: &mut State, step: Vec<f64>, residual: f64, plain: Vec<f64>) -> Trial {
        let longest = step.iter().fold(0.0_f64, |t, d| t.max(d.abs()));
        let length = if longest > LONGEST { LONGEST / longest } else { 1.0 } * LOG2_E;
        let from = s.v.clone();
        s.v.iter_mut().zip(&step).for_each(|(v, d)| *v += length * d);
        Trial { from, step, length, residual, plain }
    }

    /// After a step that did harm: a fifth of it, or the plain half-step where that is no longer worth a pass.
    fn retreat(&self, s: &mut State, mut t: Trial, trial: &mut Option<Trial>, plain_left: &mut usize) {
        t.length *= 0.2;
        if t.length < 0.02 * LOG2_E || !t.residual.is_finite() {
            s.v = t.plain;
            *plain_left = 4;
            return;
        }
        s.v = t.from.iter().zip(&t.step).map(|(v, d)| v + t.length * d).collect();
        *trial = Some(t);
    }
}
