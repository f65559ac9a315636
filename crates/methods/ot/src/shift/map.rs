//! The maps, as tables and as functions of new points.

use super::clusters::nearest;
use crate::check_points;
use thalweg_core::{Points, Result};

/// A map that can be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Map {
    /// Some features move by a constant.
    #[non_exhaustive]
    MeanShift {
        /// Indices of the features, largest shift first.
        features: Vec<usize>,
        /// By how much each of them moves.
        shifts: Vec<f64>,
    },
    /// Some features move as optimal transport moves them.
    #[non_exhaustive]
    Transported {
        /// Indices of the features, largest mean squared displacement first.
        features: Vec<usize>,
        /// The source points, n x d.
        source: Points,
        /// Their images under the unrestricted map, n x d.
        images: Points,
    },
    /// Groups move by a constant each.
    #[non_exhaustive]
    Clusters {
        /// The mean of each group, k x d; a new point belongs to the nearest.
        centres: Points,
        /// By how much each group moves, k x d.
        shifts: Points,
        /// The mass of each group.
        masses: Vec<f64>,
        /// The group of each source point.
        labels: Vec<usize>,
    },
    /// `mean_target + A (x - mean_source)`.
    #[non_exhaustive]
    Affine {
        /// d numbers.
        mean_source: Vec<f64>,
        /// d numbers.
        mean_target: Vec<f64>,
        /// A, symmetric, d x d.
        matrix: Points,
    },
}

/// A line of the table of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The feature or group.
    pub index: usize,
    /// By how much a feature moves on average, or the displacement of a group (d numbers).
    pub shift: Vec<f64>,
    /// The share of the mass that moves so.
    pub mass: f64,
}

impl Map {
    /// The table of the map: one line a feature that moves (its mean shift), or one a group.
    pub fn terms(&self) -> Vec<Term> {
        let of_feature = |index: usize, shift: f64| Term { index, shift: vec![shift], mass: 1.0 };
        match self {
            Self::MeanShift { features, shifts } => {
                features.iter().zip(shifts).map(|(f, s)| of_feature(*f, *s)).collect()
            }
            Self::Transported { features, source, images } => {
                let mean = |f: usize| {
                    source.rows().zip(images.rows()).map(|(x, z)| z[f] - x[f]).sum::<f64>() / source.len() as f64
                };
                features.iter().map(|f| of_feature(*f, mean(*f))).collect()
            }
            Self::Clusters { shifts, masses, .. } => {
                let term = |(index, (shift, mass)): (usize, (&[f64], &f64))| Term {
                    index,
                    shift: shift.to_vec(),
                    mass: *mass,
                };
                shifts.rows().zip(masses).enumerate().map(term).collect()
            }
            Self::Affine { mean_source, mean_target, .. } => {
                mean_source.iter().zip(mean_target).enumerate().map(|(f, (x, y))| of_feature(f, y - x)).collect()
            }
        }
    }

    /// The images of new points (k x d).
    ///
    /// # Errors
    /// Another dimension than the map's, or coordinates that are not finite or overflow.
    pub fn apply(&self, points: &Points) -> Result<Points> {
        let dim = match self {
            Self::MeanShift { features, .. } => features.iter().max().map_or(points.dim(), |f| points.dim().max(f + 1)),
            Self::Transported { source, .. } => source.dim(),
            Self::Clusters { centres, .. } => centres.dim(),
            Self::Affine { mean_source, .. } => mean_source.len(),
        };
        check_points(points, dim)?;
        let mut images = points.clone();
        for i in 0..images.len() {
            self.carry(images.row_mut(i));
        }
        Ok(images)
    }

    /// Replaces `x`, a point of the map's dimension, by its image.
    fn carry(&self, x: &mut [f64]) {
        match self {
            Self::MeanShift { features, shifts } => features.iter().zip(shifts).for_each(|(f, s)| x[*f] += s),
            Self::Transported { features, source, images } => {
                let i = nearest(x, source);
                features.iter().for_each(|f| x[*f] += images.row(i)[*f] - source.row(i)[*f]);
            }
            Self::Clusters { centres, shifts, .. } => {
                let group = nearest(x, centres);
                x.iter_mut().zip(shifts.row(group)).for_each(|(x, s)| *x += s);
            }
            Self::Affine { mean_source, mean_target, matrix } => {
                let centred: Vec<f64> = x.iter().zip(mean_source).map(|(x, m)| x - m).collect();
                for ((x, row), mean) in x.iter_mut().zip(matrix.rows()).zip(mean_target) {
                    *x = mean + row.iter().zip(&centred).map(|(a, c)| a * c).sum::<f64>();
                }
            }
        }
    }
}
