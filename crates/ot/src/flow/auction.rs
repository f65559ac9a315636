//! An auction in which rows bid for amounts.
//!
//! A row bids for its best column what makes that column as dear as its second best and an epsilon more, and takes the
//! cheapest lots of others until it has shipped everything or its price is reached. So what every row holds is within
//! epsilon of its best at the prices of the cheapest lots.
//!
//! Rows bid in turn, and the auction ends with the last few still waiting: they would bid for small lots as often again
//! as all others together. What that leaves to pivots grows with the number of rows, and so does the price of a pivot:
//! so fewer of more rows may wait. One epsilon is enough: from a smaller one the basis is fewer pivots away, but those
//! are cheaper than the bids.
//!
//! Reference: D. Bertsekas and D. Castañón, Annals of Operations Research 20 (1989).

use super::lots::Lots;
use crate::market::{Lists, Market, Steps};
use std::collections::VecDeque;
use thalweg_core::Result;

/// Last epsilon in steps of a row, and the factor from one to the next.
const LAST: f64 = 1.0;
const FACTOR: f64 = 0.2;
/// Rows that may be left waiting, in roots of the number of rows.
const WAITING: usize = 3;
/// Bids a row and column after which pivots are cheaper.
const BIDS: usize = 96;
/// Bids between two questions whether to go on.
const ASKED: usize = 4096;

/// Raises prices and lets rows hold what they bid for; false if that was broken off because the market was asked more than
/// `questions` times: prices pass the lists as fast as they are filled.
///
/// # Errors
/// What `stop` says.
pub(super) fn bid<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    lots: &mut Lots,
    steps: &Steps,
    first: f64,
    questions: usize,
    stop: &dyn Fn() -> Result<()>,
) -> Result<bool> {
    let mut best = vec![0.0; market.rows()];
    let mut factor = first;
    loop {
        let epsilon = |row: usize| steps.epsilon(row, factor);
        if !phase(market, lists, lots, &epsilon, questions, stop)? {
            return Ok(false);
        }
        if factor <= LAST {
            return Ok(true);
        }
        factor = (factor * FACTOR).max(LAST);
        for (row, best) in best.iter_mut().enumerate() {
            *best = lists.pick(row, market).first + steps.epsilon(row, factor);
        }
        lots.release(|row, column| market.cost(row, column) + market.prices()[column] <= best[row]);
    }
}

/// Bids until few wait or bids become dear; false if that took more than `questions` in all.
fn phase<M: Market>(
    market: &mut M,
    lists: &mut Lists,
    lots: &mut Lots,
    epsilon: &dyn Fn(usize) -> f64,
    questions: usize,
    stop: &dyn Fn() -> Result<()>,
) -> Result<bool> {
    let rows = market.rows();
    let mut budget = BIDS * (rows + market.prices().len());
    let mut waiting: VecDeque<u32> = (0..rows as u32).filter(|i| lots.left[*i as usize] > 0).collect();
    while waiting.len() > WAITING * rows.isqrt() {
        let Some(row) = waiting.pop_front() else { break };
        let epsilon = epsilon(row as usize);
        while lots.left[row as usize] > 0 {
            if budget == 0 {
                return Ok(true);
            }
            if lists.asked() > questions {
                return Ok(false);
            }
            budget -= 1;
            if budget.is_multiple_of(ASKED) {
                stop()?;
            }
            let pick = lists.pick(row as usize, market);
            let lead = if pick.second < f64::INFINITY { pick.second - pick.first } else { 0.0 };
            let before = market.prices()[pick.column];
            let price = lots.take(row, pick.column, before + lead + epsilon, &mut waiting);
            if price > before {
                market.raise(pick.column, price);
            }
        }
    }
    Ok(true)
}
