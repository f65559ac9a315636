//! What is kept of classes that are known.

use super::transport::normalised;
use crate::Matrix;
use thalweg_core::{Points, Result};

/// Points with their classes.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub(super) points: Points,
    pub(super) labels: Vec<usize>,
}

impl Labelled {
    /// These, then `other`.
    pub(super) fn and(&self, other: &Self) -> Result<Self> {
        let values = self.points.values().iter().chain(other.points.values()).copied().collect();
        let labels = self.labels.iter().chain(&other.labels).copied().collect();
        Ok(Self { points: Points::new(self.points.dim(), values)?, labels })
    }

    /// Positions of the points of a class.
    pub(super) fn of(&self, class: usize) -> Vec<usize> {
        (0..self.labels.len()).filter(|i| self.labels[*i] == class).collect()
    }

    /// The points at `positions`.
    pub(super) fn select(&self, positions: &[usize]) -> Self {
        Self { points: self.points.select(positions), labels: positions.iter().map(|i| self.labels[*i]).collect() }
    }
}

/// The mean direction of the features of some points, of length 1.
pub(super) fn mean(features: &Matrix, positions: &[usize]) -> Vec<f64> {
    let directions = normalised(features).0;
    let mut sum = vec![0.0; features.cols()];
    for i in positions {
        sum.iter_mut().zip(directions.row(*i)).for_each(|(s, v)| *s += v);
    }
    normalised(&Matrix::outer(&[1.0], &sum)).0.values().to_vec()
}

/// Of the points at `positions`, `count` in an order in which the running mean of their directions keeps as near to the mean
/// of all as it can (herding).
pub(super) fn herd(features: &Matrix, positions: &[usize], count: usize) -> Vec<usize> {
    let (directions, mean) = (normalised(features).0, mean(features, positions));
    let mut sum = vec![0.0; mean.len()];
    let mut left = positions.to_vec();
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        let next = (chosen.len() + 1) as f64;
        let far = |i: usize| -> f64 {
            let terms = sum.iter().zip(directions.row(i)).zip(&mean);
            terms.map(|((s, v), m)| ((s + v) / next - m).powi(2)).sum()
        };
        let best = (1..left.len()).fold(0, |b, k| if far(left[k]) < far(left[b]) { k } else { b });
        let i = left.remove(best);
        sum.iter_mut().zip(directions.row(i)).for_each(|(s, v)| *s += v);
        chosen.push(i);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the mean direction is at 45 degrees; the point nearest to it comes first, then the pair that balances.
    #[test]
    fn herding_keeps_the_mean() {
        let angles = [10.0_f64, 40.0, 80.0, 50.0];
        let values = angles.iter().flat_map(|a| [3.0 * a.to_radians().cos(), 3.0 * a.to_radians().sin()]).collect();
        let features = Matrix::new(4, 2, values).unwrap();
        assert!((mean(&features, &[0, 1, 2, 3])[0] - 0.5_f64.sqrt()).abs() < 1e-12);
        let chosen = herd(&features, &[0, 1, 2, 3], 2);
        assert_eq!(chosen.iter().map(|i| angles[*i]).sum::<f64>(), 90.0);
        assert_eq!(herd(&features, &[2], 5), [2]);
    }
}
