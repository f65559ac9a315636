//! Second derivatives of the objective, and the certificate of a support.

use super::Features;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// Iterations of the conjugate gradients, and the relative residual that ends them.
const CONJUGATE: (usize, f64) = (500, 1e-11);

/// The K x K Hessian of the smooth objective at a plan (n x n, positive, of the recovered cost): `1 / epsilon` times the
/// covariance of the features under the plan less its projection on functions `f(x) + g(y)`.
///
/// One linear system of size 2 n a feature, each iteration O(n^2); K matrices n x n are held.
///
/// # Errors
/// A plan of another shape or without positive sums; an epsilon that is not positive; a memory budget below the feature
/// matrices; interruption.
pub fn hessian(ctx: &Context, features: &dyn Features, plan: &[f64], epsilon: f64) -> Result<Points> {
    let (n, count) = (features.pairs(), features.count());
    if plan.len() != n * n || !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(Error::input(format!(
            "A Hessian of {n} pairs needs a plan of {} entries and a positive epsilon, and got {} and {epsilon}.",
            n * n,
            plan.len()
        )));
    }
    let bytes = (n as u64).saturating_mul(n as u64).saturating_mul(8 * (count as u64 + 1));
    ctx.require_memory(bytes, "A Hessian with one square matrix for each feature")?;
    let plane = Plane::new(plan, n)?;
    let residuals: Vec<Vec<f64>> = ctx.install(|| {
        (0..count)
            .into_par_iter()
            .map(|k| {
                ctx.check_stop()?;
                let matrix = features.matrix(k)?;
                if matrix.len() != n * n {
                    return Err(Error::input(format!("Feature {k} has {} values for {n} x {n} pairs.", matrix.len())));
                }
                Ok(plane.residual(matrix))
            })
            .collect::<Result<_>>()
    })?;
    let mut h = Points::zeros(count, count);
    for k in 0..count {
        for l in 0..=k {
            let product: f64 = (0..n * n).map(|e| plan[e] * residuals[k][e] * residuals[l][e]).sum();
            h.row_mut(k)[l] = product / epsilon;
            h.row_mut(l)[k] = product / epsilon;
        }
    }
    Ok(h)
}

/// Functions `f(x) + g(y)` in L2 of a plan.
struct Plane<'a> {
    plan: &'a [f64],
    n: usize,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl<'a> Plane<'a> {
    fn new(plan: &'a [f64], n: usize) -> Result<Self> {
        let (mut rows, mut columns) = (vec![0.0; n], vec![0.0; n]);
        for (e, p) in plan.iter().enumerate() {
            rows[e / n] += p;
            columns[e % n] += p;
        }
        if rows.iter().chain(&columns).any(|s| !(*s > 0.0 && s.is_finite())) {
            return Err(Error::input("A plan needs mass in every row and every column."));
        }
        Ok(Self { plan, n, rows, columns })
    }

    /// `phi - f - g` with the best f and g. Eliminating f leaves a system for g that is positive on functions of mean
    /// zero, scaled so that its diagonal is 1.
    fn residual(&self, mut phi: Vec<f64>) -> Vec<f64> {
        let n = self.n;
        let (mut row_means, mut right) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            let weighted: f64 = (0..n).map(|j| self.plan[i * n + j] * phi[i * n + j]).sum();
            row_means[i] = weighted / self.rows[i];
            for j in 0..n {
                right[j] += self.plan[i * n + j] * (phi[i * n + j] - row_means[i]);
            }
        }
        let g = self.conjugate(&right);
        for i in 0..n {
            let mean: f64 = (0..n).map(|j| self.plan[i * n + j] * g[j]).sum::<f64>() / self.rows[i];
            for j in 0..n {
                phi[i * n + j] -= row_means[i] - mean + g[j];
            }
        }
        phi
    }

    /// Solves `(diag(columns) - P' diag(1 / rows) P) g = right` by conjugate gradients preconditioned by the columns.
    fn conjugate(&self, right: &[f64]) -> Vec<f64> {
        let n = self.n;
        let apply = |g: &[f64]| {
            let mut out: Vec<f64> = g.iter().zip(&self.columns).map(|(g, c)| g * c).collect();
            for i in 0..n {
                let row = &self.plan[i * n..(i + 1) * n];
                let mean = row.iter().zip(g).map(|(p, g)| p * g).sum::<f64>() / self.rows[i];
                out.iter_mut().zip(row).for_each(|(o, p)| *o -= p * mean);
            }
            out
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let scaled = |r: &[f64]| r.iter().zip(&self.columns).map(|(r, c)| r / c).collect::<Vec<f64>>();
        let (mut g, mut r) = (vec![0.0; n], right.to_vec());
        let mut z = scaled(&r);
        let mut direction = z.clone();
        let mut size = dot(&r, &z);
        let goal = CONJUGATE.1 * CONJUGATE.1 * size;
        for _ in 0..CONJUGATE.0 {
            if size <= goal {
                break;
            }
            let image = apply(&direction);
            let step = size / dot(&direction, &image);
            g.iter_mut().zip(&direction).for_each(|(g, d)| *g += step * d);
            r.iter_mut().zip(&image).for_each(|(r, a)| *r -= step * a);
            z = scaled(&r);
            let next = dot(&r, &z);
            direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + next / size * *d);
            size = next;
        }
        g
    }
}

/// `z = H_{off,on} H_{on,on}^-1 sign(A_on)`, in the order of the coefficients, with the signs themselves on the support.
///
/// # Errors
/// A matrix that is not K x K, coefficients that are all zero, or a Hessian that is singular on the support.
pub fn certificate(hessian: &Points, coefficients: &[f64]) -> Result<Vec<f64>> {
    let count = coefficients.len();
    if (hessian.len(), hessian.dim()) != (count, count) {
        return Err(Error::input(format!(
            "A certificate of {count} coefficients needs a {count} x {count} Hessian and got {} x {}.",
            hessian.len(),
            hessian.dim()
        )));
    }
    let on: Vec<usize> = (0..count).filter(|k| coefficients[*k] != 0.0).collect();
    if on.is_empty() {
        return Err(Error::input("All coefficients are zero, so that there is no support to certify."));
    }
    let block = DMatrix::from_fn(on.len(), on.len(), |i, j| hessian.row(on[i])[on[j]]);
    let signs = DVector::from_fn(on.len(), |i, _| coefficients[on[i]].signum());
    let Some(factor) = block.cholesky() else {
        return Err(Error::input(
            "The Hessian is singular on the support, so that the coefficients there are not determined.",
        )
        .advise("Drop features that depend on others."));
    };
    let solved = factor.solve(&signs);
    Ok((0..count).map(|k| on.iter().zip(solved.iter()).map(|(l, s)| hessian.row(k)[*l] * s).sum()).collect())
}
