//! The course of a solve: a cold start, levels of epsilon where it does not come near, and what is read off at the end.

use super::costs::{Costs, padded};
use super::course::{Course, Ended, Goal, LOOSE, State};
use super::held::Held;
use super::pass::Stop;
use super::{Entropic, Potentials, Sinkhorn};
use crate::MarginalPenalty;
use std::f64::consts::LOG2_E;
use std::time::Instant;
use thalweg_core::{Budget, Report, Result, Status};

/// A warm-up level only has to give a start: to this residual or for so many passes.
const WARM_UP: (f64, usize) = (LOOSE, 12);
/// Passes of a cold start that must come near the solution.
const PATIENCE: usize = 6;
/// The first warm-up level, as a fraction of the largest cost.
const FLAT: f64 = 0.03;

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

/// Where a solve starts.
pub(super) enum Start<'a> {
    /// From nothing.
    Cold,
    /// From these potentials of the columns over epsilon, in powers of two, which are thought to be near the solution.
    Near(Vec<f64>),
    /// From potentials that a caller has, perhaps the solution itself.
    Given(&'a Potentials),
}

impl Problem<'_> {
    pub(super) fn solve(&self, from: Start) -> Result<Entropic> {
        if self.is_flat() {
            return self.solve_flat();
        }
        let start = Instant::now();
        let settings = self.settings;
        let top = self.a.iter().fold(0.0_f64, |t, a| t.max(*a));
        let weights: Vec<f64> = self.a.iter().map(|a| a / top).collect();
        let bytes = 2 * self.a.len() as u64 * padded(self.b.len()) as u64;
        // On few ways far from the solution, the model of a Newton step leads nowhere: a cycle of them was not solved.
        let newton = bytes <= self.memory && !self.costs.restricted;
        let unit = LOG2_E / settings.epsilon;
        let mut state = State {
            v: match &from {
                Start::Cold => vec![settings.target.first(settings.epsilon); self.b.len()],
                Start::Near(potentials) => potentials.clone(),
                Start::Given(w) => w.target.iter().map(|g| g * unit).collect(),
            },
            guesses: vec![f64::NAN; self.a.len()],
            half: newton.then(|| Held::rounded(self.a.len(), padded(self.b.len()))),
            held: f64::INFINITY,
            warm: matches!(from, Start::Given(_)),
        };
        let most = settings.max_iterations.max(1);
        let course = Course::new(self, &weights, settings.epsilon, start);
        let levels = !matches!(from, Start::Given(_)) && settings.decay < 1.0;
        // A cold start is the quickest where it leads near the solution, and levels are made where it does not.
        let whole = Goal { tolerance: settings.tolerance, most, patience: most };
        let mut ended = course.run(&mut state, Goal { patience: if levels { PATIENCE } else { most }, ..whole })?;
        if levels && ended.far {
            self.warm_up(&mut state, &weights, start)?;
            ended = course.run(&mut state, whole)?;
        }
        self.read(state, ended, top, start)
    }

    /// Holds the plan without rounding from now on, where it is not yet and there is memory for it.
    pub(super) fn refine(&self, s: &mut State) -> bool {
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
        let goal = Goal { tolerance: WARM_UP.0, most: WARM_UP.1, patience: WARM_UP.1 };
        let mut epsilon = (self.bound * FLAT).max(last);
        state.v.fill(self.settings.target.first(epsilon));
        state.guesses.fill(f64::NAN);
        while epsilon * decay.sqrt() > last {
            Course::new(self, weights, epsilon, start).run(state, goal)?;
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
        let Ended { sums, residual, history, budget, .. } = ended;
        let source: Vec<f64> =
            sums.row_logs.iter().map(|l| unit * settings.source.potential(*l, settings.epsilon)).collect();
        let row_sums: Vec<f64> = sums.ratios.iter().zip(self.a).map(|(r, a)| r * a).collect();
        // A column without weight gets what clamped exponentials leave it, about 1e-300.
        let column_sums: Vec<f64> =
            sums.columns.iter().zip(self.b).map(|(c, b)| if *b > 0.0 { c * top } else { 0.0 }).collect();
        let mut target: Vec<f64> = state.v.iter().map(|v| v * unit).collect();
        self.extend(&source, &mut target)?;
        let dot = |p: &[f64], w: &[f64]| p.iter().zip(w).map(|(p, w)| p * w).sum::<f64>();
        let [cost, entropy, missing] = if self.is_small() {
            self.sums_of_pairs(&source, &target)?
        } else {
            let cost =
                sums.rest * top + dot(&row_sums, &self.costs.row_part) + dot(&column_sums, &self.costs.column_part);
            let sum = |v: &[f64]| v.iter().sum::<f64>();
            let missing = settings.epsilon * (sum(self.a) * sum(self.b) - sum(&row_sums));
            [cost, dot(&source, &row_sums) + dot(&target, &column_sums) - cost + missing, missing]
        };
        let penalties = settings.source.value(&row_sums, self.a) + settings.target.value(&column_sums, self.b);
        let side = |penalty: MarginalPenalty, weights: &[f64], potential: &[f64]| -> f64 {
            let present = weights.iter().zip(potential).filter(|(w, _)| **w > 0.0);
            match penalty {
                MarginalPenalty::Kl { rho } => present.map(|(w, p)| -w * rho * (-p / rho).exp_m1()).sum(),
                _ => present.map(|(w, p)| w * p).sum(),
            }
        };
        let dual = side(settings.source, self.a, &source) + side(settings.target, self.b, &target) + missing;
        let report = self.report(residual, &history, budget).timed(start);
        Ok(Entropic {
            potentials: Potentials { source, target },
            row_sums,
            column_sums,
            cost,
            objective: cost + entropy + penalties,
            dual,
            epsilon: settings.epsilon,
            report,
            history,
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
            if top == f64::NEG_INFINITY {
                // No row may send to it, whatever its potential.
                target[j] = 0.0;
                continue;
            }
            let log = top + terms.iter().map(|t| (t - top).exp2()).sum::<f64>().log2();
            target[j] = self.settings.target.potential(log, epsilon) / unit;
        }
        Ok(())
    }

    pub(super) fn report(&self, residual: f64, history: &[f64], budget: Option<Budget>) -> Report {
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
                // The iteration takes as long as one over epsilon.
                let factor = (2.0 * needed(history, settings.tolerance) / history.len() as f64).clamp(4.0, 1e6);
                let advice = format!(
                    "The marginal error is {residual:.1e}; raise {what} above {value} or epsilon to {:.1e}.",
                    settings.epsilon * factor
                );
                (Status::Exhausted { budget }, Some(advice))
            }
        };
        let report = Report::new(status, history.len()).residual("marginal error", residual);
        match advice {
            Some(advice) => report.advise(advice),
            None => report,
        }
    }

    /// Rounding of `(f + g - C) / epsilon` alone moves a marginal by this much.
    pub(super) fn resolution(&self, epsilon: f64) -> f64 {
        4.0 * f64::EPSILON * self.bound / epsilon
    }
}

/// Passes to the tolerance at the rate of the last half of them: infinitely many if that led nowhere.
fn needed(history: &[f64], tolerance: f64) -> f64 {
    let (middle, last) = (history.len().saturating_sub(1) / 2, history.len().saturating_sub(1));
    let rate = (history[middle] / history[last]).ln() / (last - middle).max(1) as f64;
    if rate > 0.0 { history.len() as f64 + (history[last] / tolerance).ln() / rate } else { f64::INFINITY }
}
