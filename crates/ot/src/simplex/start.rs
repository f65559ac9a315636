//! Strongly feasible bases to start from.

use super::tree::Tree;
use crate::CostMatrix;

/// A positive amount that a row ships to a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shipment {
    pub(crate) row: u32,
    pub(crate) col: u32,
    pub(crate) amount: i64,
    pub(crate) cost: f64,
}

/// Each row in turn ships to its cheapest open columns.
pub(super) fn greedy(supply: &[i64], demand: &[i64], cost: &CostMatrix) -> Tree {
    let (n, m) = (supply.len(), demand.len());
    let mut shipments = Vec::with_capacity(n + m);
    let mut left = demand.to_vec();
    let mut open: Vec<usize> = (0..m).collect();
    for i in 0..n {
        let mut supply = supply[i];
        while supply > 0 {
            let row = cost.row(i);
            let mut best = 0;
            for k in 1..open.len() {
                if row[open[k]] < row[open[best]] {
                    best = k;
                }
            }
            let j = open[best];
            let amount = supply.min(left[j]);
            supply -= amount;
            left[j] -= amount;
            shipments.push(Shipment { row: i as u32, col: j as u32, amount, cost: row[j] });
            if left[j] == 0 {
                open.swap_remove(best);
            }
        }
    }
    // A column that nobody else wants has price 0: put the highest of each tree there.
    grow(n, &vec![0.0; m], &shipments)
}

/// The basis of `shipments`, which are a forest: its trees hang from the root by a row, each with its column potentials
/// as high as those `wanted` allow.
pub(crate) fn grow(n: usize, wanted: &[f64], shipments: &[Shipment]) -> Tree {
    let m = wanted.len();
    let arcs = Neighbours::new(n, m, shipments);
    let mut tree = Tree::new(n, m);
    let mut seen = vec![false; n + m];
    let mut order = Vec::with_capacity(n + m);
    for top in 0..n {
        if std::mem::replace(&mut seen[top], true) {
            continue;
        }
        tree.hang(top, tree.root(), 0);
        let start = order.len();
        order.push(top);
        let mut highest = f64::NEG_INFINITY;
        let mut k = start;
        while k < order.len() {
            let x = order[k];
            k += 1;
            for &s in arcs.of(x) {
                let s = shipments[s as usize];
                let y = if x < n { n + s.col as usize } else { s.row as usize };
                if !std::mem::replace(&mut seen[y], true) {
                    tree.hang(y, x, s.amount);
                    tree.potential[y] = s.cost - tree.potential[x];
                    if y >= n {
                        highest = highest.max(tree.potential[y] - wanted[y - n]);
                    }
                    order.push(y);
                }
            }
        }
        for &x in &order[start..] {
            tree.potential[x] += if x < n { highest } else { -highest };
        }
    }
    tree.measure(&order);
    tree
}

/// The shipments of each node, one after another.
struct Neighbours {
    start: Vec<u32>,
    shipments: Vec<u32>,
}

impl Neighbours {
    fn new(n: usize, m: usize, shipments: &[Shipment]) -> Self {
        let ends = |s: &Shipment| [s.row as usize, n + s.col as usize];
        let mut start = vec![0_u32; n + m + 1];
        for x in shipments.iter().flat_map(ends) {
            start[x + 1] += 1;
        }
        for x in 0..n + m {
            start[x + 1] += start[x];
        }
        let mut free = start.clone();
        let mut list = vec![0; 2 * shipments.len()];
        for (k, s) in shipments.iter().enumerate() {
            for x in ends(s) {
                list[free[x] as usize] = k as u32;
                free[x] += 1;
            }
        }
        Self { start, shipments: list }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.shipments[self.start[node] as usize..self.start[node + 1] as usize]
    }
}
