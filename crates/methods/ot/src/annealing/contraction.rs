//! How fast Sinkhorn contracts at a plan, and a brake calibrated by it.

use thalweg_core::{Context, Error, Result};
use thalweg_ot::{CostMatrix, Sinkhorn};

/// Iterations of the power method, and the relative change that ends it.
const POWER: (usize, f64) = (1000, 1e-12);

/// The factor by which a sweep of Sinkhorn shrinks a small error of the potentials at a plan: the square of the second
/// singular value of `diag(r)^-1/2 P diag(c)^-1/2`, with `r` and `c` the sums of rows and columns.
///
/// `plan` is row-major with `cols` columns. O(rows cols) an iteration of a power method.
///
/// # Errors
/// A plan that is no matrix of so many columns, has a negative entry, or an empty row or column.
pub fn contraction(plan: &[f64], cols: usize) -> Result<f64> {
    if cols == 0 || plan.is_empty() || !plan.len().is_multiple_of(cols) {
        let sentence = format!("{} entries cannot be a plan with {cols} columns.", plan.len());
        return Err(Error::input(sentence));
    }
    let rows = plan.len() / cols;
    let mut r = vec![0.0; rows];
    let mut c = vec![0.0; cols];
    for (e, p) in plan.iter().enumerate() {
        r[e / cols] += p;
        c[e % cols] += p;
    }
    let bad = |v: &f64| !(*v > 0.0 && v.is_finite());
    if r.iter().chain(&c).any(bad) || plan.iter().any(|p| *p < 0.0) {
        return Err(Error::input("A plan needs entries that are not negative, and mass in every row and column."));
    }
    let mass: f64 = c.iter().sum();
    let top: Vec<f64> = c.iter().map(|v| (v / mass).sqrt()).collect();
    let scaled = |e: usize, p: f64| p / (r[e / cols] * c[e % cols]).sqrt();
    // Any start with a part along the second singular vector does; this one has no symmetry to hide behind.
    let mut v: Vec<f64> = (0..cols).map(|j| (1.0 + j as f64).sin()).collect();
    let mut value = 0.0;
    for _ in 0..POWER.0 {
        deflate(&mut v, &top);
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm < 1e-150 {
            return Ok(0.0);
        }
        v.iter_mut().for_each(|x| *x /= norm);
        let mut u = vec![0.0; rows];
        plan.iter().enumerate().for_each(|(e, p)| u[e / cols] += scaled(e, *p) * v[e % cols]);
        let next: f64 = u.iter().map(|x| x * x).sum();
        v.fill(0.0);
        plan.iter().enumerate().for_each(|(e, p)| v[e % cols] += scaled(e, *p) * u[e / cols]);
        if (next - value).abs() <= POWER.1 * next {
            return Ok(next);
        }
        value = next;
    }
    Ok(value)
}

fn deflate(v: &mut [f64], top: &[f64]) {
    let along: f64 = v.iter().zip(top).map(|(a, b)| a * b).sum();
    v.iter_mut().zip(top).for_each(|(a, b)| *a -= along * b);
}

/// A value for [`super::Cooling::Braked`]: the slope of `1 - contraction` in epsilon, by least squares through the origin
/// over the converged plans of `costs` at the given epsilons. Run it rarely, on a few costs.
///
/// # Errors
/// No costs or epsilons; an epsilon that the entropic solver refuses; interruption.
pub fn calibrate(ctx: &Context, costs: &[CostMatrix], epsilons: &[f64]) -> Result<f64> {
    if costs.is_empty() || epsilons.is_empty() {
        return Err(Error::input("Calibration needs at least one cost and one epsilon."));
    }
    let (mut product, mut square) = (0.0, 0.0);
    for cost in costs {
        let weights = (vec![1.0; cost.rows()], vec![cost.rows() as f64 / cost.cols() as f64; cost.cols()]);
        for &epsilon in epsilons {
            ctx.check_stop()?;
            let solver = Sinkhorn::balanced(epsilon);
            let solved = ctx.install(|| solver.solve_matrix(&weights.0, &weights.1, cost, None))?;
            let plan = solved.matrix(&weights.0, &weights.1, cost);
            product += epsilon * (1.0 - contraction(&plan, cost.cols())?);
            square += epsilon * epsilon;
        }
    }
    Ok(product / square)
}
