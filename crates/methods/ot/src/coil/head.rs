//! A cosine classifier on features, and its slopes.

use super::transport::normalised;
use crate::Matrix;
use thalweg_core::Result;

/// Logits of a batch under rows of weights: `scale` times the cosine between features and rows.
pub(super) struct Head {
    /// Features of length 1, n x e.
    features: Matrix,
    feature_lengths: Vec<f64>,
    /// Rows of length 1, C x e.
    rows: Matrix,
    row_lengths: Vec<f64>,
    scale: f64,
    /// The cosines, n x C.
    pub(super) cosines: Matrix,
}

/// Slopes of a loss in what makes the logits.
pub(super) struct Slopes {
    pub(super) features: Matrix,
    pub(super) rows: Matrix,
    pub(super) scale: f64,
}

impl Head {
    pub(super) fn new(features: &Matrix, rows: &Matrix, scale: f64) -> Self {
        let ((features, feature_lengths), (rows, row_lengths)) = (normalised(features), normalised(rows));
        let cosines = features.times(&rows.transposed());
        Self { features, feature_lengths, rows, row_lengths, scale, cosines }
    }

    pub(super) fn logits(&self) -> Matrix {
        self.cosines.map(|c| self.scale * c)
    }

    /// From slopes in the logits.
    pub(super) fn backward(&self, logits: &Matrix) -> Slopes {
        let scaled = logits.map(|g| self.scale * g);
        Slopes {
            features: tangent(&scaled.times(&self.rows), &self.features, &self.feature_lengths),
            rows: tangent(&scaled.transposed().times(&self.features), &self.rows, &self.row_lengths),
            scale: logits.dot(&self.cosines),
        }
    }
}

/// Slopes in rows from slopes in their directions: what is along a direction changes only its length.
pub(super) fn tangent(slopes: &Matrix, directions: &Matrix, lengths: &[f64]) -> Matrix {
    let along: Vec<f64> =
        (0..slopes.rows()).map(|i| slopes.row(i).iter().zip(directions.row(i)).map(|(s, d)| s * d).sum()).collect();
    let ones = vec![1.0; slopes.cols()];
    let across = slopes.with(&directions.with(&Matrix::outer(&along, &ones), |d, a| d * a), |s, d| s - d);
    let inverse: Vec<f64> = lengths.iter().map(|l| 1.0 / l).collect();
    across.with(&Matrix::outer(&inverse, &ones), |v, s| v * s)
}

/// Softmax of each row of `logits / temperature`.
pub(super) fn softmax(logits: &Matrix, temperature: f64) -> Result<Matrix> {
    let mut values = Vec::with_capacity(logits.values().len());
    for i in 0..logits.rows() {
        let top = logits.row(i).iter().fold(f64::NEG_INFINITY, |top, v| top.max(*v));
        let start = values.len();
        values.extend(logits.row(i).iter().map(|v| ((v - top) / temperature).exp()));
        let sum: f64 = values[start..].iter().sum();
        values[start..].iter_mut().for_each(|v| *v /= sum);
    }
    Matrix::new(logits.rows(), logits.cols(), values)
}

/// The mean cross-entropy of `logits / temperature` from probabilities `truth`, and its slopes in the logits.
pub(super) fn cross_entropy(logits: &Matrix, truth: &Matrix, temperature: f64) -> Result<(f64, Matrix)> {
    let n = logits.rows() as f64;
    let found = softmax(logits, temperature)?;
    let loss = -found.map(|p| p.max(f64::MIN_POSITIVE).ln()).dot(truth) / n;
    Ok((loss, found.with(truth, |p, t| (p - t) / (n * temperature))))
}
