//! The network simplex for transportation: unequal weights, unequal numbers.
//!
//! Flows are integers, so degeneracy is exact and the strongly feasible tree rules out cycling; potentials are
//! doubles, recomputed from the tree before optimality is declared. Pricing takes the best arc of one row at a time.
//!
//! References: Ahuja, Magnanti, Orlin, Network Flows, ch. 11 (1993); Bonneel et al., SIGGRAPH Asia 2011.

mod arcs;
mod masses;
mod start;
mod tree;

pub(crate) use arcs::{Arc, pivot_until_optimal};
pub(crate) use masses::Masses;
pub(crate) use start::{Shipment, grow};
pub(crate) use tree::Tree;

use crate::exact::{Exact, certify};
use crate::flow::{self, Solved};
use crate::plan::{Plan, Sparse};
use crate::simd::LANES;
use crate::{CostMatrix, few, line::check_weights, monge};
use thalweg_core::Result;
use thalweg_core::wide;

/// Reduced costs above minus this fraction of the largest cost count as zero.
const TOLERANCE: f64 = 1e-13;
/// From this many rows and columns short lists are faster than whole rows.
const LISTED: usize = 128;
/// Rows priced between two questions whether to go on.
const ASKED: usize = 256;

/// A transportation problem between the positive weights of each side.
pub(crate) struct Transportation<'a> {
    full: &'a CostMatrix,
    /// The costs between positive weights, where some weights are zero.
    reduced: Option<CostMatrix>,
    weights: (Vec<f64>, Vec<f64>),
    rows: Vec<usize>,
    cols: Vec<usize>,
    masses: Masses,
}

impl<'a> Transportation<'a> {
    /// Poses the problem. Atoms of weight zero are left out and get their potentials at the end.
    pub(crate) fn new(a: &[f64], b: &[f64], cost: &'a CostMatrix) -> Result<Self> {
        check_weights(a)?;
        check_weights(b)?;
        let positive = |w: &[f64]| (0..w.len()).filter(|i| w[*i] > 0.0).collect::<Vec<_>>();
        let (rows, cols) = (positive(a), positive(b));
        let pick = |w: &[f64], at: &[usize]| at.iter().map(|i| w[*i]).collect::<Vec<_>>();
        let masses = Masses::new(&pick(a, &rows), &pick(b, &cols))?;
        let reduced = if rows.len() < a.len() || cols.len() < b.len() {
            let values = rows.iter().flat_map(|i| cols.iter().map(|j| cost.at(*i, *j))).collect();
            Some(CostMatrix::new(rows.len(), cols.len(), values)?)
        } else {
            None
        };
        let normalised = |w: &[f64]| {
            let mass: f64 = w.iter().sum();
            w.iter().map(|v| v / mass).collect()
        };
        Ok(Self { full: cost, reduced, weights: (normalised(a), normalised(b)), rows, cols, masses })
    }

    /// Solves to optimality, from potentials of all columns `near` the optimal ones if there are any.
    pub(crate) fn solve(self, near: Option<&[f64]>, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Exact> {
        let cost = self.reduced.as_ref().unwrap_or(self.full);
        let Solved { shipments, source_potential: u, target_potential: v } = self.shipped(cost, near, stop)?;
        let unit = 1.0 / self.masses.total as f64;
        let entry = |(i, j, flow): (usize, usize, i64)| (self.rows[i], self.cols[j], flow as f64 * unit, cost.at(i, j));
        let entries = shipments.into_iter().map(entry).collect();
        let plan = Plan::Sparse(Sparse::new(self.full.rows(), self.full.cols(), entries));
        let v = self.extend(&u, &v);
        certify(plan, v, &self.weights.0, &self.weights.1, self.full)
    }

    /// By whatever is quickest: an order of both sides, paths between a few points, short lists, pivots on whole rows.
    fn shipped(
        &self,
        cost: &CostMatrix,
        near: Option<&[f64]>,
        stop: &(dyn Fn() -> Result<()> + Sync),
    ) -> Result<Solved> {
        let Masses { supply, demand, .. } = &self.masses;
        if let Some(solved) = monge::ship(cost, supply, demand) {
            return Ok(solved);
        }
        if let Some(solved) = few::ship(cost, supply, demand, stop)? {
            return Ok(solved);
        }
        if cost.rows().min(cost.cols()) >= LISTED {
            let near: Option<Vec<f64>> = near.map(|v| self.cols.iter().map(|j| v[*j]).collect());
            return flow::matrix(cost, &self.masses, near.as_deref(), stop);
        }
        let mut tree = start::greedy(supply, demand, cost);
        optimise(&mut tree, cost, stop)
    }

    /// Target potentials of all columns; those of weight zero take the largest feasible value.
    fn extend(&self, u: &[f64], v: &[f64]) -> Vec<f64> {
        let mut all = vec![f64::INFINITY; self.full.cols()];
        if self.cols.len() < all.len() {
            for (i, u) in self.rows.iter().zip(u) {
                for (v, c) in all.iter_mut().zip(self.full.row(*i)) {
                    *v = v.min(c - u);
                }
            }
        }
        for (j, v) in self.cols.iter().zip(v) {
            all[*j] = *v;
        }
        all
    }
}

/// Pivots on whole rows until no arc prices out.
///
/// # Errors
/// What `stop` says.
pub(crate) fn optimise(tree: &mut Tree, cost: &CostMatrix, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Solved> {
    let (n, m) = (cost.rows(), cost.cols());
    let tolerance = -TOLERANCE * cost.scale();
    let (mut row, mut clean, mut pivots, mut fresh) = (0_usize, 0, 0_usize, false);
    loop {
        if row.is_multiple_of(ASKED) {
            stop()?;
        }
        let u = tree.potential[row];
        let (reduced, col) = least(cost.row(row), &tree.potential[n..n + m]);
        if reduced - u < tolerance {
            tree.pivot(row, col, reduced - u);
            pivots += 1;
            (clean, fresh) = (0, false);
            if pivots.is_multiple_of(n + m) {
                tree.refresh(|i, j| cost.at(i, j));
            }
        } else {
            clean += 1;
        }
        row = if row + 1 == n { 0 } else { row + 1 };
        if clean > n {
            if fresh {
                break;
            }
            tree.refresh(|i, j| cost.at(i, j));
            (clean, fresh) = (0, true);
        }
    }
    let (u, v) = tree.potential.split_at(n);
    let (source_potential, target_potential) = (u.to_vec(), v[..m].to_vec());
    Ok(Solved { shipments: tree.flows().collect(), source_potential, target_potential })
}

wide! {
    /// Least `cost - price` and where it is; the first of ties within a lane.
    fn least(cost: &[f64], price: &[f64]) -> (f64, usize) {
        let mut best = [f64::INFINITY; LANES];
        let mut at = [0_u64; LANES];
        let ((c, c_rest), (p, p_rest)) = (cost.as_chunks::<LANES>(), price.as_chunks::<LANES>());
        for (k, (c, p)) in c.iter().zip(p).enumerate() {
            for l in 0..LANES {
                let value = c[l] - p[l];
                let less = value < best[l];
                best[l] = if less { value } else { best[l] };
                at[l] = if less { k as u64 } else { at[l] };
            }
        }
        let (mut least, mut place) = (f64::INFINITY, 0);
        for l in 0..LANES {
            if best[l] < least {
                (least, place) = (best[l], at[l] as usize * LANES + l);
            }
        }
        for (k, (c, p)) in c_rest.iter().zip(p_rest).enumerate() {
            if c - p < least {
                (least, place) = (c - p, cost.len() - c_rest.len() + k);
            }
        }
        (least, place)
    }
}
