//! A match of a law to finitely many sites, without a plan of all pairs.

use super::coupled::Coupled;
use super::options::{Options, Rows};
use super::solve::{Milestone, Solved, scaled};
use super::space::Space;
use thalweg_core::{Context, Result};
use thalweg_ot::Potentials;
use thalweg_ot::semi_discrete::{Ascent, Newton, Pixels};

pub(super) fn solve(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    match options.rows {
        Rows::Draws => from_draws(space, options, ctx),
        Rows::Pixels => from_pixels(space, options, ctx),
    }
}

/// By stochastic gradients, a few rows at a time.
fn from_draws(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    let (mean, factor) = (space.mean(ctx)?, space.factor);
    let epsilon = options.strength(if mean > 0.0 { factor * mean } else { 1.0 });
    let ascent = Ascent {
        tolerance: options.tolerance_or_default(),
        max_iterations: options.max_iterations_or_default(),
        ..Ascent::new(epsilon / factor)
    };
    let found = ascent.solve(ctx, &space.source, &space.target, space.engine()?)?;
    let history =
        found.course.iter().map(|(iteration, residual)| Milestone { iteration: *iteration, residual: *residual });
    let advice = found.report.advice.clone();
    let report = match advice {
        Some(advice) => found.report.clone().advise(format!("{advice} These are --max-iterations and --tolerance.")),
        None => found.report.clone(),
    };
    Ok(Solved {
        potentials: scaled(&found.potentials, factor),
        primal: factor * found.objective,
        dual: Some(factor * found.dual),
        mean: factor * mean,
        epsilon: Some(epsilon),
        rho: None,
        report,
        history: history.collect(),
        coupled: Coupled::Scaled { potentials: found.potentials, epsilon: ascent.epsilon },
    })
}

/// By Newton steps on areas.
fn from_pixels(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    let mean = space.mean(ctx)?;
    let density = Pixels::of(&space.source).map_err(|e| e.within(&space.names[0]))?;
    let newton =
        Newton { tolerance: options.tolerance_or_default(), max_iterations: options.max_iterations_or_default() };
    let found = newton.solve(ctx, &density, &space.target).map_err(|e| e.within(&space.names[1]))?;
    let milestone = |(iteration, residual): (usize, &f64)| Milestone { iteration, residual: *residual };
    Ok(Solved {
        potentials: Potentials { source: found.source_potential, target: found.potential },
        primal: found.plan.cost(),
        dual: Some(found.dual),
        mean,
        epsilon: None,
        rho: None,
        report: found.report,
        history: found.course.iter().enumerate().map(milestone).collect(),
        coupled: Coupled::Sparse(found.plan),
    })
}
