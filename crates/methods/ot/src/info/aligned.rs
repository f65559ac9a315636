//! The mirror iteration, and what its plan is for.

use super::kernel::{Kernel, gradient, information};
use super::{Config, Ground};
use crate::Matrix;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Measure, Points, Report, Result, Status, Stream};
use thalweg_ot::{CostMatrix, GroundCost, Potentials, Sinkhorn};

/// Relative size of the noise on the product plan that the iteration starts from.
const NOISE: f64 = 1e-4;

/// A coupling of most information.
#[derive(Clone, Debug)]
pub struct Aligned {
    /// The plan, n x m, mass 1.
    pub plan: Matrix,
    /// Its mutual information, in nats.
    pub information: f64,
    /// How it ended. Residuals "change of the plan" and "marginal error" of the last projection.
    pub report: Report,
    x: Kernel,
    y: Kernel,
    target: Points,
}

/// Couples `source` and `target`, each normalised to mass 1; `labels` are classes of the source.
///
/// # Errors
/// A setting out of range; another number of labels than points; with a Euclidean cost, different dimensions; points that
/// all coincide; a memory budget below the matrices; interruption.
pub fn align(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    labels: Option<&[usize]>,
    config: &Config,
) -> Result<Aligned> {
    let start = Instant::now();
    config.check()?;
    let (n, m) = (source.len() as u64, target.len() as u64);
    let numbers =
        n.saturating_mul(n).saturating_add(m.saturating_mul(m)).saturating_add(n.saturating_mul(m).saturating_mul(6));
    ctx.require_memory(numbers.saturating_mul(8), "InfoOT with its kernels and plans")?;
    let (a, b) = (source.probabilities(), target.probabilities());
    let ground = match config.ground {
        Ground::Unused => None,
        Ground::Euclidean => Some(ctx.install(|| GroundCost::Euclidean.matrix(source.points(), target.points()))?),
    };
    let x = Kernel::new(ctx, source, config.bandwidth, labels)?;
    let y = Kernel::new(ctx, target, config.bandwidth, None)?;
    let solver = Sinkhorn {
        tolerance: config.inner_tolerance,
        max_iterations: config.inner_iterations,
        ..Sinkhorn::balanced(config.epsilon)
    };
    // Between symmetric clusters the product plan is stationary, so that a little noise must decide which goes where.
    let mut stream = Stream::new(ctx.seed(), "info-start", 0);
    let mut plan = Matrix::outer(&a, &b).map(|p| p * (1.0 + NOISE * (stream.uniform() - 0.5)));
    let mut warm: Option<Potentials> = None;
    let (mut change, mut error, mut steps) = (f64::INFINITY, f64::INFINITY, 0);
    while steps < config.iterations && change > config.tolerance {
        ctx.check_stop()?;
        let slope = gradient(ctx, &plan, &x, &y)?;
        let costs = slope
            .values()
            .iter()
            .enumerate()
            .map(|(e, g)| ground.as_ref().map_or(0.0, |c| c.values()[e]) - config.information * g);
        let cost = CostMatrix::new(a.len(), b.len(), costs.collect())?;
        let solved = ctx.install(|| solver.solve_matrix(&a, &b, &cost, warm.as_ref()))?;
        let next = Matrix::of_potentials(&a, &b, &cost, &solved);
        change = next.values().iter().zip(plan.values()).map(|(p, q)| (p - q).abs()).sum();
        error = solved.report.residuals.first().map_or(f64::NAN, |r| r.1);
        (plan, warm) = (next, Some(solved.potentials));
        steps += 1;
        ctx.progress("info", steps as u64, config.iterations as u64, &format!("{change:.1e}"));
    }
    let report = report(change, error, steps, config).timed(start);
    Ok(Aligned { information: information(ctx, &plan, &x, &y)?, plan, report, x, y, target: target.points().clone() })
}

fn report(change: f64, error: f64, steps: usize, config: &Config) -> Report {
    let settled = change <= config.tolerance;
    let status = if error.is_nan() || error > config.inner_tolerance {
        Status::Exhausted { budget: Budget::InnerIterations }
    } else if settled {
        Status::Converged
    } else {
        Status::Exhausted { budget: Budget::Iterations }
    };
    let report = Report::new(status, steps).residual("change of the plan", change).residual("marginal error", error);
    match status {
        Status::Converged => report,
        Status::Exhausted { budget: Budget::InnerIterations } => report.advise(format!(
            "Raise inner_iterations above {} or epsilon above {}.",
            config.inner_iterations, config.epsilon
        )),
        _ => report.advise(format!("Raise iterations above {}.", config.iterations)),
    }
}

impl Aligned {
    /// The mean target of each source point under the plan, n x d2.
    ///
    /// # Errors
    /// A source point of weight 0.
    pub fn project(&self) -> Result<Points> {
        self.plan.barycentric(&self.target)
    }

    /// How much likelier each target is beside each of `new` (k x d1) than alone: `f_xy / (f_x f_y)`, k x m. For retrieval,
    /// the largest of a row is the best match. Labels play no part for new points.
    ///
    /// # Errors
    /// Another dimension than the source's, coordinates that are not finite, or a point so far from all sources that its
    /// density vanishes.
    pub fn scores(&self, ctx: &Context, new: &Points) -> Result<Matrix> {
        let kernel = self.x.between(ctx, new)?;
        let density = kernel.apply(&self.plan.row_sums());
        if let Some(i) = density.iter().position(|f| *f <= 0.0) {
            return Err(Error::input(format!("New point {i} is so far from all source points that its density is 0."))
                .advise("Use a larger bandwidth, or leave such points out."));
        }
        let joint = ctx.install(|| kernel.times(&self.plan).times(&self.y.gram));
        Ok(joint.with(&Matrix::outer(&density, &self.y.density), |f, p| f / p))
    }

    /// The mean target under the scores of each of `new` (k x d1): k x d2.
    ///
    /// # Errors
    /// As [`Aligned::scores`].
    pub fn conditional(&self, ctx: &Context, new: &Points) -> Result<Points> {
        self.scores(ctx, new)?.barycentric(&self.target)
    }
}
