//! Shortest augmenting paths (Dijkstra on reduced costs) for a dense assignment.
//!
//! Reference: R. Jonker and A. Volgenant, Computing 38 (1987); D. Crouse, IEEE TAES 52 (2016).

use crate::Assignment;

/// No partner.
pub(crate) const FREE: usize = usize::MAX;

/// A partial assignment with dual potentials that are feasible and tight on the assigned pairs.
pub(crate) struct Augment<'a> {
    cost: &'a [f64],
    n: usize,
    pub(crate) column_of: Vec<usize>,
    pub(crate) row_of: Vec<usize>,
    pub(crate) u: Vec<f64>,
    pub(crate) v: Vec<f64>,
}

impl<'a> Augment<'a> {
    /// Nothing assigned; `u` is the minimum of each row and `v` is zero.
    pub(crate) fn new(cost: &'a [f64], n: usize) -> Self {
        let u = cost.chunks_exact(n).map(|r| r.iter().copied().fold(f64::INFINITY, f64::min)).collect();
        Self { cost, n, column_of: vec![FREE; n], row_of: vec![FREE; n], u, v: vec![0.0; n] }
    }

    /// Assigns every free row along a shortest path.
    pub(crate) fn finish(&mut self) {
        let mut distance = vec![0.0; self.n];
        let mut previous = vec![FREE; self.n];
        let mut open: Vec<usize> = Vec::with_capacity(self.n);
        for row in 0..self.n {
            if self.column_of[row] == FREE {
                self.augment(row, &mut distance, &mut previous, &mut open);
            }
        }
    }

    /// Finds the shortest path from `start` to a free column, updates the duals and flips the path.
    fn augment(&mut self, start: usize, distance: &mut [f64], previous: &mut [usize], open: &mut Vec<usize>) {
        let n = self.n;
        distance.fill(f64::INFINITY);
        open.clear();
        open.extend(0..n);
        let mut closed: Vec<usize> = Vec::new();
        let (mut row, mut reach) = (start, 0.0);
        let sink = loop {
            let costs = &self.cost[row * n..(row + 1) * n];
            let (mut best, mut best_at) = (f64::INFINITY, 0);
            for (k, &j) in open.iter().enumerate() {
                let through = reach + (costs[j] - self.u[row] - self.v[j]).max(0.0);
                if through < distance[j] {
                    distance[j] = through;
                    previous[j] = row;
                }
                if distance[j] < best || (distance[j] == best && self.row_of[j] == FREE) {
                    (best, best_at) = (distance[j], k);
                }
            }
            let column = open.swap_remove(best_at);
            reach = best;
            if self.row_of[column] == FREE {
                break column;
            }
            closed.push(column);
            row = self.row_of[column];
        };
        self.u[start] += reach;
        for &j in &closed {
            let slack = reach - distance[j];
            self.v[j] -= slack;
            self.u[self.row_of[j]] += slack;
        }
        let mut column = sink;
        loop {
            let row = previous[column];
            self.row_of[column] = row;
            let next = std::mem::replace(&mut self.column_of[row], column);
            if row == start {
                break;
            }
            column = next;
        }
    }

    /// The complete assignment.
    pub(crate) fn assignment(self) -> Assignment {
        let cost = self.column_of.iter().enumerate().map(|(i, &j)| self.cost[i * self.n + j]).sum();
        Assignment { target: self.column_of, cost, source_potential: self.u, target_potential: self.v }
    }
}
