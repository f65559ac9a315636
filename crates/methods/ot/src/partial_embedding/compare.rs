//! Discrepancies and principal components of embeddings.

use super::{Embedding, NAME, check_alike};
use crate::demand;
use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// The discrepancy of two embeddings from one reference, an approximation of partial transport at the price `lambda`.
///
/// # Errors
/// Embeddings of different shapes, or a `lambda` that is not positive and finite.
pub fn discrepancy(a: &Embedding, b: &Embedding, lambda: f64) -> Result<f64> {
    check_alike(a, b)?;
    demand(lambda > 0.0 && lambda.is_finite(), NAME, "lambda", lambda, "positive and finite")?;
    let (mut moved, mut lost) = (0.0, 0.0);
    for (k, (u, v)) in a.displacement.rows().zip(b.displacement.rows()).enumerate() {
        let square: f64 = u.iter().zip(v).map(|(u, v)| (u - v) * (u - v)).sum();
        moved += square.min(2.0 * lambda) * a.kept[k].min(b.kept[k]);
        lost += (a.kept[k] - b.kept[k]).abs();
    }
    Ok(moved + lambda * (lost + a.created + b.created))
}

/// The symmetric K x K matrix of discrepancies, with zeros on its diagonal (a measure is where it is, whatever of it
/// the embedding left out). Parallel over rows.
///
/// # Errors
/// No embeddings, embeddings of different shapes, interruption.
pub fn discrepancies(ctx: &Context, embeddings: &[Embedding], lambda: f64) -> Result<Points> {
    let count = embeddings.len();
    let rows: Vec<Vec<f64>> = ctx.install(|| {
        (0..count)
            .into_par_iter()
            .map(|i| {
                ctx.check_stop()?;
                (0..i).map(|j| discrepancy(&embeddings[i], &embeddings[j], lambda)).collect()
            })
            .collect::<Result<_>>()
    })?;
    let at = |i: usize, j: usize| if i == j { 0.0 } else { rows[i.max(j)][i.min(j)] };
    Points::new(count, (0..count * count).map(|e| at(e / count, e % count)).collect())
}

/// Principal components of embeddings, each as the vector of `sqrt(kept) U`.
#[derive(Clone, Debug)]
pub struct Components {
    /// Scores, K x k.
    pub scores: Points,
    /// Variance along each component, largest first.
    pub variances: Vec<f64>,
    /// Sum of all variances.
    pub total: f64,
}

/// The first `k` principal components. Costs O(K^2 n_0 d + K^3).
///
/// # Errors
/// Fewer than two embeddings, embeddings of different shapes, or `k` not from 1 to the number of embeddings.
pub fn components(embeddings: &[Embedding], k: usize) -> Result<Components> {
    let count = embeddings.len();
    if count < 2 || !(1..=count).contains(&k) {
        return Err(Error::input(format!(
            "{k} components of {count} embeddings cannot be computed; it takes two embeddings, and components from 1 to their number."
        )));
    }
    embeddings.iter().try_for_each(|e| check_alike(&embeddings[0], e))?;
    let vector = |e: &Embedding| -> Vec<f64> {
        let rows = e.displacement.rows().zip(&e.kept);
        rows.flat_map(|(u, p)| u.iter().map(move |u| p.sqrt() * u)).collect()
    };
    let vectors: Vec<Vec<f64>> = embeddings.iter().map(vector).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram = DMatrix::from_fn(count, count, |i, j| dot(&vectors[i], &vectors[j]));
    let centre = DMatrix::identity(count, count) - DMatrix::from_element(count, count, 1.0 / count as f64);
    let gram = &centre * gram * &centre;
    let eigen = SymmetricEigen::new(gram);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|i, j| eigen.eigenvalues[*j].total_cmp(&eigen.eigenvalues[*i]));
    let spread = |c: usize| eigen.eigenvalues[order[c]].max(0.0);
    let mut scores = Points::zeros(count, k);
    for c in 0..k {
        for i in 0..count {
            scores.row_mut(i)[c] = eigen.eigenvectors[(i, order[c])] * spread(c).sqrt();
        }
    }
    let freedom = (count - 1) as f64;
    let variances = (0..k).map(|c| spread(c) / freedom).collect();
    Ok(Components { scores, variances, total: (0..count).map(spread).sum::<f64>() / freedom })
}
