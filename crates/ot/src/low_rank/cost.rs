//! The squared Euclidean cost as a product of factors, and its derivatives in those of a plan.

use super::Factors;
use super::dykstra::dot;
use crate::product::{Factor, product};
use rayon::prelude::*;
use thalweg_core::Points;

/// `C = A B'` with `A = (|x|^2, 1, -2 x)` and `B = (1, |y|^2, y)`, of points centred together.
pub(super) struct Cost {
    a: Vec<f64>,
    b: Vec<f64>,
    width: usize,
}

impl Cost {
    pub(super) fn between(x: &Points, y: &Points) -> Self {
        let (dim, count) = (x.dim(), (x.len() + y.len()) as f64);
        let mut mean = vec![0.0; dim];
        for row in x.rows().chain(y.rows()) {
            mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / count);
        }
        let factor = |points: &Points, square_first: bool, times: f64| {
            let mut out = Vec::with_capacity(points.len() * (dim + 2));
            for row in points.rows() {
                let square: f64 = row.iter().zip(&mean).map(|(v, m)| (v - m) * (v - m)).sum();
                out.extend(if square_first { [square, 1.0] } else { [1.0, square] });
                out.extend(row.iter().zip(&mean).map(|(v, m)| times * (v - m)));
            }
            out
        };
        Self { a: factor(x, true, -2.0), b: factor(y, false, 1.0), width: dim + 2 }
    }

    /// `A' Q` and `B' R`.
    fn means(&self, factors: &Factors) -> (Vec<f64>, Vec<f64>) {
        let rank = factors.inner.len();
        let of = |cost: &[f64], factor: &[f64]| tall(cost, self.width, factor, rank);
        (of(&self.a, &factors.left), of(&self.b, &factors.right))
    }

    /// `<C, Q diag(1/g) R'>`.
    pub(super) fn at(&self, factors: &Factors) -> f64 {
        let (left, right) = self.means(factors);
        let terms = inner_products(&left, &right, factors.inner.len());
        terms.iter().zip(&factors.inner).map(|(t, g)| t / g).sum()
    }

    /// The derivatives in `Q`, `R` and `g`, over the largest entry of all three.
    pub(super) fn gradient(&self, factors: &Factors) -> Factors {
        let rank = factors.inner.len();
        let (left, right) = self.means(factors);
        let over = |means: &[f64]| -> Vec<f64> {
            means.iter().enumerate().map(|(at, v)| v / factors.inner[at % rank]).collect()
        };
        let of = |cost: &[f64], means: &[f64]| {
            let shape = (cost.len() / self.width, self.width, rank);
            product(Factor::new(cost, self.width), Factor::new(&over(means), rank), shape)
        };
        let (mut d_left, mut d_right) = (of(&self.a, &right), of(&self.b, &left));
        let terms = inner_products(&left, &right, rank);
        let mut d_inner: Vec<f64> = terms.iter().zip(&factors.inner).map(|(t, g)| -t / (g * g)).collect();
        // What is common to a row, or to the inner marginal, changes nothing and should not make steps short.
        let spread = |values: &mut [f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter_mut().for_each(|v| *v -= mean);
            values.iter().fold(0.0_f64, |t, v| t.max(v.abs()))
        };
        let largest = |values: &mut Vec<f64>| {
            let rows: Vec<f64> = values.par_chunks_exact_mut(rank).map(spread).collect();
            rows.into_iter().fold(0.0, f64::max)
        };
        let top = largest(&mut d_left).max(largest(&mut d_right)).max(spread(&mut d_inner));
        if top > 0.0 {
            let unit = 1.0 / top;
            for values in [&mut d_left, &mut d_right, &mut d_inner] {
                values.iter_mut().for_each(|v| *v *= unit);
            }
        }
        Factors { left: d_left, right: d_right, inner: d_inner }
    }
}

/// `x' y` of matrices with many rows: in blocks of rows, whose results are added in order.
fn tall(x: &[f64], width: usize, y: &[f64], rank: usize) -> Vec<f64> {
    const ROWS: usize = 2048;
    let parts: Vec<Vec<f64>> = x
        .par_chunks(ROWS * width)
        .zip(y.par_chunks(ROWS * rank))
        .map(|(x, y)| product(Factor::transposed(x, width), Factor::new(y, rank), (width, x.len() / width, rank)))
        .collect();
    let mut sum = vec![0.0; width * rank];
    parts.iter().for_each(|part| sum.iter_mut().zip(part).for_each(|(s, p)| *s += p));
    sum
}

/// The product of column `k` of two matrices, for each `k`.
fn inner_products(x: &[f64], y: &[f64], rank: usize) -> Vec<f64> {
    let column = |m: &[f64], k: usize| m.iter().skip(k).step_by(rank).copied().collect::<Vec<f64>>();
    (0..rank).map(|k| dot(&column(x, k), &column(y, k))).collect()
}
