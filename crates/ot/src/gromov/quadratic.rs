//! The quadratic form of two spaces.

use super::{Spaces, dot};
use crate::CostMatrix;
use crate::product::{Factor, product_until};
use rayon::prelude::*;
use std::sync::Mutex;
use thalweg_core::{Context, Result};

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
/// Numbers mixed by one task.
const CHUNK: usize = 1 << 15;
/// Bytes of freed packings that the allocator keeps at most.
const KEPT: u64 = 48 << 20;
/// Side of a tile of relations compared with their transposes: two of them fit the first cache.
const TILE: usize = 32;

impl QuadraticLoss {
    /// `f1`, `f2`, `h1`, `h2`.
    fn parts(self) -> [fn(f64) -> f64; 4] {
        match self {
            Self::Square => [|a| a * a, |b| b * b, |a| a, |b| 2.0 * b],
            Self::KullbackLeibler => [|a| a * (a + FLOOR).ln() - a, |b| b, |a| a, |b| (b + FLOOR).ln()],
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
    /// Matrices of `n m` numbers that nobody uses any more: an iteration allocates none.
    spare: Mutex<Vec<Vec<f64>>>,
}

/// `constant_ij = rows_i + columns_j`.
struct Sums {
    rows: Vec<f64>,
    columns: Vec<f64>,
}

/// `h1 pi h2'` of a plan, and `h1' pi h2` where that is something else.
pub(super) struct Image {
    pub(super) straight: Vec<f64>,
    crossed: Option<Vec<f64>>,
}

impl Quadratic {
    pub(super) fn new(loss: QuadraticLoss, spaces: &Spaces<'_>) -> Self {
        let (n, m) = (spaces.p.len(), spaces.q.len());
        let [f1, f2, h1, h2] = loss.parts();
        let (first, second) = (spaces.first.values(), spaces.second.values());
        // Weights of one side count once for every unit of mass of the other.
        let straight = Sums { rows: along(first, spaces.p, f1), columns: along(second, spaces.q, f2) };
        let crossed = (!symmetric(spaces.first) || !symmetric(spaces.second))
            .then(|| Sums { rows: across(first, spaces.p, f1), columns: across(second, spaces.q, f2) });
        let of = |c: &[f64], h: fn(f64) -> f64| c.par_iter().with_min_len(CHUNK).map(|v| h(*v)).collect();
        Self { n, m, h1: of(first, h1), h2: of(second, h2), straight, crossed, spare: Mutex::new(Vec::new()) }
    }

    /// Bytes of the quadratic form, of all matrices that an iteration has at one time, beside the spaces, and of what the
    /// allocator keeps of the packings of products: measured, 26 matrices at 500 points and no more than 40 MB at 1,000.
    pub(super) fn bytes(spaces: &Spaces<'_>) -> u64 {
        let (n, m) = (spaces.p.len() as u64, spaces.q.len() as u64);
        8 * (n * n + m * m + 12 * n * m) + KEPT.min(8 * 26 * n * m)
    }

    fn take(&self) -> Vec<f64> {
        let kept = self.spare.lock().map_or(None, |mut spare| spare.pop());
        kept.unwrap_or_else(|| vec![0.0; self.n * self.m])
    }

    /// Keeps a matrix for use by the next iteration.
    pub(super) fn give(&self, matrix: Vec<f64>) {
        if let Ok(mut spare) = self.spare.lock() {
            spare.push(matrix);
        }
    }

    fn product(&self, ctx: &Context, a: Factor<'_>, b: Factor<'_>, inner: usize) -> Result<Vec<f64>> {
        let mut out = self.take();
        product_until(a, b, (self.n, inner, self.m), &mut out, &|| ctx.check_stop())?;
        Ok(out)
    }

    /// The image of a dense plan: two products, four without symmetry.
    pub(super) fn image(&self, ctx: &Context, plan: &[f64]) -> Result<Image> {
        let (n, m) = (self.n, self.m);
        let sandwich = |first: Factor<'_>, second: Factor<'_>| {
            let left = self.product(ctx, first, Factor::new(plan, m), n)?;
            let image = self.product(ctx, Factor::new(&left, m), second, m)?;
            self.give(left);
            Ok(image)
        };
        let straight = sandwich(Factor::new(&self.h1, n), Factor::transposed(&self.h2, m))?;
        let crossed = match self.crossed {
            Some(_) => Some(sandwich(Factor::transposed(&self.h1, n), Factor::new(&self.h2, m))?),
            None => None,
        };
        Ok(Image { straight, crossed })
    }

    /// The image of `p q'`, which is an outer product like it.
    pub(super) fn image_of_product(&self, spaces: &Spaces<'_>) -> Image {
        let mass = spaces.mass();
        let same: fn(f64) -> f64 = |h| h;
        let outer = |rows: Vec<f64>, columns: Vec<f64>| {
            rows.iter().flat_map(|r| columns.iter().map(move |c| r * c / mass)).collect::<Vec<_>>()
        };
        Image {
            straight: outer(along(&self.h1, spaces.p, same), along(&self.h2, spaces.q, same)),
            crossed: (self.crossed.is_some())
                .then(|| outer(across(&self.h1, spaces.p, same), across(&self.h2, spaces.q, same))),
        }
    }

    /// The image of a sparse plan of entries `(i, j, mass)`: one product, and a row for every entry.
    pub(super) fn image_of_sparse(&self, ctx: &Context, plan: &[(usize, usize, f64)]) -> Result<Image> {
        let (n, m) = (self.n, self.m);
        // The left product transposed, `m x n`, so that an entry adds a row.
        let sandwich = |transposed: bool, second: Factor<'_>| {
            let mut left = self.take();
            left.fill(0.0);
            for (k, l, mass) in plan.iter().copied() {
                let row = &mut left[l * n..(l + 1) * n];
                if transposed {
                    row.iter_mut().zip(&self.h1[k * n..(k + 1) * n]).for_each(|(s, h)| *s += mass * h);
                } else {
                    row.iter_mut().zip(self.h1[k..].iter().step_by(n)).for_each(|(s, h)| *s += mass * h);
                }
            }
            let image = self.product(ctx, Factor::transposed(&left, n), second, m)?;
            self.give(left);
            Ok(image)
        };
        // Rows and columns of symmetric relations are the same, and rows lie together.
        let straight = sandwich(self.crossed.is_none(), Factor::transposed(&self.h2, m))?;
        let crossed = match self.crossed {
            Some(_) => Some(sandwich(true, Factor::new(&self.h2, m))?),
            None => None,
        };
        Ok(Image { straight, crossed })
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

    /// What `constant` holds for a pair.
    pub(super) fn constant(&self, i: usize, j: usize) -> f64 {
        self.straight.rows[i] + self.straight.columns[j]
    }

    /// The derivative of the whole objective by the plan, less `duals.0_i + duals.1_j`.
    pub(super) fn gradient(&self, image: &Image, spaces: &Spaces<'_>, duals: &(Vec<f64>, Vec<f64>)) -> Vec<f64> {
        let (m, alpha) = (self.m, spaces.alpha);
        // Without a transposed part the plain one counts twice.
        let second = self.crossed.as_ref().unwrap_or(&self.straight);
        let columns: Vec<f64> =
            (0..m).map(|j| alpha * (self.straight.columns[j] + second.columns[j]) - duals.1[j]).collect();
        let mut out = self.take();
        out.par_chunks_mut(m).enumerate().with_min_len(16).for_each(|(i, out)| {
            let at = i * m..(i + 1) * m;
            let row = alpha * (self.straight.rows[i] + second.rows[i]) - duals.0[i];
            let images = image.straight[at.clone()].iter().zip(&image.crossed()[at.clone()]);
            for ((o, (a, b)), c) in out.iter_mut().zip(images).zip(&columns) {
                *o = row + c - alpha * (a + b);
            }
            if let Some(between) = spaces.between {
                out.iter_mut().zip(between.row(i)).for_each(|(o, c)| *o += (1.0 - alpha) * c);
            }
        });
        out
    }
}

impl Image {
    /// `h1' pi h2`.
    pub(super) fn crossed(&self) -> &[f64] {
        self.crossed.as_ref().unwrap_or(&self.straight)
    }

    /// Becomes `(1 - share) self + share other`, of which nothing of itself is left at a share of 1.
    pub(super) fn mix(&mut self, mut other: Self, share: f64, form: &Quadratic) {
        let mix = |own: &mut Vec<f64>, other: &mut Vec<f64>| {
            if share == 1.0 {
                std::mem::swap(own, other);
            } else {
                blend(own, other, share);
            }
            form.give(std::mem::take(other));
        };
        mix(&mut self.straight, &mut other.straight);
        if let (Some(own), Some(theirs)) = (&mut self.crossed, &mut other.crossed) {
            mix(own, theirs);
        }
    }

    /// Gives its matrices back.
    pub(super) fn end(self, form: &Quadratic) {
        form.give(self.straight);
        self.crossed.into_iter().for_each(|crossed| form.give(crossed));
    }
}

/// `own` becomes `(1 - share) own + share other`.
fn blend(own: &mut [f64], other: &[f64], share: f64) {
    own.par_chunks_mut(CHUNK).zip(other.par_chunks(CHUNK)).for_each(|(own, other)| {
        own.iter_mut().zip(other).for_each(|(a, b)| *a = (1.0 - share) * *a + share * b);
    });
}

/// All numbers times `factor`.
pub(super) fn scale(values: &mut [f64], factor: f64) {
    values.par_chunks_mut(CHUNK).for_each(|values| values.iter_mut().for_each(|v| *v *= factor));
}

/// `sum_j f(c_ij) w_j` of each row.
fn along(c: &[f64], w: &[f64], f: fn(f64) -> f64) -> Vec<f64> {
    let row = |row: &[f64]| row.iter().zip(w).map(|(v, w)| f(*v) * w).sum();
    c.par_chunks_exact(w.len()).with_min_len(16).map(row).collect()
}

/// `sum_i w_i f(c_ij)` of each column.
fn across(c: &[f64], w: &[f64], f: fn(f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; w.len()];
    for (row, w) in c.chunks_exact(w.len()).zip(w) {
        sums.iter_mut().zip(row).for_each(|(s, v)| *s += w * f(*v));
    }
    sums
}

/// Symmetric but for rounding. In tiles, since columns lie far apart.
fn symmetric(c: &CostMatrix) -> bool {
    let (n, values) = (c.rows(), c.values());
    let alike = |i: usize, j: usize| {
        let (a, b) = (values[i * n + j], values[j * n + i]);
        (a - b).abs() <= 1e-10 + 1e-5 * b.abs()
    };
    let tiles =
        |from: usize, to: usize| (from..(from + TILE).min(n)).all(|i| (to..(to + TILE).min(i)).all(|j| alike(i, j)));
    (0..n).step_by(TILE).all(|from| (0..=from).step_by(TILE).all(|to| tiles(from, to)))
}
