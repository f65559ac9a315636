//! Walkers, each with its own stream of noise.

use super::{Config, Convention, Drift, Medium};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Context, Error, Points, Report, Result, Status, Stream, Trajectory};

/// Walkers that one task moves.
const BLOCK: usize = 64;
/// Steps of all walkers together between two looks at whether to stop.
const PATIENCE: usize = 1 << 20;

/// Moves each of `start` (`n x dim`) as a walker of its own; what is saved are the start and every `every` steps.
///
/// Weak order 1 in the step. O(n dim) a step, in parallel over walkers; the path of a walker depends on the seed and its row
/// alone. The report is `Diverged` where a walker left the finite range and `Interrupted` where the call was asked to stop; what was
/// saved before is kept.
///
/// # Errors
/// A setting out of range; another dimension than the medium has; a start that is not finite, or beyond the walls; a memory
/// budget below what is saved.
pub fn walk(ctx: &Context, medium: &dyn Medium, start: &Points, config: &Config) -> Result<Trajectory> {
    let began = Instant::now();
    config.check()?;
    check_start(medium, start, config)?;
    let (n, dim) = (start.len(), start.dim());
    let kept = (config.saves as u64).saturating_add(2).saturating_mul(8 * (n * dim) as u64);
    ctx.require_memory(kept.saturating_add(400 * n as u64), "A walk")?;
    let mut walkers: Vec<Walker> = (0..n).map(|row| Walker::new(ctx.seed(), row, start.row(row))).collect();
    let mut trajectory = Trajectory {
        times: vec![0.0],
        states: vec![start.clone()],
        log_weights: Vec::new(),
        report: Report::new(Status::Converged, 0),
    };
    'saves: for save in 1..=config.saves {
        let mut left = config.every;
        while left > 0 {
            if ctx.check_stop().is_err() {
                trajectory.report = Report::new(Status::Interrupted, (save - 1) * config.every);
                break 'saves;
            }
            let steps = left.min((PATIENCE / n.max(1)).max(1));
            ctx.install(|| {
                walkers.par_chunks_mut(BLOCK).for_each(|block| {
                    let mut step = Steps::new(medium, config);
                    block.iter_mut().for_each(|walker| step.advance(walker, steps));
                });
            });
            left -= steps;
        }
        let values: Vec<f64> = walkers.iter().flat_map(|w| w.x.iter().copied()).collect();
        if values.iter().any(|v| !v.is_finite()) {
            let advice = format!("Take a step below {:e}.", 0.5 * config.step);
            trajectory.report = Report::new(Status::Diverged, (save - 1) * config.every).advise(advice);
            break;
        }
        trajectory.times.push(save as f64 * config.every as f64 * config.step);
        trajectory.states.push(Points::new(dim, values)?);
        trajectory.report.iterations = save * config.every;
        ctx.progress("walk", save as u64, config.saves as u64, "");
    }
    trajectory.report.seed = Some(ctx.seed());
    trajectory.report = trajectory.report.timed(began);
    Ok(trajectory)
}

fn check_start(medium: &dyn Medium, start: &Points, config: &Config) -> Result<()> {
    if start.dim() != medium.dim() {
        return Err(Error::input(format!(
            "The walkers have {} coordinates, but the medium has {}.",
            start.dim(),
            medium.dim()
        )));
    }
    start.check_finite()?;
    if let Some([low, high]) = config.walls
        && let Some(v) = start.values().iter().find(|v| !(low..=high).contains(*v))
    {
        return Err(Error::input(format!("A walker starts at {v}, beyond the walls at {low} and {high}.")));
    }
    Ok(())
}

struct Walker {
    x: Vec<f64>,
    noise: Stream,
}

impl Walker {
    fn new(seed: u64, row: usize, x: &[f64]) -> Self {
        Self { x: x.to_vec(), noise: Stream::new(seed, "state-dependent diffusion", row as u64) }
    }
}

/// Steps of one convention, with the arrays they need.
struct Steps<'a> {
    medium: &'a dyn Medium,
    config: &'a Config,
    slope: Vec<f64>,
    spread: Vec<f64>,
    d: [Vec<f64>; 2],
    drift: [Vec<f64>; 2],
    z: Vec<f64>,
    ahead: Vec<f64>,
}

impl<'a> Steps<'a> {
    fn new(medium: &'a dyn Medium, config: &'a Config) -> Self {
        let zeros = || vec![0.0; medium.dim()];
        Self {
            medium,
            config,
            slope: zeros(),
            spread: zeros(),
            d: [zeros(), zeros()],
            drift: [zeros(), zeros()],
            z: zeros(),
            ahead: zeros(),
        }
    }

    fn advance(&mut self, walker: &mut Walker, steps: usize) {
        for _ in 0..steps {
            walker.noise.fill_normal(&mut self.z);
            self.look(&walker.x, 0);
            match self.config.convention {
                Convention::Ito => self.ito(&mut walker.x),
                Convention::Stratonovich => self.heun(&mut walker.x),
                Convention::AntiIto => self.anti_ito(&mut walker.x),
            }
            if let Some([low, high]) = self.config.walls {
                walker.x.iter_mut().for_each(|x| *x = reflect(*x, low, high));
            }
        }
    }

    /// Diffusivity and drift at `x`, as the values of one end of the step.
    fn look(&mut self, x: &[f64], end: usize) {
        self.medium.slope(x, &mut self.slope);
        self.medium.diffusivity(x, &mut self.d[end]);
        let share = match self.config.drift {
            Drift::Boltzmann => 1.0 - self.config.convention.alpha(),
            Drift::ForceOnly => 0.0,
        };
        self.medium.divergence(x, &mut self.spread);
        for i in 0..x.len() {
            self.drift[end][i] = share * self.spread[i] - self.d[end][i] * self.slope[i];
        }
    }

    fn ito(&self, x: &mut [f64]) {
        let h = self.config.step;
        for i in 0..x.len() {
            x[i] += self.drift[0][i] * h + (2.0 * self.d[0][i] * h).sqrt() * self.z[i];
        }
    }

    fn heun(&mut self, x: &mut [f64]) {
        let h = self.config.step;
        for i in 0..x.len() {
            self.ahead[i] = x[i] + self.drift[0][i] * h + (2.0 * self.d[0][i] * h).sqrt() * self.z[i];
        }
        self.confine();
        let ahead = std::mem::take(&mut self.ahead);
        self.look(&ahead, 1);
        self.ahead = ahead;
        for i in 0..x.len() {
            let noise = (2.0 * self.d[0][i] * h).sqrt() + (2.0 * self.d[1][i] * h).sqrt();
            x[i] += 0.5 * ((self.drift[0][i] + self.drift[1][i]) * h + noise * self.z[i]);
        }
    }

    fn anti_ito(&mut self, x: &mut [f64]) {
        let h = self.config.step;
        for i in 0..x.len() {
            self.ahead[i] = x[i] + (2.0 * self.d[0][i] * h).sqrt() * self.z[i];
        }
        self.confine();
        self.medium.diffusivity(&self.ahead, &mut self.d[1]);
        for i in 0..x.len() {
            x[i] += self.drift[0][i] * h + (2.0 * self.d[1][i] * h).sqrt() * self.z[i];
        }
    }

    /// Puts the predicted position where the medium is known.
    fn confine(&mut self) {
        if let Some([low, high]) = self.config.walls {
            self.ahead.iter_mut().for_each(|x| *x = reflect(*x, low, high));
        }
    }
}

/// The image of `x` between walls that reflect.
fn reflect(x: f64, low: f64, high: f64) -> f64 {
    if (low..=high).contains(&x) {
        return x;
    }
    let period = 2.0 * (high - low);
    let along = (x - low).rem_euclid(period);
    low + along.min(period - along)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state_diffusion::Profile;

    #[test]
    fn walls_reflect() {
        for (x, image) in [(0.5, 0.5), (-0.25, 0.25), (1.25, 0.75), (2.25, 0.25), (-1.5, 0.5)] {
            assert!((reflect(x, 0.0, 1.0) - image).abs() < 1e-15, "{x}");
        }
    }

    #[test]
    fn one_step_is_that_of_each_convention() {
        let medium = Profile { slope: |x: f64| x, diffusivity: |x: f64| 1.0 + x * x, divergence: |x: f64| 2.0 * x };
        let (ctx, h, x) = (Context::new(0, 1).unwrap(), 0.01, 0.7);
        let z = Stream::new(0, "state-dependent diffusion", 0).normal();
        let (d, f) = (
            |x: f64| (2.0 * h * (1.0 + x * x)).sqrt() * z,
            |x: f64, a: f64| h * ((1.0 - a) * 2.0 * x - x * (1.0 + x * x)),
        );
        let ahead = x + f(x, 0.5) + d(x);
        for (convention, truth) in [
            (Convention::Ito, x + f(x, 0.0) + d(x)),
            (Convention::Stratonovich, x + 0.5 * (f(x, 0.5) + f(ahead, 0.5) + d(x) + d(ahead))),
            (Convention::AntiIto, x + f(x, 1.0) + d(x + d(x))),
        ] {
            let config = Config { convention, step: h, every: 1, saves: 1, ..Config::default() };
            let walked = walk(&ctx, &medium, &Points::new(1, vec![x]).unwrap(), &config).unwrap();
            assert!((walked.states[1].values()[0] - truth).abs() < 1e-15, "{convention:?}");
        }
    }

    #[test]
    fn bad_starts_are_refused() {
        let medium = Profile { slope: |_: f64| 0.0, diffusivity: |_: f64| 1.0, divergence: |_: f64| 0.0 };
        let ctx = Context::new(0, 1).unwrap();
        let walls = Config { walls: Some([0.0, 1.0]), ..Config::default() };
        assert!(walk(&ctx, &medium, &Points::new(1, vec![2.0]).unwrap(), &walls).is_err());
        assert!(walk(&ctx, &medium, &Points::new(2, vec![0.0; 2]).unwrap(), &Config::default()).is_err());
        assert!(walk(&ctx, &medium, &Points::new(1, vec![f64::NAN]).unwrap(), &Config::default()).is_err());
    }
}
