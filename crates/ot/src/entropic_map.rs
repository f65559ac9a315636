//! An entropic plan beyond its own points.
//!
//! Reference: Pooladian, Niles-Weed, arXiv:2109.12004 (2021).

use crate::plan::Lazy;
use rayon::prelude::*;
use thalweg_core::{Error, Points, Result};

impl Lazy {
    /// The entropic map at any points (`k x d`): the mean of the targets under
    /// `b_j exp((g_j - c(x, y_j)) / epsilon)`, which at a source is its barycentric projection. `O(m d)` a point.
    ///
    /// # Errors
    /// Points of another dimension or with coordinates that are not finite.
    pub fn map(&self, points: &Points) -> Result<Points> {
        self.check_points(points)?;
        let targets = self.target().points();
        let mut means = Points::zeros(points.len(), points.dim());
        means.values_mut().par_chunks_mut(points.dim()).enumerate().for_each_init(
            || vec![0.0; targets.len()],
            |row, (i, mean)| {
                let total = self.conditional_from(points.row(i), row);
                for (w, y) in row.iter().zip(targets.rows()) {
                    mean.iter_mut().zip(y).for_each(|(m, y)| *m += w / total * y);
                }
            },
        );
        Ok(means)
    }

    /// The source potential at any points, `-epsilon log sum_j b_j exp((g_j - c(x, y_j)) / epsilon)`, in units of the
    /// cost: at a source with an exact marginal, its own. `O(m d)` a point.
    ///
    /// # Errors
    /// As [`Lazy::map`].
    pub fn potential(&self, points: &Points) -> Result<Vec<f64>> {
        self.check_points(points)?;
        let potential = |row: &mut Vec<f64>, i: usize| {
            let top = self.largest_exponent(points.row(i), row);
            -self.epsilon() * (top + self.conditional_from(points.row(i), row).ln())
        };
        let columns = self.target().points().len();
        Ok((0..points.len()).into_par_iter().map_init(|| vec![0.0; columns], potential).collect())
    }

    fn check_points(&self, points: &Points) -> Result<()> {
        let dim = self.target().points().dim();
        if points.dim() != dim {
            return Err(Error::input(format!(
                "A plan between points of {dim} coordinates cannot move points of {}.",
                points.dim()
            )));
        }
        points.check_finite()
    }
}
