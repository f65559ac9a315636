//! Whether mass can be moved at all: a maximum flow along the permitted pairs.
//!
//! Dinic's blocking flows on the bipartite graph, whose arcs are read off the matrix. Reference: E. Dinitz, Soviet Math. Doklady 11
//! (1970); the set of sources that proves a shortage is that of D. Gale, Pacific J. Math. 7 (1957).

use super::ROUNDING;
use crate::CostMatrix;
use crate::simplex::Masses;
use std::collections::VecDeque;
use thalweg_core::{Context, Error, Result};

const NONE: u32 = u32::MAX;

/// Refuses weights of which more than rounding cannot be moved along finite costs.
pub(super) fn refuse(ctx: &Context, a: &[f64], b: &[f64], costs: &CostMatrix) -> Result<()> {
    let masses = Masses::new(a, b)?;
    let mut ways = Ways::new(&masses, costs);
    ways.begin();
    while ways.levels() {
        ctx.check_stop()?;
        ways.block();
    }
    let unit = 1.0 / masses.total as f64;
    let left = ways.supply.iter().sum::<i64>() as f64 * unit;
    if left <= ROUNDING {
        return Ok(());
    }
    // The rows that the last search reached, and all columns that they may send to.
    let rows: Vec<usize> = (0..a.len()).filter(|i| ways.row[*i] != NONE).collect();
    let cols: Vec<usize> = (0..b.len()).filter(|j| ways.col[*j] != NONE && b[*j] > 0.0).collect();
    let mass = |of: &[i64], at: &[usize]| at.iter().map(|k| of[*k]).sum::<i64>() as f64 * unit;
    let (has, takes) = (mass(&masses.supply, &rows), mass(&masses.demand, &cols));
    let who = match rows[..] {
        [one] => format!("source {one} (counted from 0)"),
        [first, ..] => format!("{} sources (the first is {first}, counted from 0)", rows.len()),
        [] => "no source".to_owned(),
    };
    let share = |part: f64| format!("{:.6} %", 100.0 * part);
    Err(Error::input(format!(
        "No plan avoids the forbidden pairs: {who} with {} of the mass may send to {} targets that take {}, and {} is left over.",
        share(has),
        cols.len(),
        share(takes),
        share(left)
    ))
    .advise("Permit more pairs, change the weights, or let mass be created and destroyed (unbalanced)."))
}

/// A flow from rows to columns, and the levels of a search.
struct Ways<'a> {
    costs: &'a CostMatrix,
    /// What rows have left and columns have room for.
    supply: Vec<i64>,
    room: Vec<i64>,
    /// Amounts that each column takes, by row; a row may come more than once.
    taken: Vec<Vec<(u32, i64)>>,
    row: Vec<u32>,
    col: Vec<u32>,
    /// Where each node goes on to look for a way.
    next_col: Vec<usize>,
    next_row: Vec<usize>,
}

impl<'a> Ways<'a> {
    fn new(masses: &Masses, costs: &'a CostMatrix) -> Self {
        let (n, m) = (costs.rows(), costs.cols());
        Self {
            costs,
            supply: masses.supply.clone(),
            room: masses.demand.clone(),
            taken: vec![Vec::new(); m],
            row: vec![NONE; n],
            col: vec![NONE; m],
            next_col: vec![0; n],
            next_row: vec![0; m],
        }
    }

    /// Each row in turn, those with the fewest ways first, fills what room it finds.
    fn begin(&mut self) {
        let ways = |i: usize| self.costs.row(i).iter().filter(|c| c.is_finite()).count();
        let mut order: Vec<(usize, usize)> = (0..self.supply.len()).map(|i| (ways(i), i)).collect();
        order.sort_unstable();
        for (_, i) in order {
            for (j, c) in self.costs.row(i).iter().enumerate() {
                let amount = self.supply[i].min(self.room[j]);
                if amount > 0 && c.is_finite() {
                    self.ship(i, j, amount);
                    self.supply[i] -= amount;
                    self.room[j] -= amount;
                }
            }
        }
    }

    fn ship(&mut self, i: usize, j: usize, amount: i64) {
        self.taken[j].push((i as u32, amount));
    }

    /// Levels of all nodes from the rows that have mass left; whether a column with room was among them.
    fn levels(&mut self) -> bool {
        self.row.fill(NONE);
        self.col.fill(NONE);
        self.next_col.fill(0);
        self.next_row.fill(0);
        let n = self.supply.len();
        let mut queue: VecDeque<usize> = (0..n).filter(|i| self.supply[*i] > 0).collect();
        queue.iter().for_each(|i| self.row[*i] = 0);
        let mut found = false;
        while let Some(x) = queue.pop_front() {
            if x < n {
                for (j, c) in self.costs.row(x).iter().enumerate() {
                    if c.is_finite() && self.col[j] == NONE {
                        self.col[j] = self.row[x] + 1;
                        found |= self.room[j] > 0;
                        queue.push_back(n + j);
                    }
                }
            } else {
                for &(i, amount) in &self.taken[x - n] {
                    if amount > 0 && self.row[i as usize] == NONE {
                        self.row[i as usize] = self.col[x - n] + 1;
                        queue.push_back(i as usize);
                    }
                }
            }
        }
        found
    }

    /// Fills the ways that lead up level by level until none is left.
    fn block(&mut self) {
        for start in 0..self.supply.len() {
            while self.supply[start] > 0 && self.advance(start) {}
        }
    }

    /// One way from `start`; false if there is none.
    fn advance(&mut self, start: usize) -> bool {
        // The rows of the way; each but the first gives up its entry `next_row` of the column before it.
        let mut rows = vec![start];
        let mut cols: Vec<usize> = Vec::new();
        while let Some(&i) = rows.last() {
            let costs = self.costs.row(i);
            let up = |j: &usize| costs[*j].is_finite() && self.col[*j] == self.row[i] + 1;
            let Some(j) = (self.next_col[i]..costs.len()).find(up) else {
                // Nothing leads on from here: the one before looks at its next.
                self.next_col[i] = costs.len();
                rows.pop();
                if let Some(j) = cols.pop() {
                    self.next_row[j] += 1;
                    let before = rows.last().copied().unwrap_or(start);
                    if !self.step_back(j, &mut rows, &mut cols) {
                        self.next_col[before] += 1;
                    }
                }
                continue;
            };
            self.next_col[i] = j;
            if self.room[j] > 0 {
                self.augment(&rows, &cols, j);
                return true;
            }
            if !self.step_back(j, &mut rows, &mut cols) {
                self.next_col[i] += 1;
            }
        }
        false
    }

    /// Goes on over a row from which column `j` takes something, if one leads up.
    fn step_back(&mut self, j: usize, rows: &mut Vec<usize>, cols: &mut Vec<usize>) -> bool {
        let up = |k: &usize| {
            let (i, amount) = self.taken[j][*k];
            amount > 0 && self.row[i as usize] == self.col[j] + 1
        };
        match (self.next_row[j]..self.taken[j].len()).find(up) {
            Some(k) => {
                self.next_row[j] = k;
                cols.push(j);
                rows.push(self.taken[j][k].0 as usize);
                true
            }
            None => {
                self.next_row[j] = self.taken[j].len();
                false
            }
        }
    }

    /// Sends along `rows` and `cols`, which alternate, to the column `last`.
    fn augment(&mut self, rows: &[usize], cols: &[usize], last: usize) {
        let given = |j: &usize| self.taken[*j][self.next_row[*j]].1;
        let amount = cols.iter().map(given).fold(self.supply[rows[0]].min(self.room[last]), i64::min);
        self.supply[rows[0]] -= amount;
        self.room[last] -= amount;
        for &j in cols {
            let at = self.next_row[j];
            self.taken[j][at].1 -= amount;
        }
        for (k, &i) in rows.iter().enumerate() {
            self.ship(i, cols.get(k).copied().unwrap_or(last), amount);
        }
    }
}
