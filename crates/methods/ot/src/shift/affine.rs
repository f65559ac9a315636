//! Moments, and the optimal map between Gaussians.

use super::Map;
use nalgebra::{DMatrix, SymmetricEigen};
use thalweg_core::{Error, Measure, Points, Result};

/// A covariance whose smallest eigenvalue is below this fraction of its largest is taken for singular.
const SINGULAR: f64 = 1e-12;

/// The mean of a measure.
pub(super) fn mean(measure: &Measure) -> Vec<f64> {
    let mut mean = vec![0.0; measure.dim()];
    for (x, p) in measure.points().rows().zip(measure.probabilities()) {
        mean.iter_mut().zip(x).for_each(|(m, x)| *m += p * x);
    }
    mean
}

fn covariance(measure: &Measure, mean: &[f64]) -> DMatrix<f64> {
    let d = mean.len();
    let mut sum = DMatrix::zeros(d, d);
    for (x, p) in measure.points().rows().zip(measure.probabilities()) {
        for i in 0..d {
            for j in 0..d {
                sum[(i, j)] += p * (x[i] - mean[i]) * (x[j] - mean[j]);
            }
        }
    }
    sum
}

/// `m_Y + A (x - m_X)` with `A = S_X^-1/2 (S_X^1/2 S_Y S_X^1/2)^1/2 S_X^-1/2`.
///
/// # Errors
/// The covariance of the source is singular.
pub(super) fn affine(source: &Measure, target: &Measure) -> Result<Map> {
    let (mean_source, mean_target) = (mean(source), mean(target));
    let d = mean_source.len();
    let eigen = SymmetricEigen::new(covariance(source, &mean_source));
    let largest = eigen.eigenvalues.max();
    if largest <= 0.0 || eigen.eigenvalues.min() <= SINGULAR * largest {
        return Err(Error::input("The covariance of the source is singular, so that no affine map is determined.")
            .advise("Drop features that are constant or depend on others, or add points."));
    }
    let power = |eigen: &SymmetricEigen<f64, nalgebra::Dyn>, p: f64| {
        let scaled = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(0.0).powf(p)));
        &eigen.eigenvectors * scaled * eigen.eigenvectors.transpose()
    };
    let (root, inverse) = (power(&eigen, 0.5), power(&eigen, -0.5));
    let middle = power(&SymmetricEigen::new(&root * covariance(target, &mean_target) * &root), 0.5);
    let a = &inverse * middle * &inverse;
    let matrix = Points::new(d, (0..d * d).map(|e| a[(e / d, e % d)]).collect())?;
    Ok(Map::Affine { mean_source, mean_target, matrix })
}
