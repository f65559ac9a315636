//! An auction with epsilon scaling: near-optimal prices for the shortest augmenting paths to finish from.
//!
//! References: D. Bertsekas, Annals of Operations Research 14 (1988); the tail is the augmenting row reduction of
//! Jonker and Volgenant, Computing 38 (1987).

use crate::augment::{Augment, FREE};
use crate::scan::least_two;
use thalweg_core::Result;

/// First and last epsilon, as multiples of the mean gap between the two lowest costs of a row, and the factor between.
const FIRST: f64 = 5.0;
const LAST: f64 = 0.05;
const FACTOR: f64 = 0.2;
/// Below this many rows the augmenting paths alone are faster.
const SMALL: usize = 16;
/// Bids a row, all phases together, after which a price war is left to the augmenting paths.
const BIDS: usize = 200;
/// Bids between two questions whether to go on: at 10,000 columns some ten milliseconds.
const ASKED: usize = 1024;

/// Prices columns by auction and assigns the rows whose column is then exactly their cheapest.
///
/// # Errors
/// What `stop` says; it is asked every [`ASKED`] bids and before each row that is left over.
pub(crate) fn start(search: &mut Augment, stop: &dyn Fn() -> Result<()>) -> Result<()> {
    let n = search.n;
    let gap = (0..n).map(|i| least_two(search.row(i), &search.v)).map(|t| t.second - t.first).sum::<f64>() / n as f64;
    if n < SMALL || gap == 0.0 {
        return Ok(());
    }
    let mut budget = BIDS * n;
    let mut epsilon = FIRST * gap;
    let mut waiting: Vec<usize> = Vec::with_capacity(n);
    loop {
        search.column_of.fill(FREE);
        search.row_of.fill(FREE);
        waiting.clear();
        waiting.extend((0..n).rev());
        bid(search, &mut waiting, epsilon, &mut budget, stop)?;
        if epsilon <= LAST * gap || budget == 0 {
            break;
        }
        epsilon = (epsilon * FACTOR).max(LAST * gap);
    }
    keep_tight(search, &mut waiting);
    reduce(search, &waiting, stop)
}

/// Rows bid for their cheapest column until all are assigned or the budget is spent.
fn bid(
    search: &mut Augment,
    waiting: &mut Vec<usize>,
    epsilon: f64,
    budget: &mut usize,
    stop: &dyn Fn() -> Result<()>,
) -> Result<()> {
    while let Some(i) = waiting.pop() {
        if *budget == 0 {
            return Ok(());
        }
        *budget -= 1;
        if budget.is_multiple_of(ASKED) {
            stop()?;
        }
        let two = least_two(search.row(i), &search.v);
        search.v[two.at] -= two.second - two.first + epsilon;
        let outbid = search.give(i, two.at);
        if outbid != FREE {
            waiting.push(outbid);
        }
    }
    Ok(())
}

/// Frees every row whose column is not exactly its cheapest, so that the duals are feasible and tight.
fn keep_tight(search: &mut Augment, freed: &mut Vec<usize>) {
    freed.clear();
    for i in 0..search.n {
        let two = least_two(search.row(i), &search.v);
        search.u[i] = two.first;
        let j = search.column_of[i];
        if j == FREE {
            freed.push(i);
        } else if search.row(i)[j] - search.v[j] > two.first {
            search.column_of[i] = FREE;
            search.row_of[j] = FREE;
            freed.push(i);
        }
    }
}

/// One pass of bids without epsilon: each free row takes its cheapest column at the price of the second.
///
/// A displaced row takes its turn at once while prices fall strictly, and otherwise waits for the augmenting paths.
fn reduce(search: &mut Augment, free: &[usize], stop: &dyn Fn() -> Result<()>) -> Result<()> {
    for &first in free {
        stop()?;
        let mut i = first;
        for _ in 0..search.n {
            let two = least_two(search.row(i), &search.v);
            search.u[i] = two.second;
            let lower = search.v[two.at] - (two.second - two.first);
            // Rounding must not leave the pair looser than the row's second choice.
            let strictly = lower < search.v[two.at];
            if !strictly && search.row_of[two.at] != FREE {
                search.u[i] = two.first;
                break;
            }
            search.v[two.at] = lower;
            search.u[i] = (search.row(i)[two.at] - lower).min(two.second);
            let outbid = search.give(i, two.at);
            if outbid == FREE {
                break;
            }
            i = outbid;
        }
    }
    Ok(())
}
