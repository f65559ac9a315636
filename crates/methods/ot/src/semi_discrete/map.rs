//! The map: a softmax over sites.

use crate::check_points;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// Points mapped by one task.
const BLOCK: usize = 64;

/// `T(x) = sum_j y_j softmax_j((g_j - |x - y_j|^2 / 2) / epsilon + log b_j)`.
#[derive(Clone, Debug, PartialEq)]
pub struct EntropicMap {
    sites: Measure,
    potential: Vec<f64>,
    /// `g_j + epsilon log b_j`.
    bias: Vec<f64>,
    epsilon: f64,
}

impl EntropicMap {
    /// A map from sites with positive weights, a potential and an epsilon of the cost `|x - y|^2 / 2`.
    ///
    /// # Errors
    /// A number of potentials that is not that of the sites, one that is not finite, or an epsilon that is not positive.
    pub fn new(sites: &Measure, potential: Vec<f64>, epsilon: f64) -> Result<Self> {
        if potential.len() != sites.len() || potential.iter().any(|g| !g.is_finite()) {
            let sentence = format!("{} sites need as many finite potentials and got {}.", sites.len(), potential.len());
            return Err(Error::input(sentence));
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return Err(Error::input(format!("The epsilon of a map is {epsilon}, but it must be positive.")));
        }
        let bias = potential.iter().zip(sites.weights()).map(|(g, b)| g + epsilon * b.ln()).collect();
        Ok(Self { sites: sites.clone(), potential, bias, epsilon })
    }

    /// The sites, each once, with their weights.
    pub fn sites(&self) -> &Measure {
        &self.sites
    }

    /// The potential g of each site, in squared units of the data.
    pub fn potential(&self) -> &[f64] {
        &self.potential
    }

    /// The epsilon, in squared units of the data.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The images of `x` (k x d). O(k J d), parallel over blocks of rows.
    ///
    /// # Errors
    /// Another dimension than the sites have, coordinates that are not finite or overflow, interruption.
    pub fn apply(&self, ctx: &Context, x: &Points) -> Result<Points> {
        check_points(x, self.sites.dim())?;
        let mut images = Points::zeros(x.len(), x.dim());
        let rows = |block: usize| (block * BLOCK..x.len()).take(BLOCK);
        let blocks = images.values_mut().par_chunks_mut(BLOCK * x.dim()).enumerate();
        ctx.install(|| {
            blocks.try_for_each_init(Vec::new, |weights, (block, out)| {
                ctx.check_stop()?;
                for (i, image) in rows(block).zip(out.chunks_exact_mut(x.dim())) {
                    self.weigh(x.row(i), weights);
                    for (w, y) in weights.iter().zip(self.sites.points().rows()) {
                        image.iter_mut().zip(y).for_each(|(t, y)| *t += w * y);
                    }
                }
                Ok(())
            })
        })?;
        Ok(images)
    }

    /// The probability of each site at each of `x`: k x J.
    ///
    /// # Errors
    /// As [`EntropicMap::apply`].
    pub fn probabilities(&self, x: &Points) -> Result<Points> {
        check_points(x, self.sites.dim())?;
        let mut weights = Vec::new();
        let mut all = Vec::with_capacity(x.len() * self.sites.len());
        for row in x.rows() {
            self.weigh(row, &mut weights);
            all.extend_from_slice(&weights);
        }
        Points::new(self.sites.len(), all)
    }

    /// The site of largest probability for each of `x`: the cells of the power diagram that the map sharpens to.
    ///
    /// # Errors
    /// As [`EntropicMap::apply`].
    pub fn cells(&self, x: &Points) -> Result<Vec<usize>> {
        check_points(x, self.sites.dim())?;
        let best = |x: &[f64]| {
            let scores = self.sites.points().rows().zip(&self.bias).map(|(y, bias)| bias - half_square(x, y));
            scores.enumerate().fold((0, f64::NEG_INFINITY), |b, s| if s.1 > b.1 { s } else { b }).0
        };
        Ok(x.rows().map(best).collect())
    }

    fn weigh(&self, x: &[f64], weights: &mut Vec<f64>) {
        softmax(x, self.sites.points(), &self.bias, self.epsilon, weights);
    }
}

fn half_square(x: &[f64], y: &[f64]) -> f64 {
    0.5 * x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
}

/// Probabilities of the sites at `x`.
pub(super) fn softmax(x: &[f64], sites: &Points, bias: &[f64], epsilon: f64, weights: &mut Vec<f64>) {
    weights.clear();
    weights.extend(sites.rows().zip(bias).map(|(y, bias)| (bias - half_square(x, y)) / epsilon));
    let top = weights.iter().fold(f64::NEG_INFINITY, |t, w| t.max(*w));
    weights.iter_mut().for_each(|w| *w = (*w - top).exp());
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
}

/// Equal points as one with their common weight, in the order in which they first appear; points of weight 0 left out.
///
/// # Errors
/// None: a measure has mass.
pub(super) fn merged(sites: &Measure) -> Result<Measure> {
    let points = sites.points();
    let mut order: Vec<usize> = (0..sites.len()).filter(|i| sites.weights()[*i] > 0.0).collect();
    // Coordinates are finite, so that they compare; the sort is stable and keeps the first of equals first.
    order.sort_by(|i, j| points.row(*i).partial_cmp(points.row(*j)).unwrap_or(std::cmp::Ordering::Equal));
    let mut groups: Vec<(usize, f64)> = Vec::new();
    for i in order {
        match groups.last_mut() {
            Some((first, weight)) if points.row(*first) == points.row(i) => *weight += sites.weights()[i],
            _ => groups.push((i, sites.weights()[i])),
        }
    }
    groups.sort_by_key(|(first, _)| *first);
    let (first, weights): (Vec<usize>, Vec<f64>) = groups.into_iter().unzip();
    Measure::new(points.select(&first), weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sites_become_one_in_the_order_of_their_first() {
        let points = Points::new(2, vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0, -0.0, 1.0, 5.0, 5.0]).unwrap();
        let sites = merged(&Measure::new(points, vec![1.0, 2.0, 3.0, 4.0, 0.0]).unwrap()).unwrap();
        assert_eq!(sites.points().values(), &[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(sites.weights(), &[4.0, 6.0]);
    }

    #[test]
    fn points_of_another_dimension_are_refused() {
        let sites = Measure::uniform(Points::new(1, vec![0.0, 1.0]).unwrap()).unwrap();
        let map = EntropicMap::new(&sites, vec![0.0; 2], 0.1).unwrap();
        assert!(map.cells(&Points::zeros(1, 2)).unwrap_err().to_string().contains("2 coordinates"));
        assert!(map.probabilities(&Points::new(1, vec![f64::NAN]).unwrap()).is_err());
        assert!(EntropicMap::new(&sites, vec![0.0], 0.1).is_err());
        assert!(EntropicMap::new(&sites, vec![0.0; 2], 0.0).is_err());
    }
}
