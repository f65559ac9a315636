//! Shipments of what an auction left over.

use crate::market::Market;
use crate::simplex::Shipment;

/// Most pairs of rows and columns that are compared; beyond it both sides ship in their order, in which neighbours in space
/// are near.
const COMPARED: usize = 1 << 26;

/// Ships what rows have `left` to what of columns is `free`, whose totals are equal: each row to its best columns.
pub(super) fn shipped(market: &impl Market, left: Vec<(usize, i64)>, mut free: Vec<(usize, i64)>) -> Vec<Shipment> {
    let mut out = Vec::with_capacity(left.len() + free.len());
    let compare = left.len().saturating_mul(free.len()) <= COMPARED;
    free.reverse();
    for (row, mut amount) in left {
        while amount > 0 {
            let value = |k: usize| market.cost(row, free[k].0) + market.prices()[free[k].0];
            let least = |best: (f64, usize), k: usize| if value(k) < best.0 { (value(k), k) } else { best };
            let last = free.len() - 1;
            let at = if compare { (0..last).fold((value(last), last), least).1 } else { last };
            let (col, open) = &mut free[at];
            let some = amount.min(*open);
            out.push(Shipment { row: row as u32, col: *col as u32, amount: some, cost: market.cost(row, *col) });
            (amount, *open) = (amount - some, *open - some);
            if *open == 0 {
                free.swap_remove(at);
            }
        }
    }
    out
}
