//! What the plan between the points is for: gradients, images, flows.

use super::{Config, NAME, Solved, solve};
use crate::demand;
use thalweg_core::{Context, Points, Result};

/// The gradient of the loss in the source points (N x d), with batches and couplings as they were solved.
///
/// # Errors
/// As [`Solved::plan`].
pub fn gradient(ctx: &Context, x: &Points, y: &Points, solved: &Solved, config: &Config) -> Result<Points> {
    let mut slope = Points::zeros(x.len(), x.dim());
    for (i, j, mass) in solved.inner_plans(ctx, x, y, config)?.into_iter().flatten() {
        let pair = x.row(i).iter().zip(y.row(j));
        slope.row_mut(i).iter_mut().zip(pair).for_each(|(g, (x, y))| *g += 2.0 * mass * (x - y));
    }
    Ok(slope)
}

/// Mean images of points over many draws.
#[derive(Clone, Debug)]
pub struct Transferred {
    /// The image of each source point (N x d); a point that was never drawn stays where it is.
    pub images: Points,
    /// Draws that each point was part of.
    pub visits: Vec<u32>,
}

/// The barycentric image of each source point under the plans of `repeats` draws, for example of colours. About
/// `N / (k m)` draws visit each point once.
///
/// # Errors
/// As [`solve`]; no repeats.
pub fn transfer(ctx: &Context, x: &Points, y: &Points, config: &Config, repeats: u64) -> Result<Transferred> {
    demand(repeats >= 1, NAME, "repeats", repeats, "at least 1")?;
    let (mut sums, mut masses) = (Points::zeros(x.len(), x.dim()), vec![0.0; x.len()]);
    let mut visits = vec![0; x.len()];
    for draw in 0..repeats {
        ctx.check_stop()?;
        ctx.progress("transfer", draw, repeats, "");
        let solved = solve(ctx, x, y, config, draw)?;
        solved.batches.source.iter().flatten().for_each(|i| visits[*i] += 1);
        for (i, j, mass) in solved.inner_plans(ctx, x, y, config)?.into_iter().flatten() {
            masses[i] += mass;
            sums.row_mut(i).iter_mut().zip(y.row(j)).for_each(|(s, y)| *s += mass * y);
        }
    }
    for (i, mass) in masses.iter().enumerate() {
        if *mass > 0.0 {
            sums.row_mut(i).iter_mut().for_each(|s| *s /= mass);
        } else {
            sums.row_mut(i).copy_from_slice(x.row(i));
        }
    }
    Ok(Transferred { images: sums, visits })
}

/// How [`flow`] moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Steps, one draw each.
    pub steps: u64,
    /// Step size times the number of source points; a point moves this times `2 / (k m)` of the way to its target when it
    /// is drawn.
    pub rate: f64,
}

/// Moves `x` down the gradient of the loss towards `y`, one draw a step.
///
/// # Errors
/// As [`solve`]; a rate that is not positive and finite; steps so large that coordinates overflow.
pub fn flow(ctx: &Context, x: &Points, y: &Points, config: &Config, options: Flow) -> Result<Points> {
    demand(options.rate > 0.0 && options.rate.is_finite(), NAME, "rate", options.rate, "positive and finite")?;
    let mut x = x.clone();
    for draw in 0..options.steps {
        ctx.check_stop()?;
        let solved = solve(ctx, &x, y, config, draw)?;
        let slope = gradient(ctx, &x, y, &solved, config)?;
        x.values_mut().iter_mut().zip(slope.values()).for_each(|(x, g)| *x -= options.rate * g);
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::super::{Inner, Outer};
    use super::*;
    use crate::claims::normal_points;
    use thalweg_core::Stream;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let ctx = Context::new(3, 2).unwrap();
        let mut stream = Stream::new(0, "bomb-gradient", 0);
        let (x, y) = (normal_points(12, 2, &mut stream), normal_points(9, 2, &mut stream));
        let inners = [
            Inner::Exact {},
            Inner::Entropic { epsilon: 1.0 },
            Inner::Unbalanced { epsilon: 1.0, rho: 1.0 },
            Inner::Partial { lambda: 1.0 },
        ];
        for inner in inners {
            for outer in [Outer::Exact {}, Outer::Independent {}] {
                let config = Config { batches: 2, size: 4, inner, outer };
                let solved = solve(&ctx, &x, &y, &config, 0).unwrap();
                let slope = gradient(&ctx, &x, &y, &solved, &config).unwrap();
                for e in [0, 5, 11, 20] {
                    let loss = |h: f64| {
                        let mut x = x.clone();
                        x.values_mut()[e] += h;
                        solve(&ctx, &x, &y, &config, 0).unwrap().loss
                    };
                    let measured = (loss(1e-4) - loss(-1e-4)) / 2e-4;
                    assert!((measured - slope.values()[e]).abs() < 2e-5, "{inner:?} {measured} {}", slope.values()[e]);
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let x = Points::zeros(4, 2);
        let refused = |config: Config| solve(&ctx, &x, &x, &config, 0).unwrap_err().to_string();
        assert!(refused(Config { size: 5, ..Config::default() }).contains("size to at most 4"));
        assert!(refused(Config { size: 2, batches: 0, ..Config::default() }).contains("batches"));
        let config = Config { size: 2, ..Config::default() };
        let batches = super::super::Batches { source: vec![vec![9]], target: vec![vec![0]] };
        let message = super::super::solve_on(&ctx, &x, &x, batches, &config).unwrap_err().to_string();
        assert!(message.contains("point 9"), "{message}");
    }
}
