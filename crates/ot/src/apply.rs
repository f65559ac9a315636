//! A plan as a linear map: values and masses carried from one side to the other, and its largest entries.

use crate::plan::{Lazy, Plan, Sparse};
use rayon::prelude::*;
use thalweg_core::{Error, Points, Result};

/// Rows of one task: a constant, so that sums are the same on any threads.
const ROWS: usize = 64;

impl Plan {
    /// `sum_j pi_ij v_j` for values of the targets (`m x k`): `n x k`. `O(m (d + k))` a row of a lazy plan.
    ///
    /// # Errors
    /// A number of values that is not `m`.
    pub fn apply(&self, values: &Points) -> Result<Points> {
        self.check_values("targets", self.cols(), values.len())?;
        if let Self::LowRank(l) = self {
            return Ok(l.apply(values));
        }
        let mut out = Points::zeros(self.rows(), values.dim());
        out.values_mut().par_chunks_mut(values.dim()).enumerate().for_each_init(Vec::new, |row, (i, out)| {
            self.with_row(i, row, |j, mass| {
                out.iter_mut().zip(values.row(j)).for_each(|(o, v)| *o += mass * v);
            });
        });
        Ok(out)
    }

    /// `sum_i pi_ij v_i` for values of the sources (`n x k`): `m x k`. `O(m (d + k))` a row of a lazy plan.
    ///
    /// # Errors
    /// A number of values that is not `n`.
    pub fn apply_transposed(&self, values: &Points) -> Result<Points> {
        self.check_values("sources", self.rows(), values.len())?;
        if let Self::LowRank(l) = self {
            return Ok(l.apply_transposed(values));
        }
        let (rows, cols, dim) = (self.rows(), self.cols(), values.dim());
        // As many parts as bound the memory: their sums are as large as the result.
        let part = rows.div_ceil(32).max(ROWS);
        let parts: Vec<Points> = (0..rows.div_ceil(part))
            .into_par_iter()
            .map(|p| {
                let (mut out, mut row) = (Points::zeros(cols, dim), Vec::new());
                for i in p * part..rows.min((p + 1) * part) {
                    self.with_row(i, &mut row, |j, mass| {
                        out.row_mut(j).iter_mut().zip(values.row(i)).for_each(|(o, v)| *o += mass * v);
                    });
                }
                out
            })
            .collect();
        let mut out = Points::zeros(cols, dim);
        for part in &parts {
            out.values_mut().iter_mut().zip(part.values()).for_each(|(o, v)| *o += v);
        }
        Ok(out)
    }

    /// Carries masses of the sources (length `n`) over to the targets, each along its row: `sum_i p_i pi_ij / r_i`.
    ///
    /// Total mass is kept, but for that of rows that carry none.
    ///
    /// # Errors
    /// A number of masses that is not `n`.
    pub fn push(&self, masses: &[f64]) -> Result<Vec<f64>> {
        self.check_values("sources", self.rows(), masses.len())?;
        let shares = per_mass(masses, &self.row_sums());
        Ok(self.apply_transposed(&Points::new(1, shares)?)?.into_values())
    }

    /// Carries masses of the targets (length `m`) back to the sources, each along its column: `sum_j pi_ij q_j / c_j`.
    ///
    /// # Errors
    /// A number of masses that is not `m`.
    pub fn pull(&self, masses: &[f64]) -> Result<Vec<f64>> {
        self.check_values("targets", self.cols(), masses.len())?;
        let shares = per_mass(masses, &self.column_sums());
        Ok(self.apply(&Points::new(1, shares)?)?.into_values())
    }

    /// The plan of the `k` largest entries of each row, the first of ties, with their masses as they are.
    ///
    /// # Errors
    /// A `k` of zero.
    pub fn top_k(&self, k: usize) -> Result<Self> {
        if k == 0 {
            return Err(Error::input("The 0 largest entries of each row make no plan: ask for at least 1."));
        }
        let rows: Vec<Vec<(usize, usize, f64, f64)>> = (0..self.rows())
            .into_par_iter()
            .map_init(Vec::new, |row, i| {
                let mut entries = Vec::new();
                self.with_row(i, row, |j, mass| entries.push((j, mass)));
                let largest = |a: &(usize, f64), b: &(usize, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
                if entries.len() > k {
                    entries.select_nth_unstable_by(k - 1, largest);
                    entries.truncate(k);
                }
                entries.into_iter().map(|(j, mass)| (i, j, mass, self.entry_cost(i, j))).collect()
            })
            .collect();
        Ok(Self::Sparse(Sparse::new(self.rows(), self.cols(), rows.concat())))
    }

    /// Calls `visit(j, mass)` for each positive entry of row `i`; `row` is memory to use again.
    fn with_row(&self, i: usize, row: &mut Vec<f64>, mut visit: impl FnMut(usize, f64)) {
        match self {
            Self::Sparse(s) => {
                let (columns, masses) = s.row(i);
                columns.iter().zip(masses).for_each(|(j, mass)| visit(*j, *mass));
            }
            Self::Lazy(l) => {
                row.resize(self.cols(), 0.0);
                l.row(i, row);
                row.iter().enumerate().filter(|(_, mass)| **mass > 0.0).for_each(|(j, mass)| visit(j, *mass));
            }
            Self::LowRank(l) => {
                row.resize(self.cols(), 0.0);
                l.row(i, row);
                row.iter().enumerate().filter(|(_, mass)| **mass > 0.0).for_each(|(j, mass)| visit(j, *mass));
            }
        }
    }

    fn entry_cost(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Sparse(s) => s.entry_cost(i, j),
            Self::Lazy(l) => Lazy::cost_of(l, i, j),
            Self::LowRank(l) => l.cost_of(i, j),
        }
    }

    fn check_values(&self, side: &str, wanted: usize, found: usize) -> Result<()> {
        if wanted == found {
            return Ok(());
        }
        Err(Error::input(format!("A plan with {wanted} {side} cannot carry the values of {found}.")))
    }
}

/// Values over the masses that carry them; nothing is carried by none.
fn per_mass(values: &[f64], masses: &[f64]) -> Vec<f64> {
    values.iter().zip(masses).map(|(v, m)| if *m > 0.0 { v / m } else { 0.0 }).collect()
}
