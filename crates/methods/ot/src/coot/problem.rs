//! Two tables, their weights, and linear costs.

use crate::Matrix;
use thalweg_core::{Error, Points, Result};

/// What is to be aligned.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// X, n samples of d features.
    pub x: &'a Points,
    /// Y, m samples of e features.
    pub y: &'a Points,
    /// Weights of the samples of X and of Y; equal where absent. Each is normalised to mass 1.
    pub sample_weights: Option<(&'a [f64], &'a [f64])>,
    /// Weights of the features of X and of Y; equal where absent. Each is normalised to mass 1.
    pub feature_weights: Option<(&'a [f64], &'a [f64])>,
    /// Linear cost between samples, n x m.
    pub sample_cost: Option<&'a Matrix>,
    /// Linear cost between features, d x e.
    pub feature_cost: Option<&'a Matrix>,
}

impl<'a> Problem<'a> {
    /// Two tables with equal weights and no linear costs.
    pub fn new(x: &'a Points, y: &'a Points) -> Self {
        Self { x, y, sample_weights: None, feature_weights: None, sample_cost: None, feature_cost: None }
    }

    /// Refuses tables without rows or with values that are not finite, weights and costs that do not fit.
    pub(super) fn check(&self) -> Result<()> {
        if self.x.is_empty() || self.y.is_empty() {
            return Err(Error::input(format!(
                "Two tables with rows are needed and have {} and {}.",
                self.x.len(),
                self.y.len()
            )));
        }
        self.x.check_finite()?;
        self.y.check_finite()?;
        let overflows = |v: &f64| v.abs() > 1e150;
        if let Some(v) = self.x.values().iter().chain(self.y.values()).find(|v| overflows(v)) {
            return Err(
                Error::input(format!("A table holds {v:e}, whose square overflows.")).advise("Rescale the tables.")
            );
        }
        check_weights("samples", self.sample_weights, self.x.len(), self.y.len())?;
        check_weights("features", self.feature_weights, self.x.dim(), self.y.dim())?;
        check_cost("samples", self.sample_cost, self.x.len(), self.y.len())?;
        check_cost("features", self.feature_cost, self.x.dim(), self.y.dim())
    }
}

fn check_weights(what: &str, weights: Option<(&[f64], &[f64])>, n: usize, m: usize) -> Result<()> {
    let Some((a, b)) = weights else { return Ok(()) };
    let positive = |w: &[f64]| w.iter().all(|v| *v > 0.0 && v.is_finite());
    if a.len() != n || b.len() != m || !positive(a) || !positive(b) {
        return Err(Error::input(format!(
            "The weights of {what} must be {n} and {m} positive numbers; {} and {} came.",
            a.len(),
            b.len()
        ))
        .advise("Leave what has weight 0 out of the tables."));
    }
    Ok(())
}

fn check_cost(what: &str, cost: Option<&Matrix>, n: usize, m: usize) -> Result<()> {
    match cost {
        Some(c) if (c.rows(), c.cols()) != (n, m) || c.values().iter().any(|v| !v.is_finite()) => Err(Error::input(
            format!("The linear cost of {what} is {} x {}, but it must be {n} x {m} and finite.", c.rows(), c.cols()),
        )),
        _ => Ok(()),
    }
}

/// The weights, normalised; equal where absent.
pub(super) fn normalised(weights: Option<&[f64]>, count: usize) -> Vec<f64> {
    let equal = vec![1.0; count];
    let weights = weights.unwrap_or(&equal);
    let mass: f64 = weights.iter().sum();
    weights.iter().map(|w| w / mass).collect()
}
