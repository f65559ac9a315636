//! Weighted points.

use crate::{Error, Points, Result, Stream};

/// A discrete measure: points with non-negative weights.
///
/// The weights need not sum to one: mass is information, and an engine of population dynamics must not throw
/// it away. Weights are finite, non-negative and not all zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    points: Points,
    weights: Vec<f64>,
}

impl Measure {
    /// A measure from points and one weight each.
    ///
    /// # Errors
    /// No points; a different number of weights; a non-finite coordinate; a weight that is negative or not
    /// finite; total mass zero.
    pub fn new(points: Points, weights: Vec<f64>) -> Result<Self> {
        if points.is_empty() {
            return Err(Error::input("A measure needs at least one point and got none."));
        }
        if weights.len() != points.len() {
            return Err(Error::input(format!(
                "{} points came with {} weights, but every point needs exactly one.",
                points.len(),
                weights.len()
            )));
        }
        points.check_finite()?;
        if let Some(i) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(Error::input(format!(
                "Weight {i} is {}, but weights must be finite and not negative.",
                weights[i]
            ))
            .advise("Drop the row or set its weight to 0."));
        }
        let mass: f64 = weights.iter().sum();
        if !(mass > 0.0 && mass.is_finite()) {
            return Err(Error::input(format!(
                "The weights sum to {mass}, but a measure needs positive and finite mass."
            ))
            .advise("Give weights that are not all zero, or leave them out."));
        }
        Ok(Self { points, weights })
    }

    /// Every point with weight 1, so that the mass is the number of points.
    pub fn counted(points: Points) -> Result<Self> {
        let n = points.len();
        Self::new(points, vec![1.0; n])
    }

    /// Every point with weight `1/n`: a probability measure.
    pub fn uniform(points: Points) -> Result<Self> {
        let n = points.len().max(1);
        Self::new(points, vec![1.0 / n as f64; n])
    }

    /// The support.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// The weights, one a point.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Sum of the weights.
    pub fn mass(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The weights divided by the mass.
    pub fn probabilities(&self) -> Vec<f64> {
        let mass = self.mass();
        self.weights.iter().map(|w| w / mass).collect()
    }

    /// Whether all weights are equal.
    pub fn is_uniform(&self) -> bool {
        self.weights.iter().all(|w| *w == self.weights[0])
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are no points (never true of a constructed measure).
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Number of coordinates of a point.
    pub fn dim(&self) -> usize {
        self.points.dim()
    }

    /// The measure on the points with these indices, weights carried along.
    pub fn select(&self, indices: &[usize]) -> Result<Self> {
        Self::new(self.points.select(indices), indices.iter().map(|&i| self.weights[i]).collect())
    }

    /// The measure itself, or `most` of its points drawn without repeats where it has more. Points of weight zero are
    /// drawn only if there are no others left, so that a sparse population keeps its mass.
    ///
    /// # Errors
    /// None for `most >= 1`.
    pub fn thinned(&self, most: usize, stream: &mut Stream) -> Result<Self> {
        if self.len() <= most {
            return Ok(self.clone());
        }
        let mut chosen = stream.permutation(self.len());
        chosen.sort_by_key(|&i| self.weights[i] == 0.0);
        chosen.truncate(most);
        self.select(&chosen)
    }
}
