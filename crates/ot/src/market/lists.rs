//! The short lists of all rows.

use super::{Filter, MOST, Market, Offers};
use rayon::prelude::*;

/// Rows filled by one task.
const BLOCK: usize = 256;

/// For each row some columns with their costs, and a bound below which no other column's value lies.
pub(crate) struct Lists {
    columns: Vec<u32>,
    costs: Vec<f64>,
    heads: Vec<Head>,
    asked: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Head {
    len: u32,
    threshold: f64,
}

/// The two lowest values on a list and the column of the lowest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) first: f64,
    pub(crate) second: f64,
    pub(crate) column: usize,
}

impl Lists {
    /// How often the market was asked for a row.
    pub(crate) fn asked(&self) -> usize {
        self.asked
    }

    /// Empty lists: every first look at one asks the market.
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            columns: vec![0; rows * MOST],
            costs: vec![0.0; rows * MOST],
            heads: vec![Head { len: 0, threshold: f64::NEG_INFINITY }; rows],
            asked: 0,
        }
    }

    /// Bytes for one row.
    pub(crate) const BYTES: usize = MOST * 12 + size_of::<Head>();

    /// Fills all lists, in parallel where there are more than one block.
    pub(crate) fn fill(&mut self, market: &impl Market) {
        let block = |b: usize, columns: &mut [u32], costs: &mut [f64], heads: &mut [Head]| {
            let lists = columns.chunks_exact_mut(MOST).zip(costs.chunks_exact_mut(MOST)).zip(heads);
            for (r, ((columns, costs), head)) in lists.enumerate() {
                let mut offers = Offers::new(MOST, f64::INFINITY);
                market.offers(b * BLOCK + r, &mut offers, Filter::All);
                *head = store(&offers, columns, costs);
            }
        };
        if self.heads.len() <= BLOCK {
            return block(0, &mut self.columns, &mut self.costs, &mut self.heads);
        }
        self.columns
            .par_chunks_mut(BLOCK * MOST)
            .zip(self.costs.par_chunks_mut(BLOCK * MOST))
            .zip(self.heads.par_chunks_mut(BLOCK))
            .enumerate()
            .for_each(|(b, ((columns, costs), heads))| block(b, columns, costs, heads));
    }

    /// Asks the market for the present best offers to `row`.
    pub(crate) fn refill(&mut self, row: usize, market: &impl Market) {
        let limit = self.limit(row, market.prices());
        self.ask(row, limit, market, Filter::All);
    }

    /// Replaces the list by the best offers that `filter` lets through; the caller marks it stale afterwards.
    pub(crate) fn extend(&mut self, row: usize, limit: f64, market: &impl Market, filter: Filter<'_>) {
        self.ask(row, limit, market, filter);
    }

    fn ask(&mut self, row: usize, limit: f64, market: &impl Market, filter: Filter<'_>) {
        self.asked += 1;
        let mut offers = Offers::new(MOST, limit);
        market.offers(row, &mut offers, filter);
        let at = row * MOST..(row + 1) * MOST;
        self.heads[row] = store(&offers, &mut self.columns[at.clone()], &mut self.costs[at]);
    }

    /// Just above the worst present value of a full list: as many columns are at least that good.
    fn limit(&self, row: usize, prices: &[f64]) -> f64 {
        if !self.full(row) || self.stale(row) {
            return f64::INFINITY;
        }
        let (columns, costs) = self.row(row);
        let values = columns.iter().zip(costs).map(|(j, c)| c + prices[*j as usize]);
        values.fold(f64::NEG_INFINITY, f64::max).next_up()
    }

    /// Whether the list holds as many columns as it can.
    pub(crate) fn full(&self, row: usize) -> bool {
        self.heads[row].len as usize == MOST
    }

    /// Whether the list holds nothing that can be relied on.
    pub(crate) fn stale(&self, row: usize) -> bool {
        self.heads[row].threshold == f64::NEG_INFINITY
    }

    /// Makes the next look at `row` ask the market.
    pub(crate) fn spoil(&mut self, row: usize) {
        self.heads[row].threshold = f64::NEG_INFINITY;
    }

    /// No column outside the list of `row` has a value below this.
    pub(crate) fn threshold(&self, row: usize) -> f64 {
        self.heads[row].threshold
    }

    /// Columns and costs on the list of `row`.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let at = row * MOST..row * MOST + self.heads[row].len as usize;
        (&self.columns[at.clone()], &self.costs[at])
    }

    /// The two lowest values of `row` over all columns; asks the market if the list does not tell.
    pub(crate) fn pick(&mut self, row: usize, market: &impl Market) -> Pick {
        if !self.stale(row) {
            let pick = self.look(row, market.prices());
            if pick.second <= self.heads[row].threshold {
                return pick;
            }
        }
        self.refill(row, market);
        self.look(row, market.prices())
    }

    fn look(&self, row: usize, prices: &[f64]) -> Pick {
        let mut pick = Pick { first: f64::INFINITY, second: f64::INFINITY, column: 0 };
        let (columns, costs) = self.row(row);
        for (j, c) in columns.iter().zip(costs) {
            let value = c + prices[*j as usize];
            if value < pick.second {
                if value < pick.first {
                    pick = Pick { first: value, second: pick.first, column: *j as usize };
                } else {
                    pick.second = value;
                }
            }
        }
        pick
    }
}

fn store(offers: &Offers, columns: &mut [u32], costs: &mut [f64]) -> Head {
    let len = offers.columns().len();
    columns[..len].copy_from_slice(offers.columns());
    costs[..len].copy_from_slice(offers.costs());
    Head { len: len as u32, threshold: offers.worst() }
}
