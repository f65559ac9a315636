//! Which class is like which, and weights carried along.

use super::{Config, NAME};
use crate::Matrix;
use thalweg_core::{Context, Error, Points, Result};
use thalweg_ot::{CostMatrix, Sinkhorn};

/// Rows of length 1, and the lengths they had; a row of zeros stays one.
pub(super) fn normalised(rows: &Matrix) -> (Matrix, Vec<f64>) {
    let length = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
    let lengths: Vec<f64> = (0..rows.rows()).map(|i| length(rows.row(i)).max(f64::MIN_POSITIVE)).collect();
    let inverse: Vec<f64> = lengths.iter().map(|l| 1.0 / l).collect();
    let scales = Matrix::outer(&inverse, &vec![1.0; rows.cols()]);
    (rows.with(&scales, |v, s| v * s), lengths)
}

/// The entropic plan between classes of equal weights, from their mean features (K x e and k x e), each brought to length 1.
pub(super) fn plan(ctx: &Context, from: &Matrix, to: &Matrix, config: &Config) -> Result<Matrix> {
    let (from, to) = (normalised(from).0, normalised(to).0);
    let distance = |x: &[f64], y: &[f64]| {
        x.iter().zip(y).map(|(x, y)| (x - y).abs().powf(config.norm)).sum::<f64>().powf(1.0 / config.norm)
    };
    let pairs = (0..from.rows()).flat_map(|i| (0..to.rows()).map(move |j| (i, j)));
    let costs = pairs.map(|(i, j)| distance(from.row(i), to.row(j))).collect();
    let cost = CostMatrix::new(from.rows(), to.rows(), costs)?;
    let equal = |n: usize| vec![1.0 / n as f64; n];
    let (a, b) = (equal(from.rows()), equal(to.rows()));
    let solved = Sinkhorn::balanced(config.epsilon).solve_matrix_with(ctx, &a, &b, &cost, None)?;
    Ok(Matrix::of_potentials(&a, &b, &cost, &solved))
}

/// Weights for classes with mean features `to` (k x e) from the `weights` (K x e) of classes with mean features `from`
/// (K x e): the mean direction under the entropic plan between the means, at the mean length of `weights`. Of `config`,
/// epsilon and norm count.
///
/// # Errors
/// A setting out of range; shapes that do not fit; values that are not finite; weights that cancel out; interruption.
pub fn transport_rows(ctx: &Context, weights: &Points, from: &Points, to: &Points, config: &Config) -> Result<Points> {
    config.check()?;
    let fits = weights.len() == from.len() && weights.dim() == from.dim() && from.dim() == to.dim();
    if !fits || weights.is_empty() || to.is_empty() {
        return Err(Error::input(format!(
            "{NAME} transports one row of weights a class, all of as many features as the means have; {} rows of {}, {} means of \
             {} and {} means of {} came.",
            weights.len(),
            weights.dim(),
            from.len(),
            from.dim(),
            to.len(),
            to.dim()
        )));
    }
    [weights, from, to].into_iter().try_for_each(Points::check_finite)?;
    let plan = plan(ctx, &from.into(), &to.into(), config)?;
    let (directions, lengths) = normalised(&weights.into());
    let moved = ctx.install(|| plan.transposed().times(&directions));
    let mean = |lengths: &[f64]| lengths.iter().sum::<f64>() / lengths.len() as f64;
    let calibration = mean(&lengths) / mean(&normalised(&moved).1);
    let rows = Points::new(to.dim(), moved.values().iter().map(|v| v * calibration).collect())?;
    rows.check_finite()?;
    Ok(rows)
}
