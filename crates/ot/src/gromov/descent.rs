//! Conditional gradient with an exact line search.

use super::quadratic::{Image, Quadratic, scale};
use super::{Coupled, QuadraticLoss, Spaces, dot};
use crate::{CostMatrix, transport_matrix};
use std::time::Instant;
use thalweg_core::{Budget, Context, Report, Result, Status};

/// Gromov-Wasserstein by exact plans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gromov {
    /// How relations are compared.
    pub loss: QuadraticLoss,
    /// Stops once an iteration lowers the objective by less than this fraction of it.
    pub relative: f64,
    /// Or by less than this.
    pub absolute: f64,
    /// Budget of iterations.
    pub max_iterations: usize,
}

impl Gromov {
    /// A stationary plan, from `start` (row-major `n x m` with the right marginals) or from `p q'`.
    ///
    /// An iteration solves one exact problem, which starts from the last one's duals, and makes one product, `O(n m^2)`: the
    /// best plan against the gradient is sparse, and images are linear in the plan.
    ///
    /// # Errors
    /// Shapes, weights or a share that do not fit, a budget of memory too small, interruption.
    pub fn solve(&self, ctx: &Context, spaces: &Spaces<'_>, start: Option<&[f64]>) -> Result<Coupled> {
        spaces.check(start)?;
        ctx.require_memory(Quadratic::bytes(spaces), "Gromov-Wasserstein transport")?;
        let begun = Instant::now();
        ctx.install(|| {
            let form = Quadratic::new(self.loss, spaces);
            let mut state = State::new(ctx, &form, spaces, start)?;
            let mut course = vec![state.value];
            let mut change = f64::INFINITY;
            let mut status = Status::Exhausted { budget: Budget::Iterations };
            while course.len() <= self.max_iterations {
                ctx.check_stop()?;
                state.step(ctx, &form, spaces)?;
                let before = *course.last().unwrap_or(&f64::NAN);
                course.push(state.value);
                change = (state.value - before).abs();
                if change < self.absolute || change < self.relative * state.value.abs() {
                    status = Status::Converged;
                    break;
                }
            }
            let mut report = Report::new(status, course.len() - 1).residual("change of the objective", change);
            if status != Status::Converged {
                let words =
                    format!("The objective still changes by {change:e}; raise max_iter above {}.", course.len() - 1);
                report = report.advise(words);
            }
            let report = report.timed(begun);
            Ok(Coupled { plan: state.plan, value: state.value, course, potentials: state.duals, report })
        })
    }
}

/// A plan, its image, and the parts of the objective.
struct State {
    plan: Vec<f64>,
    image: Image,
    /// Duals of the last linear problem, which the next one starts from.
    duals: (Vec<f64>, Vec<f64>),
    /// `sum plan between`, `sum plan constant` and `sum plan image`.
    parts: Parts,
    value: f64,
}

#[derive(Clone, Copy)]
struct Parts {
    linear: f64,
    constant: f64,
    own: f64,
}

impl State {
    fn new(ctx: &Context, form: &Quadratic, spaces: &Spaces<'_>, start: Option<&[f64]>) -> Result<Self> {
        let (plan, image) = match start {
            Some(start) => (start.to_vec(), form.image(ctx, start)?),
            None => (spaces.product(), form.image_of_product(spaces)),
        };
        let parts = Parts {
            linear: spaces.between.map_or(0.0, |c| dot(c.values(), &plan)),
            constant: form.against_constant(&plan),
            own: dot(&image.straight, &plan),
        };
        let duals = (vec![0.0; spaces.p.len()], vec![0.0; spaces.q.len()]);
        let value = (1.0 - spaces.alpha) * parts.linear + spaces.alpha * (parts.constant - parts.own);
        Ok(Self { plan, image, duals, parts, value })
    }

    /// Moves towards the best plan against the gradient, as far as the objective falls.
    ///
    /// The best plan is sparse, so that all but its image, which is one product, is a sum over its entries.
    fn step(&mut self, ctx: &Context, form: &Quadratic, spaces: &Spaces<'_>) -> Result<()> {
        let (cols, alpha) = (spaces.q.len(), spaces.alpha);
        let best = self.best(ctx, form, spaces)?;
        let image = form.image_of_sparse(ctx, &best)?;
        let over = |matrix: &[f64]| best.iter().map(|(i, j, mass)| mass * matrix[i * cols + j]).sum::<f64>();
        let there = Parts {
            linear: spaces.between.map_or(0.0, |c| over(c.values())),
            constant: best.iter().map(|(i, j, mass)| mass * form.constant(*i, *j)).sum(),
            own: over(&image.straight),
        };
        // The bilinear form between the two plans, both ways.
        let mixed = over(&self.image.straight) + over(self.image.crossed());
        // Along plan + t (best - plan) the objective is value + slope t + bend t^2.
        let slope = (1.0 - alpha) * (there.linear - self.parts.linear)
            + alpha * (there.constant - self.parts.constant - (mixed - 2.0 * self.parts.own));
        let bend = -alpha * (there.own - mixed + self.parts.own);
        let length = minimiser(bend, slope);
        scale(&mut self.plan, 1.0 - length);
        best.iter().for_each(|(i, j, mass)| self.plan[i * cols + j] += length * mass);
        self.image.mix(image, length, form);
        let own = (1.0 - length).powi(2) * self.parts.own + length * ((1.0 - length) * mixed + length * there.own);
        let between = |a: f64, b: f64| a + length * (b - a);
        self.parts = Parts {
            linear: between(self.parts.linear, there.linear),
            constant: between(self.parts.constant, there.constant),
            own,
        };
        self.value += length * (slope + length * bend);
        Ok(())
    }

    /// The entries of the best plan against the gradient. Leaves its duals.
    fn best(&mut self, ctx: &Context, form: &Quadratic, spaces: &Spaces<'_>) -> Result<Vec<(usize, usize, f64)>> {
        // Less the last duals, costs have the same best plan and lie near zero where it will be.
        let gradient = form.gradient(&self.image, spaces, &self.duals);
        let cost = CostMatrix::new(spaces.p.len(), spaces.q.len(), gradient)?;
        let exact = transport_matrix(ctx, spaces.p, spaces.q, &cost)?;
        form.give(cost.into_values());
        let add = |all: &mut [f64], more: &[f64]| all.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        add(&mut self.duals.0, &exact.source_potential);
        add(&mut self.duals.1, &exact.target_potential);
        let mut entries = Vec::new();
        let mass = spaces.mass();
        exact.plan.for_each(|i, j, share| entries.push((i, j, mass * share)));
        Ok(entries)
    }
}

/// Where on `[0, 1]` the parabola `bend t^2 + slope t` is lowest.
fn minimiser(bend: f64, slope: f64) -> f64 {
    if bend > 0.0 { (-slope / (2.0 * bend)).clamp(0.0, 1.0) } else { f64::from(u8::from(bend + slope < 0.0)) }
}
