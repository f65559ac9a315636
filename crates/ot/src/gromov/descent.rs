//! Conditional gradient with an exact line search.

use super::quadratic::{Image, Quadratic};
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
    /// An iteration solves one exact problem and makes one product, `O(n m (n + m))` at most: the best plan against the
    /// gradient is sparse, and images are linear in the plan.
    ///
    /// # Errors
    /// Shapes, weights or a share that do not fit, a budget of memory too small, interruption.
    pub fn solve(&self, ctx: &Context, spaces: &Spaces<'_>, start: Option<&[f64]>) -> Result<Coupled> {
        spaces.check(start)?;
        let (n, m) = (spaces.p.len() as u64, spaces.q.len() as u64);
        ctx.require_memory(8 * (n * n + m * m + 10 * n * m), "Gromov-Wasserstein transport")?;
        let begun = Instant::now();
        ctx.install(|| {
            let form = Quadratic::new(self.loss, spaces);
            let mut state = State::new(&form, spaces, start);
            let mut course = vec![state.value];
            let mut potentials = (Vec::new(), Vec::new());
            let mut change = f64::INFINITY;
            let mut status = Status::Exhausted { budget: Budget::Iterations };
            while course.len() <= self.max_iterations {
                ctx.check_stop()?;
                potentials = state.step(ctx, &form, spaces)?;
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
            Ok(Coupled { plan: state.plan, value: state.value, course, potentials, report })
        })
    }
}

/// A plan, its image, and the objective.
struct State {
    plan: Vec<f64>,
    image: Image,
    value: f64,
}

impl State {
    fn new(form: &Quadratic, spaces: &Spaces<'_>, start: Option<&[f64]>) -> Self {
        let plan: Vec<f64> = match start {
            Some(start) => start.to_vec(),
            None => {
                let mass = spaces.mass();
                spaces.p.iter().flat_map(|p| spaces.q.iter().map(move |q| p * q / mass)).collect()
            }
        };
        let image = form.image(&plan);
        let linear = spaces.between.map_or(0.0, |c| dot(c.values(), &plan));
        let value = (1.0 - spaces.alpha) * linear + spaces.alpha * form.value(&plan, &image);
        Self { plan, image, value }
    }

    /// Moves towards the best plan against the gradient, as far as the objective falls; returns the duals.
    fn step(&mut self, ctx: &Context, form: &Quadratic, spaces: &Spaces<'_>) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut gradient = form.gradient(&self.image, spaces.alpha);
        if let Some(c) = spaces.between {
            gradient.iter_mut().zip(c.values()).for_each(|(g, c)| *g += (1.0 - spaces.alpha) * c);
        }
        let cost = CostMatrix::new(spaces.p.len(), spaces.q.len(), gradient)?;
        let exact = transport_matrix(ctx, spaces.p, spaces.q, &cost)?;
        let mut direction: Vec<f64> = self.plan.iter().map(|v| -v).collect();
        exact.plan.for_each(|i, j, mass| direction[i * spaces.q.len() + j] += spaces.mass() * mass);
        let image = form.image_of_sparse(&exact.plan, spaces.mass()).minus(&self.image);
        // Along plan + t direction the objective is value + slope t + bend t^2.
        let linear = spaces.between.map_or(0.0, |c| dot(c.values(), &direction));
        let cross = dot(&image.straight, &self.plan) + dot(&self.image.straight, &direction);
        let slope = (1.0 - spaces.alpha) * linear + spaces.alpha * (form.against_constant(&direction) - cross);
        let bend = -spaces.alpha * dot(&image.straight, &direction);
        let length = minimiser(bend, slope);
        self.plan.iter_mut().zip(&direction).for_each(|(p, d)| *p = (*p + length * d).max(0.0));
        self.image.add(&image, length);
        self.value += length * (slope + length * bend);
        Ok((exact.source_potential, exact.target_potential))
    }
}

/// Where on `[0, 1]` the parabola `bend t^2 + slope t` is lowest.
fn minimiser(bend: f64, slope: f64) -> f64 {
    if bend > 0.0 { (-slope / (2.0 * bend)).clamp(0.0, 1.0) } else { f64::from(u8::from(bend + slope < 0.0)) }
}
