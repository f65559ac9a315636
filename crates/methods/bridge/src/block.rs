//! A part of two consecutive snapshots that is small enough for one plan.

use crate::lineage::Descent;
use std::sync::Arc;
use thalweg_core::{Context, Measure, Result, Stream};
use thalweg_ot::coupling::{PlanCoupling, RowDraw};
use thalweg_ot::{GroundCost, Sinkhorn, Tally};

/// Draws a row's targets this often when the plan is solved; batches then draw from those.
pub(crate) const POOL: usize = 32;

/// Points of both snapshots and who becomes whom among them.
pub(crate) struct Block {
    pub(crate) source: Arc<Measure>,
    pub(crate) target: Arc<Measure>,
    /// Where its points lie in the earlier snapshot.
    pub(crate) source_rows: Vec<usize>,
    /// Where its points lie in the later snapshot.
    pub(crate) target_rows: Vec<usize>,
    pub(crate) coupling: PlanCoupling,
    /// `log r_i` of each source row.
    pub(crate) log_growth: Vec<f64>,
}

impl Block {
    /// Solves the semi-relaxed plan, or the balanced one where there is no growth, and counts it in `tally`.
    pub(crate) fn new(
        source: Part,
        target: Part,
        seed: u64,
        descent: &Descent,
        tally: &Tally,
        ctx: &Context,
    ) -> Result<Self> {
        let (source_rows, target_rows) = (source.rows, target.rows);
        let (source, target) = (Arc::new(source.measure), Arc::new(target.measure));
        let mean = mean_squared_distance(&source, &target);
        let log_ratio = (target.mass() / source.mass()).ln();
        // All points in one place: nothing moves, everything grows alike, and any plan will do.
        let unit_cost = if mean > 0.0 { mean } else { 1.0 };
        let epsilon = descent.epsilon * unit_cost;
        let problem = match descent.rho {
            Some(rho) => Sinkhorn::semi_relaxed(epsilon, rho * unit_cost),
            None => Sinkhorn::balanced(epsilon),
        };
        let sinkhorn = Sinkhorn { tolerance: 1e-4, max_iterations: 2000, ..problem };
        let (entropic, plan) = sinkhorn.solve(ctx, &source, &target, GroundCost::SquaredEuclidean, None)?;
        tally.add(&entropic.report);
        let rows = entropic.row_sums.iter().zip(source.weights());
        let log_growth = match descent.rho {
            // A cell of weight zero is never drawn; its growth is that of the population.
            Some(_) => rows.map(|(r, a)| if *r > 0.0 && *a > 0.0 { (r / a).ln() } else { log_ratio }).collect(),
            None => vec![0.0; source.len()],
        };
        let coupling = ctx.install(|| PlanCoupling::new(plan, RowDraw::ByMass)?.pooled(POOL, seed))?;
        Ok(Self { source, target, source_rows, target_rows, coupling, log_growth })
    }

    /// Writes the mean velocity of every cell of the block into its row of the snapshots' arrays.
    pub(crate) fn mean_velocities(&self, length: f64, departures: &mut [f64], arrivals: &mut [f64]) {
        let dim = self.source.dim();
        let (mut left, mut come) = (vec![0.0; self.source.len()], vec![0.0; self.target.len()]);
        self.coupling.plan().for_each(|i, j, mass| {
            let (x, y) = (self.source.points().row(i), self.target.points().row(j));
            let from = &mut departures[self.source_rows[i] * dim..][..dim];
            let to = &mut arrivals[self.target_rows[j] * dim..][..dim];
            for (k, (x, y)) in x.iter().zip(y).enumerate() {
                let step = mass * (y - x) / length;
                from[k] += step;
                to[k] += step;
            }
            left[i] += mass;
            come[j] += mass;
        });
        average(departures, &self.source_rows, &left, dim);
        average(arrivals, &self.target_rows, &come, dim);
    }
}

/// Divides each of the `rows` by its mass; a cell without mass stays at rest.
fn average(velocities: &mut [f64], rows: &[usize], mass: &[f64], dim: usize) {
    for (row, mass) in rows.iter().zip(mass).filter(|(_, mass)| **mass > 0.0) {
        velocities[row * dim..][..dim].iter_mut().for_each(|v| *v /= mass);
    }
}

/// Some points of a snapshot and where they lie in it.
pub(crate) struct Part {
    measure: Measure,
    rows: Vec<usize>,
}

/// Random blocks of nearly equal size, every point with a weight in one of them. A block keeps its share of the total
/// mass, so that the growth between blocks is the growth of the population.
pub(crate) fn split(measure: &Measure, count: usize, stream: &mut Stream) -> Result<Vec<Part>> {
    if count <= 1 {
        return Ok(vec![Part { measure: measure.clone(), rows: (0..measure.len()).collect() }]);
    }
    let mut order = stream.permutation(measure.len());
    // A point of weight zero takes no part, and a block of nothing else could not be coupled.
    order.retain(|&i| measure.weights()[i] > 0.0);
    let share = measure.mass() / count as f64;
    (0..count)
        .map(|b| {
            let rows = order[b * order.len() / count..(b + 1) * order.len() / count].to_vec();
            let part = measure.select(&rows)?;
            let factor = share / part.mass();
            let weights = part.weights().iter().map(|w| w * factor).collect();
            Ok(Part { measure: Measure::new(part.points().clone(), weights)?, rows })
        })
        .collect()
}

/// `E |x - y|²` over independent pairs: `Var x + Var y + |mean x - mean y|²`.
fn mean_squared_distance(a: &Measure, b: &Measure) -> f64 {
    let moments = |m: &Measure| {
        let mut mean = vec![0.0; m.dim()];
        let mut square = 0.0;
        for (p, x) in m.probabilities().iter().zip(m.points().rows()) {
            mean.iter_mut().zip(x).for_each(|(m, v)| *m += p * v);
            square += p * x.iter().map(|v| v * v).sum::<f64>();
        }
        (mean, square)
    };
    let ((ma, sa), (mb, sb)) = (moments(a), moments(b));
    (sa + sb - 2.0 * ma.iter().zip(&mb).map(|(x, y)| x * y).sum::<f64>()).max(0.0)
}
