//! The iteration at one epsilon: where it starts and ends, and the half-step that it is made of.

use super::held::Held;
use super::iterate::Problem;
use super::pass::{Level, Sums};
use super::run::Run;
use std::f64::consts::LOG2_E;
use std::time::Instant;
use thalweg_core::{Budget, Result};

/// A tolerance for which single precision may end a level.
pub(super) const LOOSE: f64 = 0.1;
/// Potentials, and the plan that Newton steps use.
pub(super) struct State {
    /// Column potentials over epsilon, in powers of two.
    pub(super) v: Vec<f64>,
    /// Log-sums of the rows in the last pass.
    pub(super) guesses: Vec<f64>,
    pub(super) half: Option<Held>,
    /// Residual of the plan that `half` holds.
    pub(super) held: f64,
    /// Whether the potentials were given.
    pub(super) warm: bool,
}

/// Where a level is to lead.
#[derive(Clone, Copy)]
pub(super) struct Goal {
    pub(super) tolerance: f64,
    /// Passes after which it ends.
    pub(super) most: usize,
    /// Passes after which it is given up if they have not led near the solution.
    pub(super) patience: usize,
}

/// How a level ended, with the masses of its last pass.
pub(super) struct Ended {
    pub(super) sums: Sums,
    pub(super) residual: f64,
    /// The residual after each pass.
    pub(super) history: Vec<f64>,
    pub(super) budget: Option<Budget>,
    /// Given up for being far from the solution.
    pub(super) far: bool,
}

/// What a plain half-step makes of a pass.
pub(super) struct HalfStep {
    pub(super) plain: Vec<f64>,
    /// Masses that the potentials ask of the columns.
    pub(super) asked: Vec<f64>,
    /// Columns whose potential the half-step leaves at its bound.
    pub(super) bound: Vec<bool>,
    /// Relative L1 distance of the columns from those.
    pub(super) residual: f64,
}

/// The iteration at one epsilon.
pub(super) struct Course<'a> {
    pub(super) problem: &'a Problem<'a>,
    pub(super) level: Level<'a>,
    /// Column weights in units of the largest row weight, and their logarithms as they are.
    pub(super) b: Vec<f64>,
    pub(super) log_b: Vec<f64>,
    start: Instant,
}

impl<'a> Course<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, weights: &'a [f64], epsilon: f64, start: Instant) -> Self {
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

    pub(super) fn run(&self, s: &mut State, goal: Goal) -> Result<Ended> {
        let mut run = Run::new(self, s, goal);
        loop {
            let (sums, held) = run.pass()?;
            let found = self.half_step(&run.s.v, &sums);
            if let Some((budget, far)) = run.watch(found.residual, held) {
                return Ok(Ended { sums, residual: found.residual, history: run.history, budget, far });
            }
            if !run.take_back(found.residual) {
                run.step(&sums, found)?;
            }
        }
    }

    /// What a plain half-step makes of the potentials, the masses they ask for, and the relative L1 error of those.
    fn half_step(&self, v: &[f64], sums: &Sums) -> HalfStep {
        let (source, target, epsilon) = (self.level.source, self.problem.settings.target, self.level.epsilon);
        let shift_log = self.log_b.iter().zip(&self.b).find(|(_, b)| **b > 0.0).map_or(0.0, |(l, b)| l - b.log2());
        let log_sum = |j: usize| sums.columns[j].max(f64::MIN_POSITIVE).log2() + shift_log - self.log_b[j] - v[j];
        let (mut asked, mut bound) = (vec![0.0; v.len()], vec![false; v.len()]);
        let (mut error, mut wanted, mut mass) = (0.0, 0.0, 0.0);
        for j in (0..v.len()).filter(|j| self.b[*j] > 0.0) {
            let step = target.potential(log_sum(j), epsilon);
            asked[j] = target.asked(self.b[j], sums.columns[j], v[j], step, epsilon);
            bound[j] = target.binds(step, epsilon);
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
        HalfStep { plain, asked, bound, residual: if residual.is_nan() { f64::INFINITY } else { residual } }
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

    /// Whether the budget of seconds has run out.
    pub(super) fn late(&self) -> bool {
        self.problem.settings.max_seconds.is_some_and(|most| self.start.elapsed().as_secs_f64() > most)
    }
}
