//! Who holds how much of which column, and at what price.

use crate::simplex::Shipment;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// What nobody holds.
pub(super) const NOBODY: u32 = u32::MAX;

/// A part of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lot {
    pub(super) price: f64,
    pub(super) amount: i64,
    pub(super) row: u32,
}

impl Eq for Lot {}

impl Ord for Lot {
    /// The cheapest lot is the greatest: first on a heap.
    fn cmp(&self, other: &Self) -> Ordering {
        other.price.total_cmp(&self.price).then(other.row.cmp(&self.row)).then(self.amount.cmp(&other.amount))
    }
}

impl PartialOrd for Lot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The lots of all columns; the price of a column is that of its cheapest lot.
pub(super) struct Lots {
    columns: Vec<BinaryHeap<Lot>>,
    /// What each row has yet to ship.
    pub(super) left: Vec<i64>,
}

impl Lots {
    /// Nothing is held; every column of `demand` is one lot at its price.
    pub(super) fn new(supply: &[i64], demand: &[i64], prices: &[f64]) -> Self {
        let whole =
            |(amount, price): (&i64, &f64)| BinaryHeap::from([Lot { price: *price, amount: *amount, row: NOBODY }]);
        Self { columns: demand.iter().zip(prices).map(whole).collect(), left: supply.to_vec() }
    }

    /// Gives `row` what it has yet to ship, as far as lots of `column` below `price` reach, and raises its own lots
    /// to that price. Rows that had shipped everything and now lost some queue up in `outbid`. Returns the price of
    /// the column.
    pub(super) fn take(&mut self, row: u32, column: usize, price: f64, outbid: &mut VecDeque<u32>) -> f64 {
        let heap = &mut self.columns[column];
        let mut own = 0;
        while let Some(lot) = heap.peek().filter(|l| l.price < price).copied() {
            if lot.row == row {
                own += lot.amount;
                heap.pop();
                continue;
            }
            let want = self.left[row as usize];
            if want == 0 {
                break;
            }
            heap.pop();
            let amount = want.min(lot.amount);
            self.left[row as usize] -= amount;
            own += amount;
            if lot.row != NOBODY {
                let left = &mut self.left[lot.row as usize];
                if *left == 0 {
                    outbid.push_back(lot.row);
                }
                *left += amount;
            }
            if amount < lot.amount {
                heap.push(Lot { amount: lot.amount - amount, ..lot });
            }
        }
        heap.push(Lot { price, amount: own, row });
        heap.peek().map_or(price, |l| l.price)
    }

    /// Releases the lots whose row and column `keep` refuses, at the price of their column.
    pub(super) fn release(&mut self, keep: impl Fn(usize, usize) -> bool) {
        for (column, heap) in self.columns.iter_mut().enumerate() {
            let Some(price) = heap.peek().map(|l| l.price) else { continue };
            let mut free = 0;
            let left = &mut self.left;
            heap.retain(|lot| {
                let nobody = lot.row == NOBODY;
                let kept = !nobody && keep(lot.row as usize, column);
                if !kept {
                    free += lot.amount;
                    if !nobody {
                        left[lot.row as usize] += lot.amount;
                    }
                }
                kept
            });
            if free > 0 {
                heap.push(Lot { price, amount: free, row: NOBODY });
            }
        }
    }

    /// What is held, and what nobody holds: amounts of columns, by column.
    pub(super) fn shipments(self, cost: impl Fn(usize, usize) -> f64) -> (Vec<Shipment>, Vec<(usize, i64)>) {
        let mut held = Vec::with_capacity(self.left.len() + self.columns.len());
        let mut free = Vec::new();
        for (col, heap) in self.columns.into_iter().enumerate() {
            let mut lots = heap.into_vec();
            lots.sort_unstable_by_key(|l| l.row);
            for same in lots.chunk_by(|a, b| a.row == b.row) {
                let (row, amount) = (same[0].row, same.iter().map(|l| l.amount).sum());
                if row == NOBODY {
                    free.push((col, amount));
                } else {
                    held.push(Shipment { row, col: col as u32, amount, cost: cost(row as usize, col) });
                }
            }
        }
        (held, free)
    }
}
