//! Shipments made a forest: every cycle is emptied in the direction that costs less.

use crate::simplex::Shipment;

const NONE: u32 = u32::MAX;

/// A forest of the nodes rows, then columns, with the shipment of each to its parent.
pub(super) struct Forest {
    rows: usize,
    parent: Vec<u32>,
    amount: Vec<i64>,
    cost: Vec<f64>,
    /// Union-find: the tree of each node.
    tree: Vec<u32>,
    size: Vec<u32>,
    /// Last walk that came by a node.
    seen: Vec<u32>,
    walk: u32,
}

impl Forest {
    /// Nodes without shipments.
    pub(super) fn new(rows: usize, cols: usize) -> Self {
        let nodes = rows + cols;
        Self {
            rows,
            parent: vec![NONE; nodes],
            amount: vec![0; nodes],
            cost: vec![0.0; nodes],
            tree: (0..nodes as u32).collect(),
            size: vec![1; nodes],
            seen: vec![0; nodes],
            walk: 0,
        }
    }

    /// Adds a shipment; if it closes a cycle, another or itself is emptied.
    pub(super) fn add(&mut self, s: Shipment) {
        let (i, j) = (s.row, (self.rows + s.col as usize) as u32);
        let (a, b) = (self.tree_of(i), self.tree_of(j));
        if a == b {
            return self.cancel(i, j, s);
        }
        let (small, large, node, other) =
            if self.size[a as usize] < self.size[b as usize] { (a, b, i, j) } else { (b, a, j, i) };
        self.tree[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
        self.hang(node, other, s.amount, s.cost, NONE);
    }

    /// What is shipped.
    pub(super) fn shipments(&self) -> Vec<Shipment> {
        let carries = (0..self.parent.len()).filter(|x| self.parent[*x] != NONE && self.amount[*x] > 0);
        carries
            .map(|x| {
                let p = self.parent[x];
                let (row, col) = if x < self.rows { (x as u32, p) } else { (p, x as u32) };
                Shipment { row, col: col - self.rows as u32, amount: self.amount[x], cost: self.cost[x] }
            })
            .collect()
    }

    fn tree_of(&mut self, node: u32) -> u32 {
        let mut x = node as usize;
        while self.tree[x] as usize != x {
            let above = self.tree[self.tree[x] as usize];
            self.tree[x] = above;
            x = above as usize;
        }
        x as u32
    }

    /// Turns the way from `node` up to `last` (or to the top) round and hangs it below `parent`.
    fn hang(&mut self, node: u32, parent: u32, amount: i64, cost: f64, last: u32) {
        let (mut x, mut above, mut amount, mut cost) = (node, parent, amount, cost);
        loop {
            let k = x as usize;
            let next = std::mem::replace(&mut self.parent[k], above);
            std::mem::swap(&mut self.amount[k], &mut amount);
            std::mem::swap(&mut self.cost[k], &mut cost);
            if x == last || next == NONE {
                return;
            }
            (above, x) = (x, next);
        }
    }

    /// Ships round the cycle that `s` closes until a shipment is empty.
    fn cancel(&mut self, i: u32, j: u32, s: Shipment) {
        let meet = self.meet(i, j);
        // More from i to j means less on the arcs of rows on i's side and of columns on j's side.
        let less = |from_row: bool, x: usize| (x < self.rows) == from_row;
        let (mut gain, mut down, mut up) = (s.cost, (i64::MAX, NONE, true), (s.amount, NONE, true));
        for (start, from_row) in [(i, true), (j, false)] {
            let mut x = start;
            while x != meet {
                let k = x as usize;
                let blocking = if less(from_row, k) { &mut down } else { &mut up };
                if self.amount[k] < blocking.0 {
                    *blocking = (self.amount[k], x, from_row);
                }
                gain += if less(from_row, k) { -self.cost[k] } else { self.cost[k] };
                x = self.parent[k];
            }
        }
        let (theta, leaving, from_row) = if gain <= 0.0 { down } else { (-up.0, up.1, up.2) };
        for (start, from_row) in [(i, true), (j, false)] {
            let mut x = start;
            while x != meet {
                let k = x as usize;
                self.amount[k] += if (k < self.rows) == from_row { -theta } else { theta };
                x = self.parent[k];
            }
        }
        if leaving != NONE {
            let (node, parent) = if from_row { (i, j) } else { (j, i) };
            self.hang(node, parent, s.amount + theta, s.cost, leaving);
        }
    }

    /// The lowest node above both, found by walking up from both in turn.
    fn meet(&mut self, i: u32, j: u32) -> u32 {
        self.walk += 1;
        let (mut x, mut y) = (i, j);
        loop {
            if x != NONE {
                if std::mem::replace(&mut self.seen[x as usize], self.walk) == self.walk {
                    return x;
                }
                x = self.parent[x as usize];
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn a_forest_ships_the_same_amounts_for_no_more() {
        for seed in 0..3 {
            let (rows, cols) = (12, 9);
            let mut stream = Stream::new(seed, "forest", 0);
            let shipments: Vec<Shipment> = (0..rows * cols)
                .filter(|k| k % 3 > 0)
                .map(|k| Shipment {
                    row: (k / cols) as u32,
                    col: (k % cols) as u32,
                    amount: 1 + (stream.bits() % 5) as i64,
                    cost: (stream.bits() % 7) as f64,
                })
                .collect();
            let mut forest = Forest::new(rows, cols);
            shipments.iter().for_each(|s| forest.add(*s));
            let kept = forest.shipments();
            assert!(kept.len() < rows + cols && kept.iter().all(|s| s.amount > 0));
            let sums = |shipments: &[Shipment]| {
                let mut sums = vec![0; rows + cols];
                for s in shipments {
                    sums[s.row as usize] += s.amount;
                    sums[rows + s.col as usize] += s.amount;
                }
                sums
            };
            let cost = |s: &[Shipment]| s.iter().map(|s| s.amount as f64 * s.cost).sum::<f64>();
            assert_eq!(sums(&kept), sums(&shipments));
            assert!(cost(&kept) <= cost(&shipments));
        }
    }
}
