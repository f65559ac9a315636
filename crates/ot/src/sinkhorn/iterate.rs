//! The scaling iteration: levels of epsilon, half-steps, the stopping rule.

use super::{
    Entropic, Potentials, Sinkhorn,
    kernel::{Rows, Stop},
    momentum::Momentum,
};
use crate::MarginalPenalty;
use std::time::Instant;
use thalweg_core::{Budget, Report, Result, Status};

/// A warm-up level ends at this residual or after this many iterations: it only has to give a start.
const WARM_UP: (f64, usize) = (0.05, 10);

/// One entropic problem, posed.
pub(super) struct Problem<'a> {
    pub(super) settings: &'a Sinkhorn,
    pub(super) a: &'a [f64],
    pub(super) b: &'a [f64],
    pub(super) rows: Rows<'a>,
    pub(super) columns: Rows<'a>,
    pub(super) scale: f64,
    pub(super) stop: Stop<'a>,
}

/// Potentials and what the last half-steps know about the plan.
pub(super) struct Solution {
    f: Vec<f64>,
    g: Vec<f64>,
    row_sums: Vec<f64>,
    cost: f64,
    report: Report,
}

/// Potentials and the log-sums they came from, which are the guesses of the next half-step.
struct State {
    f: Vec<f64>,
    /// The source potentials of the iteration before.
    before: Vec<f64>,
    g: Vec<f64>,
    row_logs: Vec<f64>,
    column_logs: Vec<f64>,
    log_a: Vec<f64>,
    log_b: Vec<f64>,
    h: Vec<f64>,
}

impl Problem<'_> {
    pub(super) fn solve(&self, warm: Option<&Potentials>) -> Result<Solution> {
        let start = Instant::now();
        let settings = self.settings;
        let logs = |w: &[f64]| w.iter().map(|v| v.ln()).collect::<Vec<_>>();
        let mut state = State {
            f: warm.map_or_else(|| vec![0.0; self.a.len()], |w| w.source.clone()),
            g: warm.map_or_else(|| vec![0.0; self.b.len()], |w| w.target.clone()),
            before: Vec::new(),
            row_logs: vec![f64::NAN; self.a.len()],
            column_logs: vec![f64::NAN; self.b.len()],
            log_a: logs(self.a),
            log_b: logs(self.b),
            h: Vec::new(),
        };
        if warm.is_none() {
            let mut epsilon = self.scale;
            while settings.decay < 1.0 && epsilon * settings.decay > settings.epsilon {
                self.level(&mut state, epsilon, WARM_UP.0, WARM_UP.1)?;
                epsilon *= settings.decay;
            }
        }
        let (residual, iterations) =
            self.level(&mut state, settings.epsilon, settings.tolerance, settings.max_iterations)?;
        let report = self.report(residual, iterations).timed(start);
        self.read(state, report)
    }

    /// Iterates at one epsilon; returns the last residual and the iterations done. Ends with `g` up to date with `f`
    /// and `row_logs` up to date with `g`.
    fn level(&self, s: &mut State, epsilon: f64, tolerance: f64, budget: usize) -> Result<(f64, usize)> {
        s.row_logs.fill(f64::NAN);
        s.column_logs.fill(f64::NAN);
        s.before.clone_from(&s.f);
        self.row_half_step(s, epsilon)?;
        let mut momentum = Momentum::new();
        for iteration in 1..=budget.max(1) {
            self.update_rows(s, epsilon, &momentum);
            self.column_half_step(s, epsilon)?;
            self.row_half_step(s, epsilon)?;
            let residual = self.residual(s, epsilon);
            if residual <= tolerance || iteration >= budget {
                return Ok((residual, iteration));
            }
            momentum.watch(residual);
        }
        Ok((f64::INFINITY, 0))
    }

    fn row_half_step(&self, s: &mut State, epsilon: f64) -> Result<()> {
        scaled(&s.g, &s.log_b, epsilon, &mut s.h);
        self.rows.log_sums(&s.h, epsilon, &mut s.row_logs, self.stop)
    }

    fn column_half_step(&self, s: &mut State, epsilon: f64) -> Result<()> {
        scaled(&s.f, &s.log_a, epsilon, &mut s.h);
        self.columns.log_sums(&s.h, epsilon, &mut s.column_logs, self.stop)?;
        let step = -epsilon * self.settings.target.damping(epsilon);
        for (g, l) in s.g.iter_mut().zip(&s.column_logs) {
            *g = step * l;
        }
        Ok(())
    }

    /// The source potentials from their log-sums and the momentum, shifted so that the masses of both penalties agree.
    fn update_rows(&self, s: &mut State, epsilon: f64, momentum: &Momentum) {
        let damped = -epsilon * self.settings.source.damping(epsilon);
        for ((f, before), l) in s.f.iter_mut().zip(&mut s.before).zip(&s.row_logs) {
            let moved = momentum.apply(*f, *before, damped * l);
            *before = *f;
            *f = moved;
        }
        let MarginalPenalty::Kl { rho } = self.settings.source else { return };
        let source = log_mass(&s.f, &s.log_a, rho);
        let shift = match self.settings.target {
            MarginalPenalty::Exact => rho * (source - log_mass(&[], &s.log_b, rho)),
            MarginalPenalty::Kl { rho: other } => {
                rho / (rho + other) * other * (source - log_mass(&s.g, &s.log_b, other))
            }
        };
        for f in &mut s.f {
            *f += shift;
        }
    }

    fn residual(&self, s: &State, epsilon: f64) -> f64 {
        let (mut error, mut mass) = (0.0, 0.0);
        for i in 0..self.a.len() {
            let ratio = (s.f[i] / epsilon + s.row_logs[i]).exp();
            error += self.a[i] * (ratio - self.settings.source.ratio(s.f[i])).abs();
            mass += self.a[i] * ratio;
        }
        if mass > 0.0 { error / mass } else { f64::INFINITY }
    }

    fn report(&self, residual: f64, iterations: usize) -> Report {
        let settings = self.settings;
        // Rounding of (f + g - C) / epsilon alone moves a marginal by this much.
        let resolution = 4.0 * f64::EPSILON * self.scale / settings.epsilon;
        let (status, advice) = if residual <= settings.tolerance {
            (Status::Converged, None)
        } else if !residual.is_finite() {
            (Status::Diverged, Some(format!("Raise epsilon above {:e}.", settings.epsilon * 10.0)))
        } else if resolution > settings.tolerance {
            let advice = format!("Raise epsilon to {:e} or the tolerance to {resolution:e}.", settings.epsilon * 10.0);
            (Status::Exhausted { budget: Budget::Precision }, Some(advice))
        } else {
            let advice = format!(
                "The marginal error is {residual:e}; raise max_iterations above {} or epsilon above {:e}.",
                settings.max_iterations, settings.epsilon
            );
            (Status::Exhausted { budget: Budget::Iterations }, Some(advice))
        };
        let report = Report::new(status, iterations).residual("marginal error", residual);
        match advice {
            Some(advice) => report.advise(advice),
            None => report,
        }
    }

    /// Row sums and cost of the plan of the final potentials.
    fn read(&self, mut s: State, report: Report) -> Result<Solution> {
        let epsilon = self.settings.epsilon;
        let row_sums: Vec<f64> =
            (0..self.a.len()).map(|i| self.a[i] * (s.f[i] / epsilon + s.row_logs[i]).exp()).collect();
        scaled(&s.g, &s.log_b, epsilon, &mut s.h);
        let mut costs: Vec<f64> = s.f.iter().map(|f| f / epsilon).collect();
        self.rows.mean_costs(&s.h, epsilon, &mut costs, self.stop)?;
        let cost = costs.iter().zip(self.a).map(|(c, a)| c * a).sum();
        Ok(Solution { f: s.f, g: s.g, row_sums, cost, report })
    }
}

impl Solution {
    /// Column sums follow from the target potentials, which solve their half-step exactly.
    pub(super) fn finish(self, settings: &Sinkhorn, a: &[f64], b: &[f64]) -> Entropic {
        let Self { f, g, row_sums, cost, report } = self;
        let column_sums: Vec<f64> = g.iter().zip(b).map(|(g, b)| b * settings.target.ratio(*g)).collect();
        let sum = |v: &[f64]| v.iter().sum::<f64>();
        let dot = |p: &[f64], w: &[f64]| p.iter().zip(w).map(|(p, w)| p * w).sum::<f64>();
        let inner = dot(&f, &row_sums) + dot(&g, &column_sums);
        let entropy = inner - cost + settings.epsilon * (sum(a) * sum(b) - sum(&row_sums));
        let objective = cost + entropy + settings.source.value(&row_sums, a) + settings.target.value(&column_sums, b);
        let potentials = Potentials { source: f, target: g };
        Entropic { potentials, row_sums, column_sums, cost, objective, epsilon: settings.epsilon, report }
    }
}

/// `h = potential / epsilon + log weight`.
fn scaled(potential: &[f64], log_weight: &[f64], epsilon: f64, h: &mut Vec<f64>) {
    h.clear();
    h.extend(potential.iter().zip(log_weight).map(|(p, w)| p / epsilon + w));
}

/// `log sum_i w_i exp(-p_i / rho)`; no potentials stand for zeros.
fn log_mass(potential: &[f64], log_weight: &[f64], rho: f64) -> f64 {
    let term = |i: usize| log_weight[i] - potential.get(i).map_or(0.0, |p| p / rho);
    let top = (0..log_weight.len()).map(term).fold(f64::NEG_INFINITY, f64::max);
    top + (0..log_weight.len()).map(|i| (term(i) - top).exp()).sum::<f64>().ln()
}
