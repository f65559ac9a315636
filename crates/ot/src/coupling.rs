//! Couplings between two fixed measures, as training batches need them.

use crate::{CostMatrix, GroundCost, Plan, Sinkhorn, Tally, assignment::assign_until};
use rayon::prelude::*;
use std::sync::{Arc, Mutex};
use thalweg_core::{Context, Coupling, Error, Measure, Pairs, Result, Stream};

/// Draws indices with probability proportional to their weight.
#[derive(Clone, Debug)]
struct Categorical {
    cumulative: Vec<f64>,
    uniform: bool,
}

impl Categorical {
    fn new(weights: &[f64]) -> Self {
        let mut running = 0.0;
        let cumulative = weights
            .iter()
            .map(|w| {
                running += w;
                running
            })
            .collect();
        Self { cumulative, uniform: weights.iter().all(|w| *w == weights[0]) }
    }

    fn draw(&self, stream: &mut Stream) -> usize {
        let n = self.cumulative.len();
        if self.uniform {
            return stream.below(n);
        }
        let total = self.cumulative[n - 1];
        let level = stream.uniform() * total;
        let k = self.cumulative.partition_point(|c| *c <= level);
        // Rounding can put the level at the total: fall on the last atom of positive weight.
        if k < n { k } else { self.cumulative.partition_point(|c| *c < total) }
    }

    fn draw_many(&self, count: usize, stream: &mut Stream) -> Vec<usize> {
        (0..count).map(|_| self.draw(stream)).collect()
    }
}

/// Two measures and how to draw from each.
#[derive(Clone, Debug)]
struct Ends {
    source: Arc<Measure>,
    target: Arc<Measure>,
    from_source: Categorical,
    from_target: Categorical,
}

impl Ends {
    fn new(source: Arc<Measure>, target: Arc<Measure>) -> Result<Self> {
        crate::cost::check_clouds(source.points(), target.points())?;
        let (from_source, from_target) = (Categorical::new(source.weights()), Categorical::new(target.weights()));
        Ok(Self { source, target, from_source, from_target })
    }

    /// Independent indices, all of the source before all of the target.
    fn draw(&self, batch: usize, stream: &mut Stream) -> (Vec<usize>, Vec<usize>) {
        let source = self.from_source.draw_many(batch, stream);
        (source, self.from_target.draw_many(batch, stream))
    }

    fn squared_costs(
        &self,
        source: &[usize],
        target: &[usize],
        stop: &(dyn Fn() -> Result<()> + Sync),
    ) -> Result<CostMatrix> {
        let (x, y) = (self.source.points().select(source), self.target.points().select(target));
        GroundCost::SquaredEuclidean.matrix_until(&x, &y, stop)
    }
}

fn equal_weights(source: Vec<usize>, target: Vec<usize>) -> Pairs {
    let weight = vec![1.0; source.len()];
    Pairs { source, target, weight }
}

/// Source and target drawn independently, each by weight. Flow matching without transport.
#[derive(Clone, Debug)]
pub struct Independent(Ends);

impl Independent {
    /// Between two measures of one dimension; masses may differ.
    ///
    /// # Errors
    /// Different dimensions.
    pub fn new(source: Arc<Measure>, target: Arc<Measure>) -> Result<Self> {
        Ok(Self(Ends::new(source, target)?))
    }
}

impl Coupling for Independent {
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs> {
        let (source, target) = self.0.draw(batch, stream);
        Ok(equal_weights(source, target))
    }
}

/// Largest batch whose costs are made by the drawing thread, in memory that is kept.
const ALONE: usize = 1024;

/// Mini-batch optimal transport: a batch drawn from each side by weight, matched at least total `|x - y|^2`.
///
/// Reference: Fatras et al., AISTATS 2020; Tong et al., TMLR 2024 (OT-CFM).
#[derive(Clone)]
pub struct ExactBatch {
    ends: Ends,
    ctx: Option<Context>,
    /// The memory of the last batch's costs.
    spare: Arc<Mutex<Vec<f64>>>,
}

impl ExactBatch {
    /// Between two measures of one dimension; masses may differ.
    ///
    /// # Errors
    /// Different dimensions.
    pub fn new(source: Arc<Measure>, target: Arc<Measure>) -> Result<Self> {
        Ok(Self { ends: Ends::new(source, target)?, ctx: None, spare: Arc::default() })
    }

    /// Stops in the middle of a pairing, which may take seconds, once the caller of `ctx` asks to.
    #[must_use]
    pub fn within(self, ctx: &Context) -> Self {
        Self { ctx: Some(ctx.clone()), ..self }
    }
}

impl Coupling for ExactBatch {
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs> {
        if batch == 0 {
            return Ok(Pairs::default());
        }
        let (source, target) = self.ends.draw(batch, stream);
        let stop = || self.ctx.as_ref().map_or(Ok(()), Context::check_stop);
        let (x, y) = (self.ends.source.points().select(&source), self.ends.target.points().select(&target));
        // Another thread that draws at the same time finds nothing there and takes fresh memory.
        let spare = self.spare.lock().map(|mut s| std::mem::take(&mut *s)).unwrap_or_default();
        let costs = if batch <= ALONE {
            GroundCost::SquaredEuclidean.matrix_in(spare, &x, &y)?
        } else {
            GroundCost::SquaredEuclidean.matrix_until(&x, &y, &stop)?
        };
        let assignment = assign_until(&costs, None, &stop)?;
        if batch <= ALONE
            && let Ok(mut spare) = self.spare.lock()
        {
            *spare = costs.into_values();
        }
        let target = assignment.target.iter().map(|j| target[*j]).collect();
        Ok(equal_weights(source, target))
    }
}

/// Mini-batch entropic transport: each drawn source takes a target from its row of the batch's entropic plan.
#[derive(Clone)]
pub struct EntropicBatch {
    ends: Ends,
    epsilon: f64,
    iterations: usize,
    tally: Arc<Tally>,
    ctx: Option<Context>,
}

/// Iterations of a batch's plan. Nearly all converge in far fewer.
const ITERATIONS: usize = 1000;

impl EntropicBatch {
    /// `epsilon` is relative: a fraction of the mean `|x - y|^2` of each batch.
    ///
    /// # Errors
    /// Different dimensions, or an epsilon that is not between 1e-4 and 1e6.
    pub fn new(source: Arc<Measure>, target: Arc<Measure>, epsilon: f64) -> Result<Self> {
        if !(1e-4..=1e6).contains(&epsilon) {
            return Err(Error::input(format!(
                "The relative epsilon of a batch coupling is {epsilon}, but it must lie between 1e-4 and 1e6."
            ))
            .advise("Use the exact coupling in place of a very small epsilon."));
        }
        Ok(Self { ends: Ends::new(source, target)?, epsilon, iterations: ITERATIONS, tally: Arc::default(), ctx: None })
    }

    /// Stops in the middle of a pairing, which may take seconds, once the caller of `ctx` asks to.
    #[must_use]
    pub fn within(self, ctx: &Context) -> Self {
        Self { ctx: Some(ctx.clone()), ..self }
    }

    /// Counts the plans of its batches in `tally`.
    #[must_use]
    pub fn counted(self, tally: &Arc<Tally>) -> Self {
        Self { tally: Arc::clone(tally), ..self }
    }
}

impl Coupling for EntropicBatch {
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs> {
        if batch == 0 {
            return Ok(Pairs::default());
        }
        let (source, target) = self.ends.draw(batch, stream);
        let stop = || self.ctx.as_ref().map_or(Ok(()), Context::check_stop);
        let costs = self.ends.squared_costs(&source, &target, &stop)?;
        let mean = costs.values().iter().sum::<f64>() / (batch * batch) as f64;
        if mean == 0.0 {
            return Ok(equal_weights(source, target));
        }
        // The law of the pairs needs no more digits than a batch has points.
        let problem = Sinkhorn::balanced(self.epsilon * mean);
        let settings = Sinkhorn { tolerance: 1e-3, max_iterations: self.iterations, ..problem };
        let weights = vec![1.0 / batch as f64; batch];
        let entropic = settings.solve_matrix_until(&weights, &weights, &costs, None, &stop)?;
        self.tally.add(&entropic.report);
        let g = &entropic.potentials.target;
        let mut row = vec![0.0; batch];
        let mut chosen = Vec::with_capacity(batch);
        for i in 0..batch {
            for ((z, c), g) in row.iter_mut().zip(costs.row(i)).zip(g) {
                *z = (g - c) / entropic.epsilon;
            }
            let top = crate::simd::max(&row);
            crate::simd::exp_in_place(&mut row, top);
            chosen.push(target[Categorical::new(&row).draw(stream)]);
        }
        Ok(equal_weights(source, chosen))
    }
}

/// How a [`PlanCoupling`] chooses its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowDraw {
    /// By the mass of the row; every pair weighs 1.
    ByMass,
    /// Uniformly; a pair weighs its row's mass over the mean row mass.
    Uniform,
}

/// Pairs from a plan solved beforehand, for example a semi-relaxed one whose row sums carry growth.
#[derive(Clone, Debug)]
pub struct PlanCoupling {
    plan: Plan,
    rows: Categorical,
    weights: Vec<f64>,
    pool: Option<Pool>,
}

/// Targets drawn once for each row, from which batches draw.
#[derive(Clone, Debug)]
struct Pool {
    draws: usize,
    targets: Vec<u32>,
}

impl PlanCoupling {
    /// Draws from `plan`. Each pair of a lazy plan costs a row, `O(m d)`; see [`PlanCoupling::pooled`].
    ///
    /// # Errors
    /// A plan without mass.
    pub fn new(plan: Plan, draw: RowDraw) -> Result<Self> {
        let masses = plan.row_sums();
        let total: f64 = masses.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::input(format!("A plan of total mass {total} cannot be drawn from.")));
        }
        let mean = total / masses.len() as f64;
        let (rows, weights) = match draw {
            RowDraw::ByMass => (Categorical::new(&masses), vec![1.0; masses.len()]),
            RowDraw::Uniform => {
                let present: Vec<f64> = masses.iter().map(|m| if *m > 0.0 { 1.0 } else { 0.0 }).collect();
                let share = present.iter().sum::<f64>() / masses.len() as f64;
                (Categorical::new(&present), masses.iter().map(|m| m / mean * share).collect())
            }
        };
        Ok(Self { plan, rows, weights, pool: None })
    }

    /// Draws `draws` targets for each row now, so that a batch costs nothing later.
    ///
    /// Takes `4 n draws` bytes and one pass over the plan. Over the randomness of the pool and of the batches the
    /// law of a pair is that of the plan; within one pool a row knows `draws` targets. Runs in the calling pool.
    ///
    /// # Errors
    /// As [`Plan::sample_rows`], or no draws.
    pub fn pooled(mut self, draws: usize, seed: u64) -> Result<Self> {
        if draws == 0 || u32::try_from(self.plan.cols()).is_err() {
            return Err(Error::input(format!(
                "A pool of {draws} draws from {} targets cannot be kept: it needs at least one draw and at most 2^32 targets.",
                self.plan.cols()
            )));
        }
        let masses = self.plan.row_sums();
        let mut targets = vec![0_u32; masses.len() * draws];
        targets.par_chunks_mut(draws).enumerate().filter(|(i, _)| masses[*i] > 0.0).try_for_each(
            |(i, out)| -> Result<()> {
                let mut stream = Stream::new(seed, "plan-pool", i as u64);
                for (o, j) in out.iter_mut().zip(self.plan.sample_row_many(i, draws, &mut stream)?) {
                    *o = j as u32;
                }
                Ok(())
            },
        )?;
        self.pool = Some(Pool { draws, targets });
        Ok(self)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl Coupling for PlanCoupling {
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs> {
        let source = self.rows.draw_many(batch, stream);
        let target = match &self.pool {
            None => self.plan.sample_rows(&source, stream)?,
            Some(pool) => {
                source.iter().map(|i| pool.targets[i * pool.draws + stream.below(pool.draws)] as usize).collect()
            }
        };
        let weight = source.iter().map(|i| self.weights[*i]).collect();
        Ok(Pairs { source, target, weight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Points;

    #[test]
    fn plans_that_fall_short_are_counted() {
        let cloud = |seed: u64| {
            let mut points = Points::zeros(200, 2);
            Stream::new(seed, "test-cloud", 0).fill_normal(points.values_mut());
            Arc::new(Measure::uniform(points).unwrap())
        };
        for (iterations, short) in [(ITERATIONS, 0), (1, 3)] {
            let tally = Arc::default();
            let coupling = EntropicBatch::new(cloud(0), cloud(1), 1e-3).unwrap().counted(&tally);
            let coupling = EntropicBatch { iterations, ..coupling };
            for k in 0..3 {
                assert_eq!(coupling.draw(200, &mut Stream::new(0, "batch", k)).unwrap().len(), 200);
            }
            assert_eq!((tally.solved(), tally.short()), (3, short));
            // What the solver's rule asks of a batch.
            assert_eq!(tally.worst() > 1e-3, short > 0, "{}", tally.worst());
        }
    }
}
