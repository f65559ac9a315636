//! Closed forms for the cost `-x'Ay` between standard normal laws.

use nalgebra::{DMatrix, SymmetricEigen};
use thalweg_core::{Error, Points, Result};

/// The cross-covariance `E[x y']` of the entropic plan (p x q): A with each singular value a replaced by
/// `(sqrt(1 + 4 a^2 / epsilon^2) - 1) / (2 a / epsilon)`.
///
/// # Errors
/// Entries that are not finite, or an epsilon that is not positive.
pub fn cross_covariance(a: &Points, epsilon: f64) -> Result<Points> {
    let (p, q) = (a.len(), a.dim());
    let eigen = dilation(a, epsilon)?;
    let values = eigen.eigenvalues.map(|v| shrink(v, epsilon));
    let whole = &eigen.eigenvectors * DMatrix::from_diagonal(&values) * eigen.eigenvectors.transpose();
    Points::new(q, (0..p * q).map(|e| whole[(e / q, p + e % q)]).collect())
}

/// The derivative of [`cross_covariance`] in A, a symmetric pq x pq matrix: the Hessian of the population's objective.
///
/// # Errors
/// As [`cross_covariance`].
pub fn hessian(a: &Points, epsilon: f64) -> Result<Points> {
    let (p, q) = (a.len(), a.dim());
    let eigen = dilation(a, epsilon)?;
    let (u, values) = (&eigen.eigenvectors, &eigen.eigenvalues);
    let scale = values.amax().max(epsilon);
    // Divided differences of the function of the eigenvalues; where two agree, the derivative.
    let divided = DMatrix::from_fn(p + q, p + q, |i, j| {
        let (v, w) = (values[i], values[j]);
        if (v - w).abs() > 1e-7 * scale {
            (shrink(v, epsilon) - shrink(w, epsilon)) / (v - w)
        } else {
            slope(0.5 * (v + w), epsilon)
        }
    });
    let mut h = Points::zeros(p * q, p * q);
    for k in 0..p * q {
        let mut direction = DMatrix::zeros(p + q, p + q);
        direction[(k / q, p + k % q)] = 1.0;
        direction[(p + k % q, k / q)] = 1.0;
        let changed = u * (u.transpose() * direction * u).component_mul(&divided) * u.transpose();
        (0..p * q).for_each(|l| h.row_mut(l)[k] = changed[(l / q, p + l % q)]);
    }
    Ok(h)
}

/// `[[0, A], [A', 0]]`, whose eigenvalues are the singular values of A with both signs: an odd function of it holds the
/// function of the singular values in its corner.
fn dilation(a: &Points, epsilon: f64) -> Result<SymmetricEigen<f64, nalgebra::Dyn>> {
    a.check_finite()?;
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(Error::input(format!("The epsilon of a plan is {epsilon}, but it must be positive and finite.")));
    }
    let p = a.len();
    let size = p + a.dim();
    Ok(SymmetricEigen::new(DMatrix::from_fn(size, size, |i, j| match (i < p, j < p) {
        (true, false) => a.row(i)[j - p],
        (false, true) => a.row(j)[i - p],
        _ => 0.0,
    })))
}

/// Odd in a, without the cancellation of the formula as it is written.
fn shrink(a: f64, epsilon: f64) -> f64 {
    let t = 2.0 * a / epsilon;
    t / ((1.0 + t * t).sqrt() + 1.0)
}

fn slope(a: f64, epsilon: f64) -> f64 {
    let t = 2.0 * a / epsilon;
    let root = (1.0 + t * t).sqrt();
    2.0 / epsilon / (root * (root + 1.0))
}
