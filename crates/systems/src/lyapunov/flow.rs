//! Exponents of flows.

use super::{Exponents, Growth, Lyapunov, astray, finite, generic};
use crate::{Flow, Sampling, Spacing, System, Variational};
use thalweg_core::{Context, Points, Result, VectorField, orthonormalise};
use thalweg_solve::{Integrate, integrate};

/// How far restarts are doubled at most.
const MOST_DOUBLED: usize = 16;
/// Steps between two restarts: who takes more is on its way to infinity.
const MOST_STEPS: usize = 20_000;

impl System {
    pub(super) fn of_flow(&self, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
        let (flow, stretch) = (self.flow()?, self.record().period.unwrap_or(1.0));
        // Orbits share their time, so a law that depends on it is followed once.
        let orbits = if flow.depends_on_time() { 1 } else { options.orbits };
        let sampling = Sampling {
            points: orbits,
            spacing: Spacing::Time(stretch * options.stretches as f64),
            discard: 0,
            tolerance: options.tolerance,
        };
        let settled =
            Sampling { points: 2, spacing: Spacing::Time(stretch * options.settle as f64), ..sampling.clone() };
        let first = if options.settle == 0 || orbits == 1 {
            self.start()
        } else {
            finite(self.trajectory(None, &settled, ctx)?.states.pop())?
        };
        let seeds = self.trajectory(Some(&first), &sampling, ctx)?.states;
        // A trajectory that was interrupted is kept as far as it came, which is not enough here.
        ctx.check_stop()?;
        if seeds.len() < orbits {
            return Err(astray());
        }
        let finest = options.restarts * MOST_DOUBLED;
        let mut restarts = options.restarts;
        loop {
            let apart = if restarts < finest { farthest(options.tolerance) } else { f64::INFINITY };
            if let Some(found) = Tangents::new(&flow, &seeds, options)?.follow(stretch, restarts, apart, ctx)? {
                return Ok(found);
            }
            restarts *= 2;
        }
    }
}

/// How far the logarithms of tangents may grow apart between restarts: the error of a step is of the size of the
/// tolerance beside the longest tangent, and half its digits are left of the shortest.
fn farthest(tolerance: f64) -> f64 {
    -0.5 * tolerance.ln()
}

/// The orbits of a flow with their tangents.
struct Tangents<'a> {
    law: Variational,
    dim: usize,
    states: Points,
    options: &'a Lyapunov,
}

impl<'a> Tangents<'a> {
    fn new(flow: &Flow, seeds: &[Points], options: &'a Lyapunov) -> Result<Self> {
        let (law, dim) = (flow.variational(flow.dim()), flow.dim());
        let mut states = Points::zeros(seeds.len(), law.dim());
        for (row, seed) in seeds.iter().enumerate() {
            let state = states.row_mut(row);
            state[..dim].copy_from_slice(seed.row(0));
            state[dim..dim + dim * dim].copy_from_slice(&generic(dim, row));
        }
        Ok(Self { law, dim, states, options })
    }

    /// The exponents; none where the logarithms of two tangents grew further than `apart` between two restarts.
    fn follow(mut self, stretch: f64, restarts: usize, apart: f64, ctx: &Context) -> Result<Option<Exponents>> {
        let Lyapunov { stretches, settle, tolerance, .. } = *self.options;
        let (d, rows, leg) = (self.dim, self.states.len(), stretch / restarts as f64);
        let steps = Integrate { max_steps: MOST_STEPS, ..Integrate::adaptive(tolerance) };
        let mut growth = Growth::new(rows, d + 1, stretches * restarts);
        for k in 0..(settle + stretches) * restarts {
            ctx.check_stop()?;
            let span = (k as f64 * leg, (k + 1) as f64 * leg);
            let moved = integrate(&self.law, &self.states, None, span, &steps, ctx)?;
            if !moved.report.converged() {
                return Err(astray());
            }
            self.states = finite(moved.states.into_iter().next_back())?;
            for row in 0..rows {
                let state = self.states.row_mut(row);
                let mut logs = vec![0.0; d + 1];
                orthonormalise(&mut state[d..d + d * d], d, &mut logs[..d]);
                if logs[0] - logs[d - 1] > apart {
                    return Ok(None);
                }
                logs[d] = std::mem::take(&mut state[d + d * d]);
                if k >= settle * restarts {
                    growth.add(row, k - settle * restarts, &logs);
                }
            }
        }
        let mut means = growth.means(leg);
        means.errors.pop();
        let divergence = means.values.pop();
        Ok(Some(Exponents { divergence, ..means.ordered() }))
    }
}
