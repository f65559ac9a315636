//! The discrepancy, its gradient, and the flow along it.

use super::{Config, NAME};
use crate::{check_points, demand};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// Generated points of one task.
const BLOCK: usize = 32;

/// The discrepancy of generated points from data.
#[derive(Clone, Debug)]
pub struct Transported {
    /// `rho forward + (1 - rho) backward`, in squared units of the data.
    pub value: f64,
    /// Mean cost from the data to the generated points.
    pub forward: f64,
    /// Mean cost from the generated points to the data.
    pub backward: f64,
    /// Gradient of the value in the generated points, m x d.
    pub gradient: Points,
}

/// Of one point of a side: the logarithm of its softmax sum and its mean cost under the conditional.
struct Conditional {
    log_sum: f64,
    cost: f64,
}

/// Compares `generated` with `data`, each normalised to mass 1.
///
/// # Errors
/// A setting out of range; different dimensions; coordinates that overflow; interruption.
pub fn evaluate(ctx: &Context, data: &Measure, generated: &Measure, config: &Config) -> Result<Transported> {
    config.check()?;
    check_points(data.points(), data.dim())?;
    check_points(generated.points(), data.dim())?;
    let kappa = config.kappa;
    let (a, b) = (data.probabilities(), generated.probabilities());
    ctx.install(|| {
        let forward = conditionals(ctx, data.points(), generated.points(), &b, kappa)?;
        let backward = conditionals(ctx, generated.points(), data.points(), &a, kappa)?;
        let mean = |w: &[f64], all: &[Conditional]| w.iter().zip(all).map(|(w, c)| w * c.cost).sum::<f64>();
        let (there, back) = (mean(&a, &forward), mean(&b, &backward));
        let d = data.dim();
        let mut gradient = Points::zeros(generated.len(), d);
        gradient.values_mut().par_chunks_mut(BLOCK * d).enumerate().try_for_each(|(block, out)| {
            ctx.check_stop()?;
            for (r, out) in out.chunks_exact_mut(d).enumerate() {
                let j = block * BLOCK + r;
                let y = generated.points().row(j);
                for (i, x) in data.points().rows().enumerate() {
                    let c = square(x, y);
                    // d/dc of sum p c with p = softmax(-kappa c) is p (1 - kappa (c - mean)).
                    let weigh = |mass: f64, own: f64, of: &Conditional| {
                        let p = if own > 0.0 { (own.ln() - kappa * c - of.log_sum).exp() } else { 0.0 };
                        mass * p * (1.0 - kappa * (c - of.cost))
                    };
                    let slope = config.rho * weigh(a[i], b[j], &forward[i])
                        + (1.0 - config.rho) * weigh(b[j], a[i], &backward[j]);
                    out.iter_mut().zip(x.iter().zip(y)).for_each(|(g, (x, y))| *g += 2.0 * slope * (y - x));
                }
            }
            Ok::<(), Error>(())
        })?;
        let value = config.rho * there + (1.0 - config.rho) * back;
        Ok(Transported { value, forward: there, backward: back, gradient })
    })
}

fn square(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The conditional of each of `from` over the points `to` with weights `w`.
fn conditionals(ctx: &Context, from: &Points, to: &Points, w: &[f64], kappa: f64) -> Result<Vec<Conditional>> {
    (0..from.len())
        .into_par_iter()
        .map_init(
            || vec![0.0; to.len()],
            |costs, i| {
                ctx.check_stop()?;
                costs.iter_mut().zip(to.rows()).for_each(|(c, y)| *c = square(from.row(i), y));
                let exponent = |(c, w): (&f64, &f64)| w.ln() - kappa * c;
                let top = costs.iter().zip(w).map(exponent).fold(f64::NEG_INFINITY, f64::max);
                let (mut sum, mut cost) = (0.0, 0.0);
                for (c, w) in costs.iter().zip(w) {
                    let p = (exponent((c, w)) - top).exp();
                    sum += p;
                    cost += p * c;
                }
                Ok(Conditional { log_sum: top + sum.ln(), cost: cost / sum })
            },
        )
        .collect()
}

/// How [`flow`] moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Gradient steps.
    pub steps: u64,
    /// Step size: a point moves by this times its gradient per unit of mass.
    pub rate: f64,
}

/// Moves generated points down the gradient of the discrepancy from data.
///
/// # Errors
/// As [`evaluate`]; a rate that is not positive and finite; steps so large that coordinates overflow.
pub fn flow(ctx: &Context, data: &Measure, generated: &Measure, config: &Config, options: Flow) -> Result<Measure> {
    demand(options.rate > 0.0 && options.rate.is_finite(), NAME, "rate", options.rate, "positive and finite")?;
    let masses = generated.probabilities();
    let mut moved = generated.clone();
    for step in 0..options.steps {
        ctx.check_stop()?;
        let found = evaluate(ctx, data, &moved, config)?;
        ctx.progress("conditional", step, options.steps, &format!("{:.3e}", found.value));
        let mut points = moved.points().clone();
        for (j, b) in masses.iter().enumerate().filter(|(_, b)| **b > 0.0) {
            let pairs = points.row_mut(j).iter_mut().zip(found.gradient.row(j));
            pairs.for_each(|(y, g)| *y -= options.rate / b * g);
        }
        moved = Measure::new(points, generated.weights().to_vec())?;
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::normal_points;
    use thalweg_core::Stream;

    #[test]
    fn the_gradient_is_that_of_the_value() {
        let ctx = Context::new(0, 2).unwrap();
        let mut stream = Stream::new(0, "conditional-gradient", 0);
        let data = Measure::new(normal_points(7, 2, &mut stream), vec![1.0, 2.0, 1.0, 0.0, 1.0, 3.0, 1.0]).unwrap();
        let points = normal_points(40, 2, &mut stream);
        for rho in [0.0, 0.3, 1.0] {
            let config = Config { rho, kappa: 0.7 };
            let at =
                |points: &Points| evaluate(&ctx, &data, &Measure::uniform(points.clone()).unwrap(), &config).unwrap();
            let slope = at(&points).gradient;
            for e in [0, 13, 79] {
                let moved = |h: f64| {
                    let mut points = points.clone();
                    points.values_mut()[e] += h;
                    at(&points).value
                };
                let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((measured - slope.values()[e]).abs() < 1e-8, "{measured} {}", slope.values()[e]);
            }
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let at = |d: usize, v: f64| Measure::uniform(Points::new(d, vec![v; d]).unwrap()).unwrap();
        assert!(evaluate(&ctx, &at(1, 0.0), &at(2, 0.0), &Config::default()).is_err());
        assert!(
            evaluate(&ctx, &at(1, 0.0), &at(1, 1e200), &Config::default())
                .unwrap_err()
                .to_string()
                .contains("overflows")
        );
        let config = Config { rho: 1.5, ..Config::default() };
        assert!(evaluate(&ctx, &at(1, 0.0), &at(1, 0.0), &config).unwrap_err().to_string().contains("rho"));
    }
}
