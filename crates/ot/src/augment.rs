//! Shortest augmenting paths (Dijkstra on reduced costs) for a dense assignment.
//!
//! Reference: R. Jonker and A. Volgenant, Computing 38 (1987); D. Crouse, IEEE TAES 52 (2016).

use crate::Assignment;
use crate::simd::LANES;
use thalweg_core::Result;
use thalweg_core::wide;

/// Rows that the search may look at for each row before it is left to another solver: with many ties each path leads over half of
/// them. Few rows are always matched.
const LOOKS: usize = 6;
const FEW: usize = 1024;

/// No partner.
pub(crate) const FREE: usize = usize::MAX;

/// A partial assignment with dual potentials that are feasible and tight on the assigned pairs.
pub(crate) struct Augment<'a> {
    cost: &'a [f64],
    pub(crate) n: usize,
    pub(crate) column_of: Vec<usize>,
    pub(crate) row_of: Vec<usize>,
    pub(crate) u: Vec<f64>,
    pub(crate) v: Vec<f64>,
    /// Rows that paths may yet look at.
    looks: usize,
}

/// The state of one search, kept between searches for its memory.
struct Search {
    /// Length of the shortest path known to each column.
    distance: Vec<f64>,
    /// Infinite for columns whose distance is final, else zero.
    closed: Vec<f64>,
    /// The row before each column on its path.
    previous: Vec<u64>,
    visited: Vec<usize>,
}

impl<'a> Augment<'a> {
    /// Nothing assigned; all prices zero and row potentials to be set by the start.
    pub(crate) fn new(cost: &'a [f64], n: usize) -> Self {
        let looks = LOOKS * n + FEW;
        Self { cost, n, column_of: vec![FREE; n], row_of: vec![FREE; n], u: vec![0.0; n], v: vec![0.0; n], looks }
    }

    /// Row `i` of the costs.
    pub(crate) fn row(&self, i: usize) -> &'a [f64] {
        &self.cost[i * self.n..(i + 1) * self.n]
    }

    /// Gives column `j` to row `i`; returns the row that had it.
    pub(crate) fn give(&mut self, i: usize, j: usize) -> usize {
        self.column_of[i] = j;
        let before = std::mem::replace(&mut self.row_of[j], i);
        if before != FREE {
            self.column_of[before] = FREE;
        }
        before
    }

    /// Assigns every free row along a shortest path; false if the paths became long and another solver is better.
    ///
    /// # Errors
    /// What `stop` says; it is asked before each path.
    pub(crate) fn finish(&mut self, stop: &dyn Fn() -> Result<()>) -> Result<bool> {
        let mut open: Vec<usize> = (0..self.n).filter(|j| self.row_of[*j] == FREE).collect();
        let mut search = Search {
            distance: vec![0.0; self.n],
            closed: vec![0.0; self.n],
            previous: vec![0; self.n],
            visited: Vec::new(),
        };
        for row in 0..self.n {
            if self.column_of[row] == FREE {
                stop()?;
                if self.looks == 0 {
                    return Ok(false);
                }
                let column = self.augment(row, &mut search, &open);
                open.retain(|j| *j != column);
            }
        }
        Ok(true)
    }

    /// Finds the shortest path from `start` to a free column, updates the duals and flips the path.
    fn augment(&mut self, start: usize, s: &mut Search, free: &[usize]) -> usize {
        s.distance.fill(f64::INFINITY);
        s.closed.fill(0.0);
        s.visited.clear();
        self.u[start] = self.row(start).iter().zip(&self.v).fold(f64::INFINITY, |low, (c, v)| low.min(c - v));
        let (mut row, mut reach) = (start, 0.0);
        let sink = loop {
            let offset = reach - self.u[row];
            let (best, at) = relax(self.row(row), &self.v, offset, reach, row as u64, s);
            reach = best;
            self.looks = self.looks.saturating_sub(1);
            // A free column as near as the nearest ends the search: with many ties this saves most of it.
            if let Some(j) = free.iter().find(|j| s.distance[**j] <= best) {
                break *j;
            }
            s.visited.push(at);
            s.closed[at] = f64::INFINITY;
            row = self.row_of[at];
        };
        self.u[start] += reach;
        for &j in &s.visited {
            let slack = reach - s.distance[j];
            self.v[j] -= slack;
            self.u[self.row_of[j]] += slack;
        }
        let mut column = sink;
        loop {
            let row = s.previous[column] as usize;
            self.row_of[column] = row;
            let next = std::mem::replace(&mut self.column_of[row], column);
            if row == start {
                return sink;
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

wide! {
    /// Shortens the distances through one row and returns the nearest open column and its distance.
    fn relax(cost: &[f64], v: &[f64], offset: f64, reach: f64, row: u64, s: &mut Search) -> (f64, usize) {
        let n = cost.len();
        let (v, distance, closed, previous) =
            (&v[..n], &mut s.distance[..n], &s.closed[..n], &mut s.previous[..n]);
        let mut best = [f64::INFINITY; LANES];
        let mut at = [0_i64; LANES];
        let whole = n - n % LANES;
        for k in (0..whole).step_by(LANES) {
            for l in 0..LANES {
                let j = k + l;
                // Rounding may put a tight arc below zero; a path never gets shorter by an arc.
                let through = (cost[j] - v[j]) + offset;
                let through = if through > reach { through } else { reach };
                let shorter = through < distance[j];
                distance[j] = if shorter { through } else { distance[j] };
                previous[j] = if shorter { row } else { previous[j] };
                let key = distance[j] + closed[j];
                let less = key < best[l];
                at[l] = if less { j as i64 } else { at[l] };
                best[l] = if less { key } else { best[l] };
            }
        }
        let (mut nearest, mut place) = (f64::INFINITY, 0);
        for l in 0..LANES {
            if best[l] < nearest {
                (nearest, place) = (best[l], at[l] as usize);
            }
        }
        for j in whole..n {
            let through = ((cost[j] - v[j]) + offset).max(reach);
            if through < distance[j] {
                (distance[j], previous[j]) = (through, row);
            }
            if distance[j] + closed[j] < nearest {
                (nearest, place) = (distance[j], j);
            }
        }
        (nearest, place)
    }
}
