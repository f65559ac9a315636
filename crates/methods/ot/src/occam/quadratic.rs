//! A quadratic regulariser, for displacements along a subspace.

use super::prox::{Prox, check_strength};
use nalgebra::DMatrix;
use thalweg_core::{Error, Points, Result};

/// `gamma z'Qz / 2` with a symmetric Q.
#[derive(Clone, Debug)]
pub struct Quadratic {
    /// `gamma Q`, row-major (symmetric).
    form: Vec<f64>,
    /// `(1 + gamma Q)^-1`.
    inverse: Vec<f64>,
    dim: usize,
}

impl Quadratic {
    /// `q` are the d rows of Q (d x d), `gamma` a pure number. Costs O(d^3) once.
    ///
    /// # Errors
    /// A matrix that is not square, finite and symmetric; `1 + gamma Q` not positive definite; a strength that is negative
    /// or not finite.
    pub fn new(q: &Points, gamma: f64) -> Result<Self> {
        check_strength(gamma)?;
        q.check_finite()?;
        let d = q.dim();
        if q.len() != d {
            let sentence = format!("A quadratic regulariser needs a square matrix and got {} x {d}.", q.len());
            return Err(Error::input(sentence));
        }
        let scale = q.values().iter().fold(0.0_f64, |s, v| s.max(v.abs()));
        let crooked = |e: usize| (q.row(e / d)[e % d] - q.row(e % d)[e / d]).abs() > 1e-9 * scale;
        if let Some(e) = (0..d * d).find(|e| crooked(*e)) {
            let sentence =
                format!("The matrix of a quadratic regulariser is not symmetric at row {}, column {}.", e / d, e % d);
            return Err(Error::input(sentence));
        }
        let form: Vec<f64> = q.values().iter().map(|v| gamma * v).collect();
        let whole = DMatrix::identity(d, d) + DMatrix::from_row_slice(d, d, &form);
        let Some(factor) = whole.cholesky() else {
            return Err(Error::input("The quadratic cost is not convex: 1 + gamma Q is not positive definite.")
                .advise("Use a smaller gamma or a matrix without negative eigenvalues."));
        };
        Ok(Self { form, inverse: factor.inverse().as_slice().to_vec(), dim: d })
    }

    /// `gamma / 2` times the squared distance from the span of `directions` (k x d): points are paired
    /// along it where the targets allow. The image of a point is still a mean of targets, not a point of the subspace.
    ///
    /// # Errors
    /// Directions that are linearly dependent or not finite; a strength that is negative or not finite.
    pub fn off_subspace(directions: &Points, gamma: f64) -> Result<Self> {
        directions.check_finite()?;
        let d = directions.dim();
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for (k, row) in directions.rows().enumerate() {
            let length = norm(row);
            let mut rest = row.to_vec();
            // Twice, because once leaves rounding of the size of what was removed.
            for _ in 0..2 {
                for b in &basis {
                    let along: f64 = rest.iter().zip(b).map(|(r, b)| r * b).sum();
                    rest.iter_mut().zip(b).for_each(|(r, b)| *r -= along * b);
                }
            }
            let left = norm(&rest);
            if left.is_nan() || left <= 1e-10 * length {
                return Err(Error::input(format!(
                    "Direction {k} depends on those before it, so it spans nothing new."
                ))
                .advise("Leave it out."));
            }
            rest.iter_mut().for_each(|r| *r /= left);
            basis.push(rest);
        }
        let mut q = Points::zeros(d, d);
        for i in 0..d {
            for j in 0..d {
                let inside: f64 = basis.iter().map(|b| b[i] * b[j]).sum();
                q.row_mut(i)[j] = f64::from(u8::from(i == j)) - inside;
            }
        }
        Self::new(&q, gamma)
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn product<'a>(matrix: &'a [f64], z: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    matrix.chunks_exact(z.len()).map(move |row| row.iter().zip(z).map(|(a, b)| a * b).sum())
}

impl Prox for Quadratic {
    fn value(&self, z: &[f64]) -> f64 {
        0.5 * product(&self.form, z).zip(z).map(|(a, b)| a * b).sum::<f64>()
    }

    fn gradient(&self, z: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(product(&self.form, z)).for_each(|(g, v)| *g = v);
    }

    fn prox(&self, v: &mut [f64]) {
        let moved: Vec<f64> = product(&self.inverse, v).collect();
        v.copy_from_slice(&moved);
    }

    fn check(&self, dim: usize) -> Result<()> {
        if dim == self.dim {
            return Ok(());
        }
        Err(Error::input(format!(
            "The quadratic regulariser is for {} coordinates, but the points have {dim}.",
            self.dim
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_that_do_not_fit_are_refused() {
        let points = |d: usize, v: &[f64]| Points::new(d, v.to_vec()).unwrap();
        assert!(Quadratic::new(&points(2, &[1.0, 0.0]), 1.0).is_err());
        assert!(Quadratic::new(&points(2, &[1.0, 0.5, 0.0, 1.0]), 1.0).unwrap_err().to_string().contains("symmetric"));
        assert!(Quadratic::new(&points(1, &[-2.0]), 1.0).unwrap_err().to_string().contains("convex"));
        assert!(Quadratic::off_subspace(&points(2, &[1.0, 1.0, 2.0, 2.0]), 1.0).is_err());
        assert!(Quadratic::new(&points(1, &[1.0]), 1.0).unwrap().check(2).is_err());
    }
}
