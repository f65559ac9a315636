//! Projected gradient and proximal point by entropic plans.

use super::quadratic::Quadratic;
use super::{Coupled, QuadraticLoss, Spaces, dot};
use crate::{CostMatrix, Potentials, Sinkhorn};
use std::time::Instant;
use thalweg_core::{Budget, Context, Report, Result, Status};

/// What an iteration projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The gradient of the objective with the entropy: the plan of strength `epsilon` is a fixed point.
    ProjectedGradient,
    /// The gradient relative to the last plan: without entropy in the limit.
    ProximalPoint,
}

/// Gromov-Wasserstein by entropic plans.
#[derive(Clone, Debug, PartialEq)]
pub struct EntropicGromov {
    /// How relations are compared.
    pub loss: QuadraticLoss,
    /// What an iteration projects.
    pub scheme: Scheme,
    /// The entropic problem of an iteration.
    pub inner: Sinkhorn,
    /// Stops once an iteration moves the plan by at most this in Frobenius norm.
    pub tolerance: f64,
    /// Budget of iterations.
    pub max_iterations: usize,
}

impl EntropicGromov {
    /// A stationary plan, from `start` or from `p q'`. Two products and one entropic problem an iteration.
    ///
    /// # Errors
    /// As [`super::Gromov::solve`] and [`Sinkhorn::solve`].
    pub fn solve(&self, ctx: &Context, spaces: &Spaces<'_>, start: Option<&[f64]>) -> Result<Coupled> {
        spaces.check(start)?;
        let (n, m) = (spaces.p.len(), spaces.q.len());
        ctx.require_memory(Quadratic::bytes(spaces), "Entropic Gromov-Wasserstein transport")?;
        let begun = Instant::now();
        ctx.install(|| {
            let form = Quadratic::new(self.loss, spaces);
            let (mut plan, mut image) = match start {
                Some(start) => (start.to_vec(), form.image(ctx, start)?),
                None => (spaces.product(), form.image_of_product(spaces)),
            };
            let (mut next, none) = (vec![0.0; n * m], (vec![0.0; n], vec![0.0; m]));
            let (mut warm, mut course) = (None, vec![objective(spaces, form.value(&plan, &image), &plan)]);
            let (mut change, mut short) = (f64::INFINITY, 0);
            while course.len() <= self.max_iterations.max(1) && change > self.tolerance {
                ctx.check_stop()?;
                let mut cost = form.gradient(&image, spaces, &none);
                if self.scheme == Scheme::ProximalPoint {
                    cost.iter_mut()
                        .zip(&plan)
                        .for_each(|(c, p)| *c -= self.inner.epsilon * p.max(f64::MIN_POSITIVE).ln());
                }
                let cost = CostMatrix::new(n, m, cost)?;
                let entropic = self.inner.solve_matrix_with(ctx, spaces.p, spaces.q, &cost, warm.as_ref())?;
                short += usize::from(!entropic.report.converged());
                entropic.fill_matrix(spaces.p, spaces.q, &cost, &mut next);
                form.give(cost.into_values());
                change = next.iter().zip(&plan).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                std::mem::swap(&mut plan, &mut next);
                std::mem::replace(&mut image, form.image(ctx, &plan)?).end(&form);
                course.push(objective(spaces, form.value(&plan, &image), &plan));
                warm = Some(entropic.potentials);
            }
            let value = *course.last().unwrap_or(&f64::NAN);
            let report = self.report(change, course.len() - 1, short).timed(begun);
            let Potentials { source, target } = warm.unwrap_or(Potentials { source: Vec::new(), target: Vec::new() });
            Ok(Coupled { plan, value, course, potentials: (source, target), report })
        })
    }

    fn report(&self, change: f64, iterations: usize, short: usize) -> Report {
        let report = |status| Report::new(status, iterations).residual("change of the plan", change);
        if change > self.tolerance || change.is_nan() {
            return report(Status::Exhausted { budget: Budget::Iterations }).advise(format!(
                "The plan still moves by {change:e}; raise max_iter above {iterations} or epsilon above {:e}.",
                self.inner.epsilon
            ));
        }
        if short == iterations && short > 0 {
            let words = "No entropic problem inside met its tolerance; raise numItermax or epsilon.";
            return report(Status::Exhausted { budget: Budget::InnerIterations }).advise(words);
        }
        report(Status::Converged)
    }
}

/// The objective without its entropy.
fn objective(spaces: &Spaces<'_>, quadratic: f64, plan: &[f64]) -> f64 {
    spaces.alpha * quadratic + (1.0 - spaces.alpha) * spaces.between.map_or(0.0, |c| dot(c.values(), plan))
}
