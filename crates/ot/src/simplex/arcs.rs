//! Pivots over a list of arcs instead of a matrix.

use super::Tree;
use thalweg_core::Result;

/// Pivots between two questions whether to go on.
const ASKED: usize = 1024;

/// An arc that may carry flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub(crate) cost: f64,
    pub(crate) row: u32,
    pub(crate) col: u32,
}

/// Brings the best arc of a block into the basis, block after block, until no reduced cost is below `-tolerance`.
///
/// `cost` tells the costs of the arcs of the basis, which need not be among `arcs`.
///
/// # Errors
/// What `stop` says.
pub(crate) fn pivot_until_optimal(
    tree: &mut Tree,
    arcs: &[Arc],
    tolerance: f64,
    cost: impl Fn(usize, usize) -> f64,
    stop: &dyn Fn() -> Result<()>,
) -> Result<()> {
    let block = arcs.len().isqrt().max(1);
    let blocks = arcs.len().div_ceil(block);
    let (mut clean, mut pivots, mut fresh) = (0, 0_usize, false);
    for some in arcs.chunks(block).cycle() {
        match least(tree, some, -tolerance) {
            Some((arc, reduced)) => {
                tree.pivot(arc.row as usize, arc.col as usize, reduced);
                pivots += 1;
                (clean, fresh) = (0, false);
                if pivots.is_multiple_of(ASKED) {
                    stop()?;
                }
                if pivots.is_multiple_of(tree.root()) {
                    tree.refresh(&cost);
                }
            }
            None => clean += 1,
        }
        if clean > blocks {
            if fresh {
                return Ok(());
            }
            tree.refresh(&cost);
            (clean, fresh) = (0, true);
        }
    }
    Ok(())
}

/// The arc of least reduced cost below `limit`.
fn least<'a>(tree: &Tree, arcs: &'a [Arc], limit: f64) -> Option<(&'a Arc, f64)> {
    let (u, v) = tree.potential.split_at(tree.rows());
    let (mut best, mut at) = (limit, None);
    for arc in arcs {
        let reduced = arc.cost - u[arc.row as usize] - v[arc.col as usize];
        if reduced < best {
            (best, at) = (reduced, Some(arc));
        }
    }
    at.map(|arc| (arc, best))
}
