//! Features of a pair, in which the cost is linear.

use rayon::prelude::*;
use thalweg_core::{Error, Points, Result};
use thalweg_ot::CostMatrix;

/// Features `phi_k(x_i, y_j)` of all pairs of n sources and n targets; source i was observed with target i.
pub trait Features: Sync {
    /// Number of features.
    fn count(&self) -> usize;

    /// Number of observed pairs.
    fn pairs(&self) -> usize;

    /// `-sum_k A_k phi_k(x_i, y_j)` for all i and j.
    ///
    /// # Errors
    /// Another number of coefficients than features, or a cost that is not finite.
    fn cost(&self, coefficients: &[f64]) -> Result<CostMatrix>;

    /// `sum_ij pi_ij phi_k(x_i, y_j)` for each k; `plan` is n x n, row-major.
    fn moments(&self, plan: &[f64]) -> Vec<f64>;

    /// `phi_k(x_i, y_j)` for all i and j, row-major.
    ///
    /// # Errors
    /// There is no feature k.
    fn matrix(&self, k: usize) -> Result<Vec<f64>>;

    /// The mean of each feature over the observed pairs.
    fn observed(&self) -> Vec<f64>;
}

/// `x_r y_s` for r = 1..p and s = 1..q: coefficients are a p x q matrix, row-major.
#[derive(Clone, Debug)]
pub struct Bilinear {
    x: Points,
    y: Points,
}

impl Bilinear {
    /// Pairs of rows, x (n x p) and y (n x q).
    ///
    /// # Errors
    /// No rows, unequal numbers of rows, or values that are not finite.
    pub fn new(x: Points, y: Points) -> Result<Self> {
        if x.is_empty() || x.len() != y.len() {
            return Err(Error::input(format!(
                "Observed pairs need as many rows on both sides and got {} and {}.",
                x.len(),
                y.len()
            )));
        }
        x.check_finite()?;
        y.check_finite()?;
        Ok(Self { x, y })
    }
}

impl Features for Bilinear {
    fn count(&self) -> usize {
        self.x.dim() * self.y.dim()
    }

    fn pairs(&self) -> usize {
        self.x.len()
    }

    fn cost(&self, coefficients: &[f64]) -> Result<CostMatrix> {
        check_count(coefficients.len(), self.count())?;
        let (n, q) = (self.x.len(), self.y.dim());
        let mut values = vec![0.0; n * n];
        values.par_chunks_mut(n).enumerate().for_each(|(i, row)| {
            let mut direction = vec![0.0; q];
            for (x, a) in self.x.row(i).iter().zip(coefficients.chunks_exact(q)) {
                direction.iter_mut().zip(a).for_each(|(d, a)| *d += x * a);
            }
            for (c, y) in row.iter_mut().zip(self.y.rows()) {
                *c = -direction.iter().zip(y).map(|(d, y)| d * y).sum::<f64>();
            }
        });
        CostMatrix::new(n, n, values)
    }

    fn moments(&self, plan: &[f64]) -> Vec<f64> {
        let (n, p, q) = (self.x.len(), self.x.dim(), self.y.dim());
        let means: Vec<Vec<f64>> = plan
            .par_chunks(n)
            .map(|row| {
                let mut mean = vec![0.0; q];
                for (w, y) in row.iter().zip(self.y.rows()) {
                    mean.iter_mut().zip(y).for_each(|(m, y)| *m += w * y);
                }
                mean
            })
            .collect();
        let mut moments = vec![0.0; p * q];
        for (x, mean) in self.x.rows().zip(&means) {
            for (x, row) in x.iter().zip(moments.chunks_exact_mut(q)) {
                row.iter_mut().zip(mean).for_each(|(m, y)| *m += x * y);
            }
        }
        moments
    }

    fn matrix(&self, k: usize) -> Result<Vec<f64>> {
        check_feature(k, self.count())?;
        let (r, s) = (k / self.y.dim(), k % self.y.dim());
        Ok(self.x.rows().flat_map(|x| self.y.rows().map(move |y| x[r] * y[s])).collect())
    }

    fn observed(&self) -> Vec<f64> {
        let (p, q) = (self.x.dim(), self.y.dim());
        let mut sums = vec![0.0; p * q];
        for (x, y) in self.x.rows().zip(self.y.rows()) {
            for e in 0..p * q {
                sums[e] += x[e / q] * y[e % q];
            }
        }
        sums.iter().map(|s| s / self.x.len() as f64).collect()
    }
}

/// Features given as n x n matrices: pair i, i was observed.
#[derive(Clone, Debug)]
pub struct Dense {
    n: usize,
    matrices: Vec<Vec<f64>>,
}

impl Dense {
    /// One row-major n x n matrix a feature.
    ///
    /// # Errors
    /// No features, a matrix of another size, or a value that is not finite.
    pub fn new(n: usize, matrices: Vec<Vec<f64>>) -> Result<Self> {
        let fits = |m: &Vec<f64>| Some(m.len()) == n.checked_mul(n) && m.iter().all(|v| v.is_finite());
        if n == 0 || matrices.is_empty() || !matrices.iter().all(fits) {
            return Err(Error::input(format!(
                "Features of {n} pairs need one finite {n} x {n} matrix each; {} matrices came, and not all fit.",
                matrices.len()
            )));
        }
        Ok(Self { n, matrices })
    }
}

impl Features for Dense {
    fn count(&self) -> usize {
        self.matrices.len()
    }

    fn pairs(&self) -> usize {
        self.n
    }

    fn cost(&self, coefficients: &[f64]) -> Result<CostMatrix> {
        check_count(coefficients.len(), self.count())?;
        let mut values = vec![0.0; self.n * self.n];
        for (a, matrix) in coefficients.iter().zip(&self.matrices) {
            values.iter_mut().zip(matrix).for_each(|(c, phi)| *c -= a * phi);
        }
        CostMatrix::new(self.n, self.n, values)
    }

    fn moments(&self, plan: &[f64]) -> Vec<f64> {
        let dot = |matrix: &Vec<f64>| matrix.iter().zip(plan).map(|(a, b)| a * b).sum();
        self.matrices.iter().map(dot).collect()
    }

    fn matrix(&self, k: usize) -> Result<Vec<f64>> {
        check_feature(k, self.count())?;
        Ok(self.matrices[k].clone())
    }

    fn observed(&self) -> Vec<f64> {
        let mean = |matrix: &Vec<f64>| (0..self.n).map(|i| matrix[i * self.n + i]).sum::<f64>() / self.n as f64;
        self.matrices.iter().map(mean).collect()
    }
}

/// Refuses another number of coefficients, means or the like than there are features.
pub(super) fn check_count(found: usize, features: usize) -> Result<()> {
    if found == features {
        return Ok(());
    }
    Err(Error::input(format!("{found} numbers came for {features} features; each needs one.")))
}

fn check_feature(k: usize, features: usize) -> Result<()> {
    if k < features {
        return Ok(());
    }
    Err(Error::input(format!("Feature {k} was asked for, but there are {features}, counted from 0.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_that_do_not_fit_are_refused() {
        let pair = |x: Vec<f64>, y: Vec<f64>| Bilinear::new(Points::new(1, x).unwrap(), Points::new(1, y).unwrap());
        assert!(pair(vec![1.0], vec![1.0, 2.0]).is_err() && pair(vec![], vec![]).is_err());
        let features = pair(vec![1.0, 2.0], vec![3.0, 4.0]).unwrap();
        assert_eq!(features.matrix(0).unwrap(), [3.0, 4.0, 6.0, 8.0]);
        assert!(features.matrix(1).unwrap_err().to_string().contains("Feature 1"));
        assert!(features.cost(&[]).is_err());
        assert!(Dense::new(2, vec![vec![0.0; 3]]).is_err() && Dense::new(1, vec![vec![f64::NAN]]).is_err());
    }
}
