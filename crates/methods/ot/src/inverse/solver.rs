//! Proximal gradients with Barzilai-Borwein steps.

use super::features::check_count;
use super::{Config, Features};
use std::time::Instant;
use thalweg_core::{Budget, Context, Report, Result, Status};
use thalweg_ot::{Potentials, Sinkhorn};

/// Values that a step may rise up to the largest of, and the decrease asked for relative to the squared step.
const MEMORY: usize = 5;
const DECREASE: f64 = 1e-4;
/// Bounds of the inverse step size, around 1 / epsilon.
const CURVATURE: (f64, f64) = (1e-8, 1e12);

/// A recovered cost.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// A, one number a feature.
    pub coefficients: Vec<f64>,
    /// The plan of the recovered cost, n x n, row-major, mass 1.
    pub plan: Vec<f64>,
    /// Its potentials.
    pub potentials: Potentials,
    /// The objective.
    pub value: f64,
    /// How it ended. Residuals "largest change" and "marginal error" of the last plan.
    pub report: Report,
}

/// The smooth part of the objective at some coefficients.
struct Point {
    coefficients: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
    plan: Vec<f64>,
    potentials: Potentials,
    marginal_error: f64,
}

/// Recovers the coefficients from observed pairs. All randomness is in the pairs; the result does not depend on a seed.
///
/// # Errors
/// A setting out of range; a cost that is not finite; a memory budget below four n x n matrices; interruption.
pub fn recover(ctx: &Context, features: &dyn Features, config: &Config) -> Result<Recovered> {
    let free = vec![true; features.count()];
    descend(ctx, features, &free, config)
}

/// As [`recover`] without a penalty, on the features whose coefficients in `found` are not zero: the others stay zero.
///
/// # Errors
/// As [`recover`]; another number of coefficients than features.
pub fn refit(ctx: &Context, features: &dyn Features, found: &[f64], config: &Config) -> Result<Recovered> {
    check_count(found.len(), features.count())?;
    let free: Vec<bool> = found.iter().map(|a| *a != 0.0).collect();
    descend(ctx, features, &free, &Config { lambda: 0.0, ..*config })
}

fn descend(ctx: &Context, features: &dyn Features, free: &[bool], config: &Config) -> Result<Recovered> {
    let start = Instant::now();
    config.check()?;
    let n = features.pairs() as u64;
    ctx.require_memory(n.saturating_mul(n).saturating_mul(32), "Inverse transport with four square matrices")?;
    let observed = features.observed();
    check_count(observed.len(), features.count())?;
    let evaluate = |a: Vec<f64>, warm: Option<&Potentials>| smooth(ctx, features, &observed, a, warm, config);
    let penalised = |p: &Point| p.value + config.lambda * p.coefficients.iter().map(|a| a.abs()).sum::<f64>();
    let mut point = evaluate(vec![0.0; features.count()], None)?;
    let mut values = vec![penalised(&point)];
    let mut curvature = 1.0 / config.epsilon;
    let (mut change, mut steps) = (f64::INFINITY, 0);
    while steps < config.max_iterations && change > config.tolerance {
        let highest = values.iter().rev().take(MEMORY).fold(f64::NEG_INFINITY, |h, v| h.max(*v));
        let next = loop {
            ctx.check_stop()?;
            let next = evaluate(proximal(&point, free, curvature, config.lambda), Some(&point.potentials))?;
            let moved: f64 = squares(&next.coefficients, &point.coefficients);
            // The inner solver's error is in the values, so that a decrease below it cannot be asked for.
            let noise = config.inner_tolerance * (1.0 + highest.abs());
            if penalised(&next) <= highest - 0.5 * DECREASE * curvature * moved + noise || curvature >= CURVATURE.1 {
                break next;
            }
            curvature *= 2.0;
        };
        change = next.coefficients.iter().zip(&point.coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let square = squares(&next.coefficients, &point.coefficients);
        let bent: f64 = (0..free.len())
            .map(|k| (next.coefficients[k] - point.coefficients[k]) * (next.gradient[k] - point.gradient[k]))
            .sum();
        if square > 0.0 {
            curvature = (bent / square).clamp(CURVATURE.0, CURVATURE.1);
        }
        values.push(penalised(&next));
        point = next;
        steps += 1;
        ctx.progress("inverse", steps as u64, config.max_iterations as u64, &format!("{change:.1e}"));
    }
    let report = report(&point, change, steps, config).timed(start);
    Ok(Recovered {
        value: penalised(&point),
        coefficients: point.coefficients,
        plan: point.plan,
        potentials: point.potentials,
        report,
    })
}

fn squares(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A gradient step of size `1 / curvature` and a soft threshold; what is not free stays zero.
fn proximal(point: &Point, free: &[bool], curvature: f64, lambda: f64) -> Vec<f64> {
    let threshold = |v: f64| v.signum() * (v.abs() - lambda / curvature).max(0.0);
    let step = |((a, g), free): ((&f64, &f64), &bool)| if *free { threshold(a - g / curvature) } else { 0.0 };
    point.coefficients.iter().zip(&point.gradient).zip(free).map(step).collect()
}

fn smooth(
    ctx: &Context,
    features: &dyn Features,
    observed: &[f64],
    coefficients: Vec<f64>,
    warm: Option<&Potentials>,
    config: &Config,
) -> Result<Point> {
    let n = features.pairs();
    let weights = vec![1.0 / n as f64; n];
    let solver = Sinkhorn {
        tolerance: config.inner_tolerance,
        max_iterations: config.inner_iterations,
        ..Sinkhorn::balanced(config.epsilon)
    };
    ctx.install(|| {
        let cost = features.cost(&coefficients)?;
        let solved = solver.solve_matrix(&weights, &weights, &cost, warm)?;
        let plan = solved.matrix(&weights, &weights, &cost);
        let moments = features.moments(&plan);
        check_count(moments.len(), features.count())?;
        let gradient: Vec<f64> = moments.iter().zip(observed).map(|(m, o)| m - o).collect();
        let linear: f64 = coefficients.iter().zip(observed).map(|(a, o)| a * o).sum();
        Ok(Point {
            gradient,
            value: -linear - solved.objective,
            plan,
            marginal_error: solved.report.residuals.first().map_or(f64::NAN, |r| r.1),
            potentials: solved.potentials,
            coefficients,
        })
    })
}

fn report(point: &Point, change: f64, steps: usize, config: &Config) -> Report {
    let inner = point.marginal_error <= config.inner_tolerance;
    let settled = change <= config.tolerance;
    let status = match (settled, inner) {
        (true, true) => Status::Converged,
        (_, false) => Status::Exhausted { budget: Budget::InnerIterations },
        (false, true) => Status::Exhausted { budget: Budget::Iterations },
    };
    let report =
        Report::new(status, steps).residual("largest change", change).residual("marginal error", point.marginal_error);
    match status {
        Status::Converged => report,
        _ if inner => report.advise(format!("Raise max_iterations above {}.", config.max_iterations)),
        _ => report.advise(format!("Raise inner_iterations above {}.", config.inner_iterations)),
    }
}

/// The means of the features under the plan of some coefficients.
pub(super) fn mean_features(
    ctx: &Context,
    features: &dyn Features,
    coefficients: Vec<f64>,
    config: &Config,
) -> Result<Vec<f64>> {
    Ok(smooth(ctx, features, &vec![0.0; features.count()], coefficients, None, config)?.gradient)
}
