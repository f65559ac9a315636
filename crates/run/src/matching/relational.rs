//! A match by relations: Gromov-Wasserstein between clouds that need not live in one space, fused where they share columns.

use super::coupled::Coupled;
use super::options::Options;
use super::solve::{Milestone, Solved};
use super::space::Space;
use thalweg_core::{Budget, Context, Error, Measure, Report, Result, Status};
use thalweg_ot::gromov::{Coupled as Found, EntropicGromov, Gromov, QuadraticLoss, Scheme, Spaces};
use thalweg_ot::{CostMatrix, Potentials, Sinkhorn};

const LOSS: QuadraticLoss = QuadraticLoss::Square;

pub(super) fn solve(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    let (n, m) = (space.source.len() as u64, space.target.len() as u64);
    // The relations, the plan, its costs, and what the solver asks for itself.
    ctx.require_memory(8 * (2 * n * n + 2 * m * m + 13 * n * m), "A match by relations")?;
    let (first, second) = (space.within(&space.source, ctx)?, space.within(&space.target, ctx)?);
    relations_can_be_squared(space, &first, &second)?;
    let alpha = options.alpha.unwrap_or(1.0);
    let between = if alpha < 1.0 { Some(space.between(ctx)?) } else { None };
    let (p, q) = (space.source.weights(), space.target.weights());
    let spaces = Spaces { p, q, first: &first, second: &second, between: between.as_ref(), alpha };
    let mean = independent(&spaces, ctx)?;
    let epsilon = options.epsilon.map(|epsilon| epsilon.absolute(if mean > 0.0 { mean } else { 1.0 }));
    let found = match epsilon {
        Some(epsilon) => spread(&spaces, options, epsilon, ctx)?,
        None => Gromov {
            loss: LOSS,
            relative: options.tolerance_or_default(),
            absolute: options.tolerance_or_default() * mean * 1e-3,
            max_iterations: options.max_iterations_or_default(),
        }
        .solve(ctx, &spaces, None)?,
    };
    let mut costs = ctx.install(|| spaces.costs_against(ctx, LOSS, &found.plan))?;
    // Means of squares and costs: below zero by rounding only.
    costs.iter_mut().for_each(|c| *c = c.max(0.0));
    let history = course(&found);
    Ok(Solved {
        potentials: duals(found.potentials, (p.len(), q.len())),
        primal: found.value.max(0.0),
        dual: None,
        mean,
        epsilon,
        rho: None,
        report: reported(found.report, options),
        history,
        coupled: Coupled::Dense { masses: found.plan, costs },
    })
}

/// Largest relations whose squares can be added, and least of which the square is a number.
const LARGEST: f64 = 1e150;
const LEAST: f64 = 1e-150;

/// Refuses relations of which the squares leave the range of numbers.
fn relations_can_be_squared(space: &Space, first: &CostMatrix, second: &CostMatrix) -> Result<()> {
    let largest = first.scale().max(second.scale());
    let apart = |measure: &Measure| measure.points().rows().any(|x| x != measure.points().row(0));
    let together = !apart(&space.source) && !apart(&space.target);
    if together || (LEAST..=LARGEST).contains(&largest) {
        return Ok(());
    }
    Err(Error::input(format!(
        "The largest relation within the clouds is {largest:.1e}, and a match by relations squares them, for which they must lie \
         between {LEAST:e} and {LARGEST:e}."
    ))
    .advise("Rescale the coordinates: under squared distances these may reach from about 1e-75 to 1e75."))
}

/// By entropic plans of one strength.
fn spread(spaces: &Spaces<'_>, options: &Options, epsilon: f64, ctx: &Context) -> Result<Found> {
    let inner = Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(epsilon) };
    let solver = EntropicGromov {
        loss: LOSS,
        scheme: Scheme::ProjectedGradient,
        inner,
        tolerance: options.tolerance_or_default(),
        max_iterations: options.max_iterations_or_default(),
    };
    solver.solve(ctx, spaces, None)
}

/// The objective of the plan that draws both sides independently: the unit of relative strengths.
fn independent(spaces: &Spaces<'_>, ctx: &Context) -> Result<f64> {
    let plan: Vec<f64> = spaces.p.iter().flat_map(|p| spaces.q.iter().map(move |q| p * q)).collect();
    let costs: Vec<f64> = ctx.install(|| spaces.costs_against(ctx, LOSS, &plan))?;
    Ok(plan.iter().zip(&costs).map(|(p, c)| p * c).sum())
}

/// Relative changes of the objective.
fn course(found: &Found) -> Vec<Milestone> {
    let change = |(k, w): (usize, &[f64])| Milestone {
        iteration: k + 1,
        residual: (w[1] - w[0]).abs() / w[1].abs().max(f64::MIN_POSITIVE),
    };
    found.course.windows(2).enumerate().map(change).collect()
}

/// Duals of the last linear problem; zero where none was solved.
fn duals((source, target): (Vec<f64>, Vec<f64>), (n, m): (usize, usize)) -> Potentials {
    let filled = |v: Vec<f64>, count: usize| if v.len() == count { v } else { vec![0.0; count] };
    Potentials { source: filled(source, n), target: filled(target, m) }
}

/// The report with advice in terms of the options.
fn reported(report: Report, options: &Options) -> Report {
    match report.status {
        Status::Exhausted { budget: Budget::Iterations } => {
            let done = report.iterations;
            report.advise(format!(
                "The objective still changed after {done} iterations; allow more than {} with --max-iterations.",
                options.max_iterations_or_default()
            ))
        }
        _ => report,
    }
}

/// Relations of a cloud under a cost that is `factor` times the matrix.
pub(super) fn times(matrix: CostMatrix, factor: f64) -> Result<CostMatrix> {
    if factor == 1.0 {
        return Ok(matrix);
    }
    CostMatrix::new(matrix.rows(), matrix.cols(), matrix.values().iter().map(|c| factor * c).collect())
}
