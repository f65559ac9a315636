//! The rounds: features given samples, samples given features.

use super::problem::{Problem, normalised};
use super::{Config, NAME};
use crate::Matrix;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};
use thalweg_ot::{CostMatrix, MarginalPenalty, Potentials, Sinkhorn};

/// Masses below this are no masses: everything has been destroyed.
const NOTHING: f64 = 1e-200;

/// The two plans.
#[derive(Clone, Debug)]
pub struct Coupled {
    /// The plan between samples, n x m.
    pub samples: Matrix,
    /// The plan between features, d x e, of the same mass.
    pub features: Matrix,
    /// `sum (X_ik - Y_jl)^2 P_ij Q_kl`.
    pub cost: f64,
    /// The whole objective.
    pub objective: f64,
    /// How it ended. Residuals "change of the plan" and "inner residual".
    pub report: Report,
}

/// One side of the block iteration: what is coupled, seen from the other plan.
struct Side {
    /// Rows are what this plan couples: X' for features, X for samples.
    x: Matrix,
    x_squares: Matrix,
    y_squares: Matrix,
    /// The y table with rows and columns exchanged.
    y_transposed: Matrix,
    /// Weights of what is coupled.
    a: Vec<f64>,
    b: Vec<f64>,
    linear: Option<Matrix>,
    plan: Matrix,
    warm: Option<Potentials>,
    residual: f64,
}

impl Side {
    fn new(x: Matrix, y: &Matrix, a: Vec<f64>, b: Vec<f64>, linear: Option<&Matrix>) -> Self {
        Self {
            x_squares: x.map(|v| v * v),
            y_squares: y.map(|v| v * v),
            y_transposed: y.transposed(),
            plan: Matrix::outer(&a, &b),
            linear: linear.cloned(),
            warm: None,
            residual: f64::INFINITY,
            x,
            a,
            b,
        }
    }

    /// `sum_kl (x_ik - y_jl)^2 other_kl` for all i and j.
    fn local(&self, other: &Matrix) -> Matrix {
        let x = self.x_squares.apply(&other.row_sums());
        let y = self.y_squares.apply(&other.column_sums());
        let cross = self.x.times(other).times(&self.y_transposed);
        let sums = Matrix::outer(&x, &vec![1.0; y.len()]).with(&Matrix::outer(&vec![1.0; x.len()], &y), |x, y| x + y);
        sums.with(&cross, |sum, cross| sum - 2.0 * cross)
    }

    /// Solves for this plan given the other one and its weights.
    fn update(&mut self, other: &Side, config: &Config) -> Result<()> {
        let mass = other.plan.mass();
        if mass.is_nan() || mass < NOTHING {
            return Err(Error::failed("All mass was destroyed: leaving everything is cheaper than any match.").advise(
                format!(
                    "Raise rho_source and rho_target above {} and {}, or rescale the tables.",
                    config.rho_source, config.rho_target
                ),
            ));
        }
        let constant = config.rho_source * relative(&other.plan.row_sums(), &other.a)
            + config.rho_target * relative(&other.plan.column_sums(), &other.b);
        let mut cost = self.local(&other.plan).map(|c| c + constant);
        if let Some(linear) = &self.linear {
            cost = cost.with(linear, |c, l| c + l);
        }
        let cost = CostMatrix::new(cost.rows(), cost.cols(), cost.values().to_vec())?;
        let solver = Sinkhorn {
            source: MarginalPenalty::Kl { rho: config.rho_source * mass },
            target: MarginalPenalty::Kl { rho: config.rho_target * mass },
            tolerance: config.inner_tolerance,
            max_iterations: config.inner_iterations,
            ..Sinkhorn::balanced(config.epsilon)
        };
        let solved = solver.solve_matrix(&self.a, &self.b, &cost, self.warm.as_ref())?;
        let plan = Matrix::of_potentials(&self.a, &self.b, &cost, &solved);
        // Only the product of the plans matters to all but the entropy; equal masses keep either from running away.
        let factor = (mass / plan.mass()).sqrt();
        self.plan = if factor.is_finite() { plan.map(|p| p * factor) } else { plan };
        self.residual = solved.report.residuals.first().map_or(f64::NAN, |r| r.1);
        self.warm = Some(solved.potentials);
        Ok(())
    }
}

/// `sum p log(p / a)`.
fn relative(p: &[f64], a: &[f64]) -> f64 {
    p.iter().zip(a).map(|(p, a)| if *p > 0.0 { p * (p / a).ln() } else { 0.0 }).sum()
}

/// Aligns samples and features.
///
/// # Errors
/// A setting out of range; tables, weights or costs that do not fit or are not finite; rho so small that all mass is
/// destroyed; a memory budget below the plans and costs; interruption.
pub fn solve(ctx: &Context, problem: &Problem, config: &Config) -> Result<Coupled> {
    let start = Instant::now();
    config.check()?;
    problem.check()?;
    let (x, y) = (Matrix::from(problem.x), Matrix::from(problem.y));
    let entries = |a: usize, b: usize| (a as u64).saturating_mul(b as u64);
    let bytes = entries(x.rows(), y.rows()).saturating_add(entries(x.cols(), y.cols())).saturating_mul(64);
    ctx.require_memory(bytes, "Unbalanced co-optimal transport with its plans and costs")?;
    let weights = |w: Option<(&[f64], &[f64])>, n: usize, m: usize| {
        (normalised(w.map(|w| w.0), n), normalised(w.map(|w| w.1), m))
    };
    let (a, b) = weights(problem.sample_weights, x.rows(), y.rows());
    let (c, d) = weights(problem.feature_weights, x.cols(), y.cols());
    let mut features = Side::new(x.transposed(), &y.transposed(), c, d, problem.feature_cost);
    let mut samples = Side::new(x, &y, a, b, problem.sample_cost);
    let (mut change, mut rounds) = (f64::INFINITY, 0);
    while rounds < config.max_rounds && change > config.tolerance {
        ctx.check_stop()?;
        let before = samples.plan.clone();
        ctx.install(|| {
            features.update(&samples, config)?;
            samples.update(&features, config)
        })?;
        change = before.values().iter().zip(samples.plan.values()).map(|(p, q)| (p - q).abs()).sum();
        rounds += 1;
        ctx.progress(NAME, rounds as u64, config.max_rounds as u64, &format!("{change:.1e}"));
    }
    let report = report(change, samples.residual.max(features.residual), rounds, config).timed(start);
    let cost = ctx.install(|| samples.local(&features.plan)).dot(&samples.plan);
    let objective = objective(cost, &samples, &features, config);
    if !objective.is_finite() {
        return Err(
            Error::failed(format!("The objective became {objective}.")).advise("Rescale the tables to entries near 1.")
        );
    }
    Ok(Coupled { samples: samples.plan, features: features.plan, cost, objective, report })
}

fn objective(cost: f64, samples: &Side, features: &Side, config: &Config) -> f64 {
    let (p, q) = (&samples.plan, &features.plan);
    let (mass_p, mass_q) = (p.mass(), q.mass());
    // KL between products, from the parts of their factors; the references have mass 1.
    let product = |p: &[f64], a: &[f64], q: &[f64], c: &[f64]| {
        mass_q * relative(p, a) + mass_p * relative(q, c) - mass_p * mass_q + 1.0
    };
    let source = product(&p.row_sums(), &samples.a, &q.row_sums(), &features.a);
    let target = product(&p.column_sums(), &samples.b, &q.column_sums(), &features.b);
    let entropy = |side: &Side| {
        let reference = Matrix::outer(&side.a, &side.b);
        relative(side.plan.values(), reference.values()) - side.plan.mass() + 1.0
    };
    let linear: f64 = [samples, features].into_iter().filter_map(|s| s.linear.as_ref().map(|l| l.dot(&s.plan))).sum();
    cost + config.rho_source * source
        + config.rho_target * target
        + linear
        + config.epsilon * (entropy(samples) + entropy(features))
}

fn report(change: f64, residual: f64, rounds: usize, config: &Config) -> Report {
    let settled = change <= config.tolerance;
    let status = if settled { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
    let report =
        Report::new(status, rounds).residual("change of the plan", change).residual("inner residual", residual);
    if settled {
        report
    } else {
        report.advise(format!("Raise max_rounds above {} or epsilon above {}.", config.max_rounds, config.epsilon))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::normal_points;
    use thalweg_core::{Points, Stream};

    /// The local cost against the four-way sum, and the objective against its definition.
    #[test]
    fn costs_are_the_sums_that_define_them() {
        let ctx = Context::new(0, 2).unwrap();
        let mut stream = Stream::new(0, "coot-sums", 0);
        let (x, y) = (normal_points(5, 3, &mut stream), normal_points(4, 2, &mut stream));
        let config = Config { max_rounds: 3, ..Config::default() };
        let found = solve(&ctx, &Problem::new(&x, &y), &config).unwrap();
        let (p, q) = (&found.samples, &found.features);
        let mut cost = 0.0;
        let (mut source, mut target) = (0.0, 0.0);
        for (i, j) in (0..20).map(|e| (e / 4, e % 4)) {
            for (k, l) in (0..6).map(|e| (e / 2, e % 2)) {
                cost += (x.row(i)[k] - y.row(j)[l]).powi(2) * p.row(i)[j] * q.row(k)[l];
            }
        }
        let term = |v: f64, r: f64| v * (v / r).ln() - v + r;
        for (p, q, a, c, sum) in [
            (p.row_sums(), q.row_sums(), 0.2, 1.0 / 3.0, &mut source),
            (p.column_sums(), q.column_sums(), 0.25, 0.5, &mut target),
        ] {
            *sum = p.iter().map(|p| q.iter().map(|q| term(p * q, a * c)).sum::<f64>()).sum();
        }
        let entropy: f64 = p.values().iter().map(|v| term(*v, 0.05)).sum::<f64>()
            + q.values().iter().map(|v| term(*v, 1.0 / 6.0)).sum::<f64>();
        assert!((found.cost - cost).abs() < 1e-12);
        assert!((found.objective - (cost + source + target + 0.05 * entropy)).abs() < 1e-12);
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let (x, y) = (Points::zeros(3, 2), Points::zeros(2, 4));
        let refused = |problem: &Problem, config: &Config| solve(&ctx, problem, config).unwrap_err().to_string();
        let plain = Problem::new(&x, &y);
        assert!(
            refused(&Problem { sample_weights: Some((&[1.0], &[1.0, 1.0])), ..plain }, &Config::default())
                .contains("3 and 2")
        );
        let cost = Matrix::new(2, 2, vec![0.0; 4]).unwrap();
        assert!(refused(&Problem { feature_cost: Some(&cost), ..plain }, &Config::default()).contains("2 x 4"));
        assert!(refused(&plain, &Config { epsilon: 0.0, ..Config::default() }).contains("epsilon"));
        let far = Points::new(4, vec![1e160; 8]).unwrap();
        assert!(refused(&Problem::new(&x, &far), &Config::default()).contains("overflows"));
        let tight = ctx.clone().with_memory(Some(10));
        assert!(solve(&tight, &plain, &Config::default()).unwrap_err().to_string().contains("memory"));
    }
}
