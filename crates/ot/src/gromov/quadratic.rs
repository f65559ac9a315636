//! The quadratic form of two spaces.

use super::{Spaces, dot};
use crate::product::{Factor, product};
use crate::{CostMatrix, Plan};
use rayon::prelude::*;

/// How two relations are compared: `L(a, b) = f1(a) + f2(b) - h1(a) h2(b)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuadraticLoss {
    /// `(a - b)^2`.
    Square,
    /// `a log(a / b) - a + b`; relations must not be negative.
    KullbackLeibler,
}

/// Keeps logarithms of zero relations finite.
const FLOOR: f64 = 1e-18;

impl QuadraticLoss {
    fn parts(self, first: &CostMatrix, second: &CostMatrix) -> [Vec<f64>; 4] {
        let of = |c: &CostMatrix, f: fn(f64) -> f64| c.values().iter().map(|v| f(*v)).collect::<Vec<_>>();
        match self {
            Self::Square => [of(first, |a| a * a), of(second, |b| b * b), of(first, |a| a), of(second, |b| 2.0 * b)],
            Self::KullbackLeibler => [
                of(first, |a| a * (a + FLOOR).ln() - a),
                of(second, |b| b),
                of(first, |a| a),
                of(second, |b| (b + FLOOR).ln()),
            ],
        }
    }
}

/// `sum L pi pi = sum pi (constant - h1 pi h2')` for plans with the given marginals.
pub(super) struct Quadratic {
    n: usize,
    m: usize,
    h1: Vec<f64>,
    h2: Vec<f64>,
    straight: Sums,
    /// The same of the transposed relations; None where both are symmetric.
    crossed: Option<Sums>,
}

/// `constant_ij = rows_i + columns_j`.
struct Sums {
    rows: Vec<f64>,
    columns: Vec<f64>,
}

/// `h1 pi h2'` of a plan, and `h1' pi h2` where that is something else.
#[derive(Clone)]
pub(super) struct Image {
    pub(super) straight: Vec<f64>,
    crossed: Option<Vec<f64>>,
}

impl Quadratic {
    pub(super) fn new(loss: QuadraticLoss, spaces: &Spaces<'_>) -> Self {
        let (n, m) = (spaces.p.len(), spaces.q.len());
        let [f1, f2, h1, h2] = loss.parts(spaces.first, spaces.second);
        let along = |f: &[f64], w: &[f64]| f.chunks_exact(w.len()).map(|row| dot(row, w)).collect::<Vec<_>>();
        let across = |f: &[f64], w: &[f64]| {
            let mut sums = vec![0.0; w.len()];
            for (row, w) in f.chunks_exact(w.len()).zip(w) {
                sums.iter_mut().zip(row).for_each(|(s, v)| *s += w * v);
            }
            sums
        };
        // Weights of one side count once for every unit of mass of the other.
        let straight = Sums { rows: along(&f1, spaces.p), columns: along(&f2, spaces.q) };
        let crossed = (!symmetric(spaces.first) || !symmetric(spaces.second))
            .then(|| Sums { rows: across(&f1, spaces.p), columns: across(&f2, spaces.q) });
        Self { n, m, h1, h2, straight, crossed }
    }

    /// The image of a dense plan: two products.
    pub(super) fn image(&self, plan: &[f64]) -> Image {
        let (n, m) = (self.n, self.m);
        let plan = Factor::new(plan, m);
        let left = product(Factor::new(&self.h1, n), plan, (n, n, m));
        let straight = product(Factor::new(&left, m), Factor::transposed(&self.h2, m), (n, m, m));
        let crossed = self.crossed.is_some().then(|| {
            let left = product(Factor::transposed(&self.h1, n), plan, (n, n, m));
            product(Factor::new(&left, m), Factor::new(&self.h2, m), (n, m, m))
        });
        Image { straight, crossed }
    }

    /// The image of a sparse plan, every mass times `scale`: one product, and a row for every entry.
    pub(super) fn image_of_sparse(&self, plan: &Plan, scale: f64) -> Image {
        let (n, m) = (self.n, self.m);
        // The left product transposed, `m x n`, so that an entry adds a row.
        let gathered = |transposed: bool| {
            let mut left = vec![0.0; m * n];
            plan.for_each(|k, l, mass| {
                let row = &mut left[l * n..(l + 1) * n];
                if transposed {
                    row.iter_mut().zip(&self.h1[k * n..(k + 1) * n]).for_each(|(s, h)| *s += scale * mass * h);
                } else {
                    row.iter_mut().zip(self.h1[k..].iter().step_by(n)).for_each(|(s, h)| *s += scale * mass * h);
                }
            });
            left
        };
        // Rows and columns of symmetric relations are the same, and rows lie together.
        let left = gathered(self.crossed.is_none());
        let straight = product(Factor::transposed(&left, n), Factor::transposed(&self.h2, m), (n, m, m));
        let crossed = self.crossed.is_some().then(|| {
            let left = gathered(true);
            product(Factor::transposed(&left, n), Factor::new(&self.h2, m), (n, m, m))
        });
        Image { straight, crossed }
    }

    /// `sum pi (constant - image)`.
    pub(super) fn value(&self, plan: &[f64], image: &Image) -> f64 {
        self.against_constant(plan) - dot(plan, &image.straight)
    }

    /// `sum plan constant`.
    pub(super) fn against_constant(&self, plan: &[f64]) -> f64 {
        let row =
            |(row, r): (&[f64], &f64)| row.iter().zip(&self.straight.columns).map(|(v, c)| v * (r + c)).sum::<f64>();
        plan.chunks_exact(self.m).zip(&self.straight.rows).map(row).sum()
    }

    /// The derivative of the value by the plan, times `weight`.
    pub(super) fn gradient(&self, image: &Image, weight: f64) -> Vec<f64> {
        let part = |sums: &Sums, image: &[f64], weight: f64| {
            let mut out = vec![0.0; image.len()];
            out.par_chunks_mut(self.m).zip(image.par_chunks(self.m)).zip(&sums.rows).for_each(|((out, image), r)| {
                for ((o, v), c) in out.iter_mut().zip(image).zip(&sums.columns) {
                    *o = weight * (r + c - v);
                }
            });
            out
        };
        match (&self.crossed, &image.crossed) {
            (Some(sums), Some(crossed)) => {
                let mut out = part(&self.straight, &image.straight, weight);
                out.iter_mut().zip(part(sums, crossed, weight)).for_each(|(o, v)| *o += v);
                out
            }
            _ => part(&self.straight, &image.straight, 2.0 * weight),
        }
    }
}

impl Image {
    /// `self - other`.
    pub(super) fn minus(mut self, other: &Self) -> Self {
        self.add(other, -1.0);
        self
    }

    /// Adds `weight` times another image.
    pub(super) fn add(&mut self, other: &Self, weight: f64) {
        self.straight.iter_mut().zip(&other.straight).for_each(|(a, b)| *a += weight * b);
        if let (Some(own), Some(theirs)) = (&mut self.crossed, &other.crossed) {
            own.iter_mut().zip(theirs).for_each(|(a, b)| *a += weight * b);
        }
    }
}

/// Symmetric but for rounding.
fn symmetric(c: &CostMatrix) -> bool {
    (0..c.rows()).all(|i| (0..i).all(|j| (c.at(i, j) - c.at(j, i)).abs() <= 1e-10 + 1e-5 * c.at(j, i).abs()))
}
