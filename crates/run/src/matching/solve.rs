//! The plan of a match by the solver of its problem, with what proves or disproves it.

use super::coupled::Coupled;
use super::options::{Options, Problem};
use super::space::Space;
use super::{factors, relational, sites};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};
use thalweg_ot::{Certificate, Plan, Potentials, Sinkhorn};

/// A residual on the way to the solution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    /// Iterations done at the epsilon of the plan.
    pub iteration: usize,
    /// Relative L1 marginal error.
    pub residual: f64,
}

/// A solved match, in the units of the cost that was asked for.
pub(super) struct Solved {
    pub(super) coupled: Coupled,
    /// Dual potentials of the sources and the targets.
    pub(super) potentials: Potentials,
    /// The whole objective: cost, entropy and penalties.
    pub(super) primal: f64,
    /// Value of the dual; none where there is no convex one.
    pub(super) dual: Option<f64>,
    /// Mean cost under independent draws.
    pub(super) mean: f64,
    pub(super) epsilon: Option<f64>,
    pub(super) rho: Option<f64>,
    pub(super) report: Report,
    pub(super) history: Vec<Milestone>,
}

pub(super) fn solve(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    let start = Instant::now();
    ctx.progress("match", 0, 1, options.method.name());
    let solved = match options.method {
        Problem::Gromov => relational::solve(space, options, ctx)?,
        Problem::SemiDiscrete => sites::solve(space, options, ctx)?,
        Problem::LowRank => factors::solve(space, options, ctx)?,
        Problem::Exact => {
            let exact = space.exact(ctx).map_err(|e| if space.holds_costs() { e } else { with_ways_out(e) })?;
            let potentials = Potentials { source: exact.source_potential, target: exact.target_potential };
            proven(space, exact.plan, potentials, &exact.certificate, space.mean(ctx)?)?
        }
        Problem::Partial => {
            let partial = space.partial(ctx, options.mass.unwrap_or(1.0))?;
            let potentials = Potentials { source: partial.source_potential, target: partial.target_potential };
            proven(space, partial.plan, potentials, &partial.certificate, space.mean(ctx)?)?
        }
        Problem::Entropic | Problem::Unbalanced => entropic(space, options, space.mean(ctx)?, ctx)?,
    };
    Ok(Solved { report: solved.report.clone().timed(start), ..solved })
}

/// A refusal for want of memory with what would do without.
fn with_ways_out(error: Error) -> Error {
    match error.advice().and_then(|advice| advice.strip_suffix('.')) {
        Some(advice) if advice.starts_with("Raise --memory") => {
            let advice = format!(
                "{advice}. Without a matrix go --method entropic and, under sqeuclidean and cosine, --method low-rank, whose time \
                 is linear in the points."
            );
            error.advise(advice)
        }
        _ => error,
    }
}

/// A gap over the largest cost beyond which an exact plan is not proven optimal.
const PROVEN: f64 = 1e-9;

/// A plan with a certificate, in the engine's units.
fn proven(space: &Space, plan: Plan, potentials: Potentials, certificate: &Certificate, mean: f64) -> Result<Solved> {
    let coupled = Coupled::Sparse(plan);
    // Of the entries as they are written, those of rounding left out.
    let cost: f64 = coupled.rows(space, 0..space.source.len())?.iter().flatten().map(|e| e.mass * e.cost).sum();
    let dual = space.factor * certificate.dual;
    let gap = cost - dual;
    let largest = space.factor * certificate.scale;
    let relative = if largest > 0.0 { gap.abs() / largest } else { 0.0 };
    let report = if relative <= PROVEN {
        Report::new(Status::Converged, 0)
    } else {
        Report::new(Status::Exhausted { budget: Budget::Precision }, 0).advise(format!(
            "The plan is at most {gap:.1e} above the optimum, which double precision should bring to about {:.0e}; centre \
             and rescale the coordinates.",
            1e-14 * largest
        ))
    };
    Ok(Solved {
        potentials: scaled(&potentials, space.factor),
        primal: cost,
        dual: Some(dual),
        mean: space.factor * mean,
        epsilon: None,
        rho: None,
        report: report.residual("duality gap", gap).residual("duality gap over the largest cost", relative),
        history: Vec::new(),
        coupled,
    })
}

pub(super) fn scaled(potentials: &Potentials, factor: f64) -> Potentials {
    let scaled = |v: &[f64]| v.iter().map(|v| factor * v).collect();
    Potentials { source: scaled(&potentials.source), target: scaled(&potentials.target) }
}

fn entropic(space: &Space, options: &Options, mean: f64, ctx: &Context) -> Result<Solved> {
    let factor = space.factor;
    // All costs are zero: any strength gives the same plan.
    let unit = if mean > 0.0 { factor * mean } else { 1.0 };
    let epsilon = options.strength(unit);
    let rho = (options.method == Problem::Unbalanced).then(|| options.rho_or_default().absolute(unit));
    let posed = match rho {
        Some(rho) => Sinkhorn::unbalanced(epsilon / factor, rho / factor),
        None => Sinkhorn::balanced(epsilon / factor),
    };
    let settings = Sinkhorn {
        tolerance: options.tolerance_or_default(),
        max_iterations: options.max_iterations_or_default(),
        ..posed
    };
    let entropic = space.entropic(ctx, &settings)?;
    let history = milestones(&entropic.history);
    let report = reported(&entropic.report, &history, options, epsilon);
    Ok(Solved {
        potentials: scaled(&entropic.potentials, factor),
        primal: factor * entropic.objective,
        dual: Some(factor * entropic.dual),
        mean: factor * mean,
        epsilon: Some(epsilon),
        rho,
        report,
        history,
        coupled: Coupled::Scaled { potentials: entropic.potentials, epsilon: entropic.epsilon },
    })
}

/// Iterations kept one by one; of longer courses every second, third, and so on, and the last.
const MILESTONES: usize = 1000;

fn milestones(residuals: &[f64]) -> Vec<Milestone> {
    let every = residuals.len().div_ceil(MILESTONES).max(1);
    let all = residuals.iter().enumerate().map(|(k, residual)| Milestone { iteration: k + 1, residual: *residual });
    all.filter(|m| m.iteration.is_multiple_of(every) || m.iteration == residuals.len()).collect()
}

/// The report, with advice in terms of the options.
fn reported(last: &Report, history: &[Milestone], options: &Options, epsilon: f64) -> Report {
    let (iteration, residual) = history.last().map_or((0, f64::INFINITY), |m| (m.iteration, m.residual));
    let status = match last.status {
        Status::Converged if residual > options.tolerance_or_default() => {
            Status::Exhausted { budget: Budget::Iterations }
        }
        status => status,
    };
    let report = Report::new(status, iteration).residual("marginal error", residual);
    let higher = 10.0 * epsilon;
    match status {
        Status::Converged => report,
        Status::Exhausted { budget: Budget::Iterations } => {
            let (tolerance, allowed) = (options.tolerance_or_default(), options.max_iterations_or_default() as f64);
            let needed = needed(history, tolerance).unwrap_or(10.0 * allowed);
            let factor = (needed / allowed).max(1.5);
            report.advise(format!(
                "The marginal error is {residual:.1e} after {iteration} iterations, where {:.0e} was asked for. Allow about \
                 {} with --max-iterations, or raise epsilon from {epsilon:.3e} to about {:.3e} (--epsilon-absolute).",
                tolerance,
                rounded_up(needed.max(1.5 * iteration as f64)),
                factor * epsilon
            ))
        }
        _ => report.advise(format!(
            "The marginal error is {residual:.1e}: double precision does not resolve the costs at an epsilon of \
             {epsilon:.3e}. Raise it to {higher:.3e} with --epsilon-absolute."
        )),
    }
}

/// Iterations to the tolerance at the rate of the last half of the course.
fn needed(history: &[Milestone], tolerance: f64) -> Option<f64> {
    let [before, .., last] = &history[history.len().saturating_sub(1) / 2..] else { return None };
    let rate = (before.residual / last.residual).ln() / (last.iteration - before.iteration).max(1) as f64;
    let more = (last.residual / tolerance).ln() / rate;
    (rate > 0.0 && more.is_finite()).then_some(last.iteration as f64 + more)
}

/// Two digits, rounded up.
fn rounded_up(value: f64) -> f64 {
    let unit = 10f64.powf((value.max(1.0)).log10().floor() - 1.0).max(1.0);
    (value / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_rate() {
        let history = [(10, 1e-1), (20, 1e-2)].map(|(iteration, residual)| Milestone { iteration, residual });
        assert!((needed(&history, 1e-6).unwrap() - 60.0).abs() < 1e-9);
        assert_eq!(needed(&history[..1], 1e-6), None);
        assert_eq!((rounded_up(1234.0), rounded_up(3.2)), (1300.0, 4.0));
    }
}
