//! Costs of pairs that are computed where they are needed.

use crate::CostMatrix;
use crate::cost::check_clouds;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// Costs of `n x m` pairs, a part of a row at a time: what [`crate::Sinkhorn::solve_pairs`] asks again in each pass, so that no
/// matrix is held.
///
/// The same pair must always cost the same.
pub trait PairCosts: Sync {
    /// Numbers of rows and of columns.
    fn shape(&self) -> (usize, usize);

    /// Writes the costs of row `i` at the columns from `first` on, as many as `out` has room for.
    fn fill(&self, i: usize, first: usize, out: &mut [f64]);

    /// All costs, for solvers that take a matrix. Parallel over rows on the threads of `ctx`.
    ///
    /// # Errors
    /// A memory budget below `8 n m` bytes, a cost that is not finite, no pairs, interruption.
    fn matrix(&self, ctx: &Context) -> Result<CostMatrix> {
        let (n, m) = self.shape();
        ctx.require_memory(8 * n as u64 * m as u64, "The matrix of costs")?;
        let mut values = vec![0.0; n * m];
        ctx.install(|| {
            values.par_chunks_mut(m.max(1)).enumerate().try_for_each(|(i, row)| {
                ctx.check_stop()?;
                self.fill(i, 0, row);
                Ok(())
            })
        })?;
        CostMatrix::new(n, m, values)
    }

    /// The largest absolute cost, and the mean under independent draws with the weights `a` and `b`. One pass over all pairs.
    ///
    /// # Errors
    /// Weights that do not fit, a cost that is not finite, interruption.
    fn extent(&self, ctx: &Context, a: &[f64], b: &[f64]) -> Result<(f64, f64)> {
        let (n, m) = self.shape();
        if n == 0 || m == 0 || a.len() != n || b.len() != m {
            return Err(Error::input(format!(
                "{} and {} weights do not fit costs of {n} rows and {m} columns.",
                a.len(),
                b.len()
            )));
        }
        let (mass_a, mass_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
        let of_row = |row: &mut Vec<f64>, i: usize| -> Result<(f64, f64)> {
            ctx.check_stop()?;
            self.fill(i, 0, row);
            if let Some(j) = row.iter().position(|c| !c.is_finite()) {
                return Err(Error::input(format!(
                    "The cost of row {i} and column {j} (counted from 0) is {}, but every cost must be a finite number.",
                    row[j]
                ))
                .advise("Rescale the coordinates."));
            }
            let mean: f64 = row.iter().zip(b).map(|(c, w)| c * (w / mass_b)).sum();
            Ok((row.iter().fold(0.0, |s: f64, c| s.max(c.abs())), a[i] / mass_a * mean))
        };
        let rows: Result<Vec<(f64, f64)>> =
            ctx.install(|| (0..n).into_par_iter().map_init(|| vec![0.0; m], of_row).collect());
        Ok(rows?.iter().fold((0.0, 0.0), |(top, sum), (t, s)| (f64::max(top, *t), sum + s)))
    }
}

/// `h(x - y)` between two clouds: a translation-invariant cost, such as `|z|^2 / 2 + tau(z)` with a regulariser that has a proximal
/// operator.
#[derive(Clone, Debug)]
pub struct Translation<'a, H> {
    source: &'a Points,
    target: &'a Points,
    h: H,
}

impl<'a, H: Fn(&[f64]) -> f64 + Sync> Translation<'a, H> {
    /// Between clouds in one space; `h` is given a displacement `x - y`.
    ///
    /// # Errors
    /// An empty cloud, different dimensions.
    pub fn new(source: &'a Points, target: &'a Points, h: H) -> Result<Self> {
        check_clouds(source, target)?;
        Ok(Self { source, target, h })
    }
}

impl<H: Fn(&[f64]) -> f64 + Sync> PairCosts for Translation<'_, H> {
    fn shape(&self) -> (usize, usize) {
        (self.source.len(), self.target.len())
    }

    fn fill(&self, i: usize, first: usize, out: &mut [f64]) {
        let x = self.source.row(i);
        let mut z = vec![0.0; x.len()];
        for (k, cost) in out.iter_mut().enumerate() {
            z.iter_mut().zip(x.iter().zip(self.target.row(first + k))).for_each(|(z, (x, y))| *z = x - y);
            *cost = (self.h)(&z);
        }
    }
}

impl PairCosts for CostMatrix {
    fn shape(&self) -> (usize, usize) {
        (self.rows(), self.cols())
    }

    fn fill(&self, i: usize, first: usize, out: &mut [f64]) {
        out.copy_from_slice(&self.row(i)[first..first + out.len()]);
    }
}
