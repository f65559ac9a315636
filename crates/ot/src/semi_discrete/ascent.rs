//! Averaged stochastic ascent on the entropic semi-dual.

use crate::cost::{Packed, check_clouds};
use crate::{GroundCost, Potentials, simd};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Measure, Report, Result, Status, Stream};

/// Entropic transport to sites from single draws of the source: `O(J d)` a draw, memory for the sites alone.
///
/// Maximises `E min^eps_j (c(x, y_j) - g_j) + sum b_j g_j` by gradients of a few draws each, whose steps shrink
/// coordinate by coordinate with the gradients seen so far; the answer of a round is the mean over it, and each round is
/// twice as long as the one before.
///
/// References: Genevay, Cuturi, Peyré, Bach, NeurIPS 2016; the steps are those of Duchi, Hazan, Singer, JMLR 12 (2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ascent {
    /// Strength of `epsilon KL(pi | a x b)`, absolute, in units of the cost.
    pub epsilon: f64,
    /// The first step as a part of the mean cost.
    pub rate: f64,
    /// Draws a step.
    pub batch: usize,
    /// Stops after a round in which the column sums are off by less than this in relative L1.
    pub tolerance: f64,
    /// Budget of steps.
    pub max_iterations: usize,
}

/// Potentials that an ascent reached, and the plan that has them: its rows are exact.
#[derive(Clone, Debug)]
pub struct Ascended {
    /// In the convention `pi_ij = a_i b_j exp((f_i + g_j - C_ij) / epsilon)`.
    pub potentials: Potentials,
    /// Column sums of the plan.
    pub column_sums: Vec<f64>,
    /// `sum pi_ij C_ij`.
    pub cost: f64,
    /// Cost and entropy of the plan.
    pub objective: f64,
    /// Value of the semi-dual: no plan with both marginals has a lower objective.
    pub dual: f64,
    /// Steps done and the residual then, after each round.
    pub course: Vec<(usize, f64)>,
    /// How it ended; the residual is named "marginal error".
    pub report: Report,
}

/// Steps of the first round.
const FIRST: usize = 1000;
/// Draws from which the scale of the steps is read.
const PROBE: usize = 256;
/// Rows of the source that a task sums: a constant, so that the work is cut the same way whatever the threads.
const ROWS: usize = 256;
/// Tasks between two questions whether to go on.
const WAVE: usize = 64;

impl Ascent {
    /// With the step, the draws a step, the tolerance and the budget that serve most problems.
    pub fn new(epsilon: f64) -> Self {
        Self { epsilon, rate: 0.1, batch: 32, tolerance: 0.01, max_iterations: 256_000 }
    }

    /// The potentials between two measures, normalised to mass 1.
    ///
    /// Rows of the plan are as asked for; columns are off by the residual. Beside the steps each round takes one pass over all pairs,
    /// in `O((n + J) d)` memory.
    ///
    /// # Errors
    /// A setting out of range, different dimensions, costs that overflow, interruption.
    pub fn solve(&self, ctx: &Context, source: &Measure, sites: &Measure, ground: GroundCost) -> Result<Ascended> {
        self.check()?;
        check_clouds(source.points(), sites.points())?;
        ground.bound(source.points(), sites.points())?;
        let start = Instant::now();
        let problem = Problem::new(self.epsilon, source, sites, ground);
        let mut climb = Climb::new(&problem, ctx.seed(), self);
        let (mut course, mut round) = (Vec::new(), FIRST.min(self.max_iterations));
        loop {
            let g = climb.round(ctx, round)?;
            let sums = problem.sums(ctx, &g)?;
            let residual = sums.columns.iter().zip(&problem.b).map(|(c, b)| (c - b).abs()).sum::<f64>();
            course.push((climb.steps, residual));
            ctx.progress(
                "semi-discrete",
                climb.steps as u64,
                self.max_iterations as u64,
                &format!("error {residual:.1e}"),
            );
            let left = self.max_iterations - climb.steps;
            if residual <= self.tolerance || left == 0 {
                let report = self.report(residual, climb.steps, sites.len()).timed(start);
                return Ok(problem.ascended(g, sums, course, report));
            }
            round = climb.steps.min(left);
        }
    }

    fn check(&self) -> Result<()> {
        let refuse = |what: &str, value: f64| {
            Err(Error::input(format!(
                "The {what} of stochastic ascent is {value}, but it must be positive and finite."
            )))
        };
        for (what, value) in [
            ("epsilon", self.epsilon),
            ("rate", self.rate),
            ("tolerance", self.tolerance),
            ("number of draws", self.batch as f64),
            ("number of steps", self.max_iterations as f64),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return refuse(what, value);
            }
        }
        Ok(())
    }

    fn report(&self, residual: f64, steps: usize, sites: usize) -> Report {
        let report = |status| Report::new(status, steps).residual("marginal error", residual);
        if residual <= self.tolerance {
            return report(Status::Converged);
        }
        if !residual.is_finite() {
            return report(Status::Diverged).advise(format!("Raise epsilon above {:e}.", 10.0 * self.epsilon));
        }
        // The error of a mean of draws falls with the root of their number.
        let needed = steps as f64 * (residual / self.tolerance).powi(2);
        report(Status::Exhausted { budget: Budget::Iterations }).advise(format!(
            "The masses of {sites} sites are off by {residual:.1e} after {steps} steps; allow about {needed:.0e}, or a \
             tolerance of {residual:.0e}."
        ))
    }
}

/// The semi-dual of two measures.
struct Problem<'a> {
    epsilon: f64,
    source: &'a Measure,
    a: Vec<f64>,
    b: Vec<f64>,
    ground: GroundCost,
    packed: Packed,
}

/// Sums of the plan whose rows are exact.
struct Sums {
    source: Vec<f64>,
    columns: Vec<f64>,
    cost: f64,
}

impl<'a> Problem<'a> {
    fn new(epsilon: f64, source: &'a Measure, sites: &Measure, ground: GroundCost) -> Self {
        let (a, b) = (source.probabilities(), sites.probabilities());
        Self { epsilon, source, a, b, ground, packed: Packed::new(sites.points()) }
    }

    /// `g_j / epsilon + log b_j`.
    fn offsets(&self, g: &[f64]) -> Vec<f64> {
        g.iter().zip(&self.b).map(|(g, b)| g / self.epsilon + b.ln()).collect()
    }

    /// The probability of each site at source `i`, and the costs; returns the source's potential.
    fn share(&self, i: usize, offsets: &[f64], costs: &mut [f64], row: &mut [f64]) -> f64 {
        self.packed.fill_part(self.ground, self.source.points().row(i), 0, costs);
        for ((z, c), h) in row.iter_mut().zip(costs.iter()).zip(offsets) {
            *z = h - c / self.epsilon;
        }
        let top = simd::max(row);
        let total = simd::exp_in_place(row, top);
        row.iter_mut().for_each(|p| *p /= total);
        -self.epsilon * (top + total.ln())
    }

    fn sums(&self, ctx: &Context, g: &[f64]) -> Result<Sums> {
        let (n, m, offsets) = (self.a.len(), self.b.len(), self.offsets(g));
        let mut sums = Sums { source: Vec::with_capacity(n), columns: vec![0.0; m], cost: 0.0 };
        let starts: Vec<usize> = (0..n).step_by(ROWS).collect();
        for wave in starts.chunks(WAVE) {
            ctx.check_stop()?;
            let block = |&first: &usize| {
                let (mut costs, mut row) = (vec![0.0; m], vec![0.0; m]);
                let mut part = Sums { source: Vec::new(), columns: vec![0.0; m], cost: 0.0 };
                for i in first..(first + ROWS).min(n) {
                    part.source.push(self.share(i, &offsets, &mut costs, &mut row));
                    for ((sum, p), c) in part.columns.iter_mut().zip(&row).zip(&costs) {
                        *sum += self.a[i] * p;
                        part.cost += self.a[i] * p * c;
                    }
                }
                part
            };
            let parts: Vec<Sums> = ctx.install(|| wave.par_iter().map(block).collect());
            for part in parts {
                sums.source.extend(part.source);
                sums.columns.iter_mut().zip(part.columns).for_each(|(s, p)| *s += p);
                sums.cost += part.cost;
            }
        }
        Ok(sums)
    }

    fn ascended(&self, g: Vec<f64>, sums: Sums, course: Vec<(usize, f64)>, report: Report) -> Ascended {
        let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).filter(|(w, _)| **w > 0.0).map(|(w, p)| w * p).sum::<f64>();
        // With exact rows KL(pi | a x b) is the mean of (f + g - C) / epsilon under the plan.
        let rows = dot(&self.a, &sums.source);
        Ascended {
            objective: rows + dot(&sums.columns, &g),
            dual: rows + dot(&self.b, &g),
            potentials: Potentials { source: sums.source, target: g },
            column_sums: sums.columns,
            cost: sums.cost,
            course,
            report,
        }
    }
}

/// The state of the ascent.
struct Climb<'a> {
    problem: &'a Problem<'a>,
    seed: u64,
    batch: usize,
    cumulative: Vec<f64>,
    scale: f64,
    g: Vec<f64>,
    /// Sum of the squares of each coordinate of the gradients.
    seen: Vec<f64>,
    steps: usize,
}

impl<'a> Climb<'a> {
    fn new(problem: &'a Problem<'a>, seed: u64, settings: &Ascent) -> Self {
        let mut running = 0.0;
        let cumulative: Vec<f64> = problem
            .a
            .iter()
            .map(|a| {
                running += a;
                running
            })
            .collect();
        let m = problem.b.len();
        let mut climb = Self {
            problem,
            seed,
            batch: settings.batch,
            cumulative,
            scale: 0.0,
            g: vec![0.0; m],
            seen: vec![0.0; m],
            steps: 0,
        };
        let mut stream = Stream::new(seed, "ascent-probe", 0);
        let mut costs = vec![0.0; m];
        for _ in 0..PROBE {
            let i = climb.draw(&mut stream);
            problem.packed.fill_part(problem.ground, problem.source.points().row(i), 0, &mut costs);
            climb.scale += costs.iter().zip(&problem.b).map(|(c, b)| c * b).sum::<f64>() / PROBE as f64;
        }
        climb.scale *= settings.rate;
        climb
    }

    fn draw(&self, stream: &mut Stream) -> usize {
        let level = stream.uniform() * self.cumulative[self.cumulative.len() - 1];
        // Rounding can put the level at the total: fall on the last source of positive weight.
        let last = self.cumulative.partition_point(|c| *c < self.cumulative[self.cumulative.len() - 1]);
        self.cumulative.partition_point(|c| *c <= level).min(last)
    }

    /// `steps` steps; the mean of the potentials over them.
    fn round(&mut self, ctx: &Context, steps: usize) -> Result<Vec<f64>> {
        let m = self.g.len();
        let (mut costs, mut row, mut gradient) = (vec![0.0; m], vec![0.0; m], vec![0.0; m]);
        let mut mean = vec![0.0; m];
        for _ in 0..steps {
            ctx.check_stop()?;
            self.steps += 1;
            let mut stream = Stream::new(self.seed, "ascent", self.steps as u64);
            let offsets = self.problem.offsets(&self.g);
            gradient.copy_from_slice(&self.problem.b);
            for _ in 0..self.batch {
                let i = self.draw(&mut stream);
                self.problem.share(i, &offsets, &mut costs, &mut row);
                gradient.iter_mut().zip(&row).for_each(|(g, p)| *g -= p / self.batch as f64);
            }
            for j in 0..m {
                self.seen[j] += gradient[j] * gradient[j];
                if self.seen[j] > 0.0 {
                    self.g[j] += self.scale * gradient[j] / self.seen[j].sqrt();
                }
                mean[j] += self.g[j] / steps as f64;
            }
        }
        Ok(mean)
    }
}
