//! Shortest augmenting paths on short lists.
//!
//! The end of a list is an event on the heap like a column: when the search gets that far, the market is asked for the
//! columns that a path over this row would still bring nearer. So the search is exact on the dense problem.

use super::{FREE, Filter, Lists, Market, State};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use thalweg_core::{Error, Result};

/// Marks a heap entry as the end of a row's list.
const END: u32 = 1 << 31;
/// Entries taken from the heap between two questions whether to go on.
const ASKED: usize = 4096;
/// How much farther than the end of its list a row looks at a time.
const FARTHER: f64 = 3.0;
/// A search from many rows ends when it has served some and then gone on for this many times as long in vain.
const PATIENCE: usize = 2;

/// How far a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Along the lists as they are. Cheap, but the duals it leaves may be infeasible off the lists.
    Lists,
    /// Everywhere.
    Market,
}

/// The memory of a search.
pub(crate) struct Paths {
    scale: f64,
    /// Length of the shortest path known to each column.
    label: Vec<f64>,
    /// The row before each column on that path.
    previous: Vec<u32>,
    /// The free row from which each row was reached.
    root: Vec<u32>,
    /// Search in which a column's label became final, a row's list was filled, a root got its column.
    closed: Vec<u32>,
    filled: Vec<u32>,
    served: Vec<u32>,
    touched: Vec<u32>,
    scanned: Vec<u32>,
    spoilt: Vec<u32>,
    sinks: Vec<u32>,
    /// Lengths are not negative, so their bits are in order.
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    search: u32,
    reach: Reach,
    /// Labels of this length or longer are of no use.
    limit: f64,
    /// With a single root nothing longer than the shortest path to a free column is of use.
    single: bool,
    popped: usize,
}

impl Paths {
    /// For `n` rows and columns whose costs are at most `scale`.
    pub(crate) fn new(n: usize, scale: f64) -> Self {
        Self {
            scale,
            label: vec![f64::INFINITY; n],
            previous: vec![FREE; n],
            root: vec![FREE; n],
            closed: vec![0; n],
            filled: vec![0; n],
            served: vec![0; n],
            touched: Vec::new(),
            scanned: Vec::new(),
            spoilt: Vec::new(),
            sinks: Vec::new(),
            heap: BinaryHeap::new(),
            search: 0,
            reach: Reach::Market,
            limit: f64::INFINITY,
            single: false,
            popped: 0,
        }
    }

    /// Assigns every free row along a shortest path.
    ///
    /// # Errors
    /// What `stop` says; it is asked before each path and during long ones.
    pub(crate) fn finish<M: Market>(
        &mut self,
        market: &mut M,
        lists: &mut Lists,
        state: &mut State,
        stop: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        let mut root = Vec::with_capacity(1);
        for row in 0..market.rows() {
            if state.column_of[row] == FREE {
                stop()?;
                root.push(row as u32);
                self.augment(&mut root, Reach::Market, market, lists, state, stop)?;
                if !root.is_empty() {
                    return Err(Error::failed(format!("Row {row} of an assignment found no column.")));
                }
            }
        }
        Ok(())
    }

    /// One search from all of `roots` at once, which are free rows; those that reached a free column leave the list.
    ///
    /// Trees of different roots share no column, so their paths can all be used. Within [`Reach::Market`] at least one
    /// root is served.
    ///
    /// # Errors
    /// What `stop` says.
    pub(crate) fn augment<M: Market>(
        &mut self,
        roots: &mut Vec<u32>,
        reach: Reach,
        market: &mut M,
        lists: &mut Lists,
        state: &mut State,
        stop: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        self.search += 1;
        (self.reach, self.limit, self.single) = (reach, f64::INFINITY, roots.len() == 1);
        for &row in roots.iter() {
            state.u[row as usize] = lists.pick(row as usize, market).first;
            self.root[row as usize] = row;
            self.scan(row as usize, 0.0, market, lists, state);
        }
        let last = self.grow(roots.len(), market, lists, state, stop)?;
        self.raise(roots, last, market, state);
        self.flip(state);
        roots.retain(|r| state.column_of[*r as usize] == FREE);
        self.forget(lists);
        Ok(())
    }

    /// Makes labels final in order of length; returns the last length.
    fn grow<M: Market>(
        &mut self,
        roots: usize,
        market: &M,
        lists: &mut Lists,
        state: &State,
        stop: &dyn Fn() -> Result<()>,
    ) -> Result<f64> {
        let (mut steps, mut success, mut last) = (0, 0, 0.0);
        while let Some(Reverse((bits, id))) = self.heap.pop() {
            steps += 1;
            if !self.sinks.is_empty() && steps > PATIENCE * success + 64 {
                break;
            }
            self.popped += 1;
            if self.popped.is_multiple_of(ASKED) {
                stop()?;
            }
            let distance = f64::from_bits(bits);
            if id & END != 0 {
                if distance < self.limit {
                    self.extend((id & !END) as usize, distance, market, lists, state);
                }
                continue;
            }
            let column = id as usize;
            if self.closed[column] == self.search {
                continue;
            }
            self.closed[column] = self.search;
            self.scanned.push(id);
            last = distance;
            let root = self.root[self.previous[column] as usize];
            let row = state.row_of[column] as usize;
            if state.row_of[column] != FREE {
                self.root[row] = root;
                self.scan(row, distance, market, lists, state);
            } else if self.served[root as usize] != self.search {
                self.served[root as usize] = self.search;
                self.sinks.push(id);
                success = steps;
                if self.sinks.len() == roots {
                    break;
                }
            }
        }
        Ok(last)
    }

    /// Shortens labels through `row`, which is reached at `distance`.
    fn scan<M: Market>(&mut self, row: usize, distance: f64, market: &M, lists: &mut Lists, state: &State) {
        if lists.stale(row) {
            lists.refill(row, market);
            self.filled[row] = self.search;
        }
        self.relax(row, distance, market, lists, state);
        self.await_end(row, distance, lists, state);
    }

    fn relax<M: Market>(&mut self, row: usize, distance: f64, market: &M, lists: &Lists, state: &State) {
        let offset = distance - state.u[row];
        let prices = market.prices();
        let (columns, costs) = lists.row(row);
        for (&j, c) in columns.iter().zip(costs) {
            // Rounding may put a tight arc below zero; a path never gets shorter by an arc.
            let through = ((c + prices[j as usize]) + offset).max(distance);
            let label = &mut self.label[j as usize];
            if through < *label && through < self.limit {
                if *label == f64::INFINITY {
                    self.touched.push(j);
                }
                *label = through;
                self.previous[j as usize] = row as u32;
                if self.single && state.row_of[j as usize] == FREE {
                    self.limit = through.next_up();
                }
                self.heap.push(Reverse((through.to_bits(), j)));
            }
        }
    }

    fn await_end(&mut self, row: usize, distance: f64, lists: &Lists, state: &State) {
        let end = (lists.threshold(row) + (distance - state.u[row])).max(distance);
        if self.reach == Reach::Market && end < self.limit {
            self.heap.push(Reverse((end.to_bits(), row as u32 | END)));
        }
    }

    /// The search has come to the end of the list of `row`.
    fn extend<M: Market>(&mut self, row: usize, end: f64, market: &M, lists: &mut Lists, state: &State) {
        // Where the row was reached: at its column, or at the start.
        let column = state.column_of[row];
        let distance = if column == FREE { 0.0 } else { self.label[column as usize] };
        if self.filled[row] != self.search {
            self.filled[row] = self.search;
            lists.refill(row, market);
            self.relax(row, distance, market, lists, state);
            self.await_end(row, distance, lists, state);
            return;
        }
        let offset = distance - state.u[row];
        let ahead = end - distance;
        let far = if ahead > f64::EPSILON * self.scale && ahead < self.scale {
            distance + FARTHER * ahead
        } else {
            f64::INFINITY
        };
        let filter = Filter::Lowering { label: &self.label, offset, distance };
        lists.extend(row, far.min(self.limit) - offset, market, filter);
        self.spoilt.push(row as u32);
        self.relax(row, distance, market, lists, state);
        if far < self.limit || lists.full(row) {
            self.await_end(row, distance, lists, state);
        }
    }

    /// Raises the prices of what was reached so that every path of the search is tight.
    fn raise<M: Market>(&mut self, roots: &[u32], last: f64, market: &mut M, state: &mut State) {
        for r in roots {
            state.u[*r as usize] += last;
        }
        for &j in &self.scanned {
            let slack = last - self.label[j as usize];
            if slack > 0.0 {
                let price = market.prices()[j as usize] + slack;
                market.raise(j as usize, price);
                let row = state.row_of[j as usize];
                if row != FREE {
                    state.u[row as usize] += slack;
                }
            }
        }
    }

    /// Exchanges columns along the path to each sink.
    fn flip(&mut self, state: &mut State) {
        for sink in self.sinks.drain(..) {
            let root = self.root[self.previous[sink as usize] as usize];
            let mut column = sink;
            loop {
                let row = self.previous[column as usize];
                state.row_of[column as usize] = row;
                let next = std::mem::replace(&mut state.column_of[row as usize], column);
                if row == root {
                    break;
                }
                column = next;
            }
        }
    }

    fn forget(&mut self, lists: &mut Lists) {
        for j in self.touched.drain(..) {
            self.label[j as usize] = f64::INFINITY;
        }
        for i in self.spoilt.drain(..) {
            lists.spoil(i as usize);
        }
        self.scanned.clear();
        self.heap.clear();
    }
}
