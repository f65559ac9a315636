//! An auction whose epsilon follows the data row by row, and the pass that ends it without epsilon.

use super::{FREE, Lists, MOST, Market, Paths, Reach, State};
use thalweg_core::Result;

/// Last epsilon in steps of a row, and the factor from one to the next.
const LAST: f64 = 0.05;
const FACTOR: f64 = 0.2;
/// Bids that one free row may set off, besides one for every row: a longer war is ended by a shortest path, which moves
/// all its prices at once.
const CHAIN: usize = 500;
/// Searches beyond the lists that one phase may spend on its wars.
const SEARCHES: usize = 8;
/// Such searches in all after which a contest is left to another solver.
const CONTEST: usize = 2;
/// Bids of a phase that never make a contest.
const FEW: usize = 1024;
/// Share of rows whose whole list is worth the same, above which it is a contest from the start.
const TIED: f64 = 0.25;
/// Bids a row of the pass without epsilon.
const LAST_BIDS: usize = 8;
/// Bids between two questions whether to go on.
const ASKED: usize = 4096;

/// How much an auction may take before what it tries is a contest.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Bids a row of one phase.
    pub(crate) bids: usize,
    /// Questions to the market in all, after which prices pass the lists as fast as it fills them.
    pub(crate) questions: usize,
}

/// The unit of each row's epsilon.
pub(crate) struct Steps {
    /// Rounding of a value: what counts as nothing.
    nothing: f64,
    row: Vec<f64>,
}

impl Steps {
    /// The geometric mean of a row's own step, which is the mean distance between neighbours on its list, and the mean
    /// step of all rows.
    ///
    /// One step for all makes the prices rough where points are dense; each its own makes long wars where a chain
    /// of bids leads from sparse to dense. Measured on clouds from uniform to heavy tails, the middle was best.
    pub(crate) fn new(market: &impl Market, lists: &Lists) -> Self {
        let prices = market.prices();
        let step = |i: usize| {
            let (columns, costs) = lists.row(i);
            let value = |k: usize| costs[k] + prices[columns[k] as usize];
            (value(columns.len() - 1) - value(0)) / columns.len() as f64
        };
        let own: Vec<f64> = (0..market.rows()).map(step).collect();
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        let row = own.into_iter().map(|s| s.max(0.0).sqrt() * mean.max(0.0).sqrt()).collect();
        Self { nothing: 4.0 * f64::EPSILON * market.scale(), row }
    }

    /// Whether many rows do not care which of many columns they get.
    fn tied(&self) -> bool {
        let indifferent = self.row.iter().filter(|s| **s <= self.nothing).count();
        self.row.len() > MOST && indifferent as f64 > TIED * self.row.len() as f64
    }

    pub(crate) fn epsilon(&self, row: usize, factor: f64) -> f64 {
        (self.row[row] * factor).max(self.nothing)
    }
}

/// Bids under an epsilon that falls from `first` steps until nearly every row has a column within [`LAST`] steps of its best;
/// false if it is a contest: rows that bid each other up without end, as between clusters of unequal mass, which are left to another
/// solver.
///
/// # Errors
/// What `stop` says.
pub(crate) fn bid_down<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    state: &mut State,
    steps: &Steps,
    first: f64,
    patience: Patience,
    stop: &dyn Fn() -> Result<()>,
) -> Result<bool> {
    let n = market.rows();
    if steps.tied() {
        return Ok(false);
    }
    let (mut waiting, mut stuck) = (Vec::with_capacity(n), Vec::new());
    let mut paths = Paths::new(n, market.scale());
    let (mut factor, mut searches) = (first, 0);
    loop {
        let epsilon = |row: usize| steps.epsilon(row, factor);
        loosen(market, lists, state, epsilon, &mut waiting);
        if !phase(market, lists, state, epsilon, &mut waiting, &mut stuck, patience, stop)? {
            return Ok(false);
        }
        searches += end_wars(market, lists, state, &mut paths, &mut stuck, stop)?;
        if searches > CONTEST {
            return Ok(false);
        }
        if factor <= LAST {
            return Ok(true);
        }
        factor = (factor * FACTOR).max(LAST);
    }
}

/// Frees the rows whose column is not within epsilon of their best and lines up all free rows.
fn loosen<M: Market>(
    market: &M,
    lists: &mut Lists,
    state: &mut State,
    epsilon: impl Fn(usize) -> f64,
    waiting: &mut Vec<u32>,
) {
    waiting.clear();
    for i in (0..market.rows()).rev() {
        if state.column_of[i] != FREE {
            if state.u[i] <= lists.pick(i, market).first + epsilon(i) {
                continue;
            }
            state.release(i);
        }
        waiting.push(i as u32);
    }
}

/// Rows bid for their best column until all have one or are stuck in a war; false if that took more than `patience`.
fn phase<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    state: &mut State,
    epsilon: impl Fn(usize) -> f64,
    waiting: &mut Vec<u32>,
    stuck: &mut Vec<u32>,
    patience: Patience,
    stop: &dyn Fn() -> Result<()>,
) -> Result<bool> {
    let (most, budget) = (CHAIN + market.rows(), patience.bids * market.rows() + FEW);
    let mut bids = 0_usize;
    while let Some(mut free) = waiting.pop() {
        for chain in 0.. {
            if chain == most {
                stuck.push(free);
                break;
            }
            bids += 1;
            if bids.is_multiple_of(ASKED) {
                stop()?;
            }
            if bids > budget || lists.asked() > patience.questions {
                return Ok(false);
            }
            let row = free as usize;
            let pick = lists.pick(row, market);
            let lead = if pick.second < f64::INFINITY { pick.second - pick.first } else { 0.0 };
            let before = market.prices()[pick.column];
            let price = before + lead + epsilon(row);
            market.raise(pick.column, price);
            state.u[row] = pick.first + (price - before);
            free = state.give(row, pick.column);
            if free == FREE {
                break;
            }
        }
    }
    Ok(true)
}

/// Serves the rows that bidding did not by searches from all of them at once, on the lists while those lead to free
/// columns. What still has no column then waits for the next phase. Returns the number of searches beyond the lists.
fn end_wars<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    state: &mut State,
    paths: &mut Paths,
    stuck: &mut Vec<u32>,
    stop: &dyn Fn() -> Result<()>,
) -> Result<usize> {
    let mut searches = 0;
    while !stuck.is_empty() {
        let before = stuck.len();
        paths.augment(stuck, Reach::Lists, market, lists, state, stop)?;
        if stuck.len() == before {
            searches += 1;
            if searches > SEARCHES {
                stuck.clear();
                break;
            }
            paths.augment(stuck, Reach::Market, market, lists, state, stop)?;
        }
    }
    Ok(searches)
}

/// Frees the rows whose column is not their best, then lets each bid up to its second best without epsilon.
///
/// Afterwards the duals are feasible and tight on the assigned pairs, to rounding.
///
/// # Errors
/// What `stop` says.
pub(crate) fn settle<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    state: &mut State,
    steps: &Steps,
    stop: &dyn Fn() -> Result<()>,
) -> Result<()> {
    let mut free = Vec::new();
    loosen(market, lists, state, |_| steps.nothing, &mut free);
    let mut budget = LAST_BIDS * market.rows();
    while let Some(first) = free.pop() {
        let mut row = first as usize;
        while budget > 0 {
            budget -= 1;
            if budget.is_multiple_of(ASKED) {
                stop()?;
            }
            let pick = lists.pick(row, market);
            let before = market.prices()[pick.column];
            let price = if pick.second < f64::INFINITY { before + (pick.second - pick.first) } else { before };
            // Only a strict rise may take a column from another: equals would pass it on for ever.
            if price <= before && state.row_of[pick.column] != FREE {
                break;
            }
            market.raise(pick.column, price);
            state.u[row] = (pick.first + (price - before)).min(pick.second);
            let outbid = state.give(row, pick.column);
            if outbid == FREE {
                break;
            }
            row = outbid as usize;
        }
    }
    Ok(())
}
