//! Fine-tuning on distributions: particles roll out from a real snapshot and must arrive at the next.
//!
//! A step takes one interval, a subsample of both of its snapshots, rolls `(x, log w)` out by Euler steps and descends
//!
//! `W1(weighted particles, next snapshot) + (log predicted mass - log observed mass)²`
//!
//! by reverse differentiation through the roll-out. The optimal plan is held fixed, so the gradient of W1 at a particle
//! is the plan's average unit vector from its targets; at a weight it is the dual potential (envelope theorem). The
//! growth is differentiated along fixed paths: its effect on where particles go is nil.

use crate::velocity_growth::Networks;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_core::{Context, Error, Measure, Points, Result, Snapshots, Stream};
use thalweg_nn::{FitConfig, Fitted, Interval, Loss, Objective, Schedule, Workspace, intervals};
use thalweg_ot::{Exact, GroundCost, transport};

/// Settings of the fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FineTune {
    /// Euler steps from a snapshot to the next.
    pub rollout: usize,
    /// Most points drawn from each of the two snapshots of a step.
    pub points: usize,
    /// The descent.
    pub fit: FitConfig,
}

impl Default for FineTune {
    fn default() -> Self {
        let fit = FitConfig {
            steps: 300,
            learning_rate: 1e-3,
            schedule: Schedule::Cosine { warmup: 20, floor: 0.01 },
            clip: Some(1.0),
            ema: Some(0.98),
            log_every: 20,
            ..FitConfig::default()
        };
        Self { rollout: 16, points: 256, fit }
    }
}

impl FineTune {
    pub(crate) fn check(&self) -> Result<()> {
        const MOST: usize = 10_000;
        if !(1..=MOST).contains(&self.rollout) || self.points < 2 {
            return Err(Error::input(format!(
                "Fine-tuning with {} Euler steps on {} points cannot work; it needs 1 to {MOST} steps and at least 2 points.",
                self.rollout, self.points
            )));
        }
        self.fit.check()
    }
}

/// Bytes of a roll-out of at most `largest` points in `dim` coordinates, and of the costs of its distance.
pub(crate) fn bytes(tuning: &FineTune, largest: usize, dim: usize) -> u64 {
    let points = tuning.points.min(largest) as u64;
    points * (4 * (tuning.rollout as u64 + 8) * (dim as u64 + 1) + 16 * points)
}

/// Continues from regressed networks.
///
/// # Errors
/// As [`Workspace::fit`].
pub(crate) fn fine_tune(
    standardised: &Snapshots,
    nets: &Networks,
    params: Vec<f32>,
    tuning: &FineTune,
    workspace: &Workspace,
    identity: Value,
    ctx: &Context,
) -> Result<Fitted> {
    let objective = Rollout { intervals: intervals(standardised), nets, tuning, ctx };
    workspace.fit("fine-tuning", &objective, &tuning.fit, identity, params, ctx)
}

struct Rollout<'a> {
    intervals: Vec<Interval>,
    nets: &'a Networks,
    tuning: &'a FineTune,
    ctx: &'a Context,
}

/// One interval, thinned out.
struct Leg {
    start: f64,
    length: f64,
    source: Measure,
    target: Measure,
    /// `log` of the observed mass ratio of the whole snapshots.
    log_ratio: f64,
}

/// States of a roll-out: `rows[k]` are the network inputs before Euler step `k`, `log_weights` those at the end.
struct Path {
    rows: Vec<Vec<f32>>,
    end: Points,
    log_weights: Vec<f64>,
}

impl Objective for Rollout<'_> {
    type Batch = Leg;

    fn draw(&self, step: u64) -> Result<Leg> {
        let interval = &self.intervals[(step % self.intervals.len() as u64) as usize];
        let mut stream = Stream::new(self.ctx.seed(), "roll-out", step);
        let source = interval.source.thinned(self.tuning.points, &mut stream)?;
        let target = interval.target.thinned(self.tuning.points, &mut stream)?;
        let log_ratio = (interval.target.mass() / interval.source.mass()).ln();
        Ok(Leg { start: interval.start, length: interval.length(), source, target, log_ratio })
    }

    fn loss_grad(&self, params: &[f32], leg: &Leg, grad: &mut [f32]) -> Result<f64> {
        let path = self.forward(params, leg)?;
        if path.end.check_finite().is_err() || path.log_weights.iter().any(|w| !w.is_finite()) {
            // A loss that is no number is what the training loop takes for divergence.
            return Ok(f64::NAN);
        }
        let shares = relative(&leg.source, &path.log_weights);
        let total: f64 = shares.iter().sum();
        let cloud = Measure::new(path.end.clone(), shares.clone())?;
        let exact = transport(self.ctx, &cloud, &leg.target, GroundCost::Euclidean)?;
        let mass_error = total.ln() - leg.log_ratio;
        let dx = pull(&exact, &path.end, leg.target.points());
        let dw = weight_gradient(&exact, &shares, total, mass_error);
        self.backward(params, leg, &path, dx, &dw, grad)?;
        Ok(exact.certificate.primal + mass_error * mass_error)
    }
}

impl Rollout<'_> {
    fn forward(&self, params: &[f32], leg: &Leg) -> Result<Path> {
        let (nets, n, d) = (self.nets, leg.source.len(), leg.source.dim());
        let h = leg.length / self.tuning.rollout as f64;
        let mut end = leg.source.points().clone();
        let mut log_weights = vec![0.0; n];
        let (mut v, mut g) = (vec![0.0_f32; n * d], vec![0.0_f32; n]);
        let mut rows = Vec::with_capacity(self.tuning.rollout);
        for k in 0..self.tuning.rollout {
            let input = with_time(&end, leg.start + k as f64 * h);
            nets.exec.forward(&nets.velocity, &params[..nets.split], &input, &mut v)?;
            nets.exec.forward(&nets.growth, &params[nets.split..], &input, &mut g)?;
            end.values_mut().iter_mut().zip(&v).for_each(|(x, v)| *x += h * f64::from(*v));
            log_weights.iter_mut().zip(&g).for_each(|(w, g)| *w += h * f64::from(*g));
            rows.push(input);
        }
        Ok(Path { rows, end, log_weights })
    }

    /// The adjoint of [`Rollout::forward`]: `dx <- dx + h J_x(v)ᵀ dx`, parameters collect `h (∂v/∂θ)ᵀ dx`.
    fn backward(
        &self,
        params: &[f32],
        leg: &Leg,
        path: &Path,
        mut dx: Vec<f32>,
        dw: &[f32],
        grad: &mut [f32],
    ) -> Result<()> {
        let (nets, n, d) = (self.nets, leg.source.len(), leg.source.dim());
        let h = (leg.length / self.tuning.rollout as f64) as f32;
        let (velocity, growth) = params.split_at(nets.split);
        let mut part = vec![0.0_f32; grad.len()];
        let (part_velocity, part_growth) = part.split_at_mut(nets.split);
        let (mut out, mut pulled) = (vec![0.0_f32; n * d], vec![0.0_f32; n * (d + 1)]);
        let dg: Vec<f32> = dw.iter().map(|w| h * w).collect();
        grad.fill(0.0);
        for rows in path.rows.iter().rev() {
            let dv: Vec<f32> = dx.iter().map(|x| h * x).collect();
            nets.exec.loss_grad(
                &nets.velocity,
                velocity,
                &Loss::Linear { inputs: rows, cotangents: &dv },
                part_velocity,
            )?;
            nets.exec.loss_grad(&nets.growth, growth, &Loss::Linear { inputs: rows, cotangents: &dg }, part_growth)?;
            let parts = part_velocity.iter().chain(part_growth.iter());
            grad.iter_mut().zip(parts).for_each(|(g, p)| *g += p);
            nets.exec.vjp(&nets.velocity, velocity, rows, &dv, &mut out, &mut pulled)?;
            for (x, p) in dx.chunks_exact_mut(d).zip(pulled.chunks_exact(d + 1)) {
                x.iter_mut().zip(p).for_each(|(x, p)| *x += p);
            }
        }
        Ok(())
    }
}

/// Mass of each particle at the end as a share of the mass at the start.
fn relative(source: &Measure, log_weights: &[f64]) -> Vec<f64> {
    let mass = source.mass();
    source.weights().iter().zip(log_weights).map(|(a, w)| a / mass * w.clamp(-50.0, 50.0).exp()).collect()
}

/// Gradient of W1 in the positions: mass times the unit vector away from each target.
fn pull(exact: &Exact, from: &Points, to: &Points) -> Vec<f32> {
    let mut dx = vec![0.0_f32; from.values().len()];
    exact.plan.for_each(|i, j, mass| {
        let (x, y) = (from.row(i), to.row(j));
        let distance = x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        if distance > 0.0 {
            let out = &mut dx[i * from.dim()..][..from.dim()];
            out.iter_mut().zip(x.iter().zip(y)).for_each(|(o, (a, b))| *o += (mass * (a - b) / distance) as f32);
        }
    });
    dx
}

/// Gradient of the loss in the log-weights. W1 sees normalised weights `p`, so its gradient is `p_i (f_i - Σ p f)`.
fn weight_gradient(exact: &Exact, shares: &[f64], total: f64, mass_error: f64) -> Vec<f32> {
    let p: Vec<f64> = shares.iter().map(|s| s / total).collect();
    let mean: f64 = p.iter().zip(&exact.source_potential).map(|(p, f)| p * f).sum();
    p.iter().zip(&exact.source_potential).map(|(p, f)| (p * (f - mean + 2.0 * mass_error)) as f32).collect()
}

fn with_time(points: &Points, time: f64) -> Vec<f32> {
    points.rows().flat_map(|x| x.iter().map(|v| *v as f32).chain([time as f32])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::velocity_growth::Config;

    /// Central differences of the loss along random directions, for parameters `from..to`, next to the gradient there.
    fn agree(rollout: &Rollout, params: &[f32], leg: &Leg, from: usize, to: usize, stream: &mut Stream) {
        const STEP: f32 = 2e-3;
        let mut grad = vec![0.0; params.len()];
        rollout.loss_grad(params, leg, &mut grad).unwrap();
        let size = grad[from..to].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        assert!(size > 1e-2, "there is nothing to compare: {size}");
        for _ in 0..4 {
            let direction: Vec<f32> =
                (0..params.len()).map(|k| if (from..to).contains(&k) { stream.normal() as f32 } else { 0.0 }).collect();
            let at = |step: f32| {
                let moved: Vec<f32> = params.iter().zip(&direction).map(|(p, d)| p + step * d).collect();
                rollout.loss_grad(&moved, leg, &mut vec![0.0; params.len()]).unwrap()
            };
            let measured = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
            let said = grad.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum::<f64>();
            assert!((measured - said).abs() < 0.02 * size, "measured {measured}, gradient {said}, size {size}");
        }
    }

    /// Of the growth, whose effect on where particles go is nil, at any networks; of the velocity where growth is the
    /// same everywhere, since it is differentiated along fixed paths.
    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for seed in 0..3 {
            let (ctx, mut stream) = (Context::new(seed, 1).unwrap(), Stream::new(seed, "test", 0));
            let config = Config { hidden: vec![8], ..Config::default() };
            let nets = Networks::new(2, &config).unwrap();
            let tuning = FineTune { rollout: 5, ..FineTune::default() };
            let rollout = Rollout { intervals: Vec::new(), nets: &nets, tuning: &tuning, ctx: &ctx };
            let mut cloud = |n: usize, shift: f64| {
                let values = (0..2 * n).map(|_| shift + stream.normal()).collect();
                let weights = (0..n).map(|_| 0.5 + stream.uniform()).collect();
                Measure::new(Points::new(2, values).unwrap(), weights).unwrap()
            };
            let (source, target) = (cloud(9, 0.0), cloud(12, 1.5));
            let leg = Leg { start: 0.5, length: 1.25, source, target, log_ratio: 0.7 };
            let mut params = nets.init(seed).unwrap();
            let len = params.len();
            agree(&rollout, &params, &leg, nets.split, len, &mut stream);
            params[nets.split..].fill(0.0);
            params[len - 1] = 0.3;
            agree(&rollout, &params, &leg, 0, nets.split, &mut stream);
        }
    }
}
