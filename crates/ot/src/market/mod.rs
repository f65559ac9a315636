//! Assignment on short lists: rows know a few columns each and ask for more only when prices have passed them.
//!
//! A row wants the column of least cost plus price. Prices only rise, so the value of the last offer on a row's list
//! stays a lower bound for every column that is not on it, and the lists together decide the dense problem.
//!
//! * [`Market`]: columns with prices that can name the best offers to a row, such as a tree over points.
//! * [`bid_down`], [`settle`]: prices by bidding under an epsilon that follows the data.
//! * [`Paths`]: shortest augmenting paths for the rows that are left.
//! * [`between`]: the whole for two clouds, coarse to fine, with its proof.
//!
//! References: D. Bertsekas, Annals of Operations Research 14 (1988); R. Jonker and A. Volgenant, Computing 38 (1987).

mod auction;
mod clouds;
mod dense;
mod levels;
mod lists;
mod offers;
mod paths;
mod state;
mod tree;

pub(crate) use auction::{Patience, Steps, bid_down, settle};
pub(crate) use clouds::{between, bytes};
pub(crate) use dense::{Dense, assigned, most_questions};
pub(crate) use levels::bytes as bytes_of_levels;
pub(crate) use levels::{Bidding, Opened, Ordered, group, open, suits};
pub(crate) use lists::Lists;
pub(crate) use offers::{Filter, MOST, Offers};
pub(crate) use paths::{Paths, Reach};
pub(crate) use state::{FREE, State};
pub(crate) use tree::Tree;

/// Columns with prices.
pub(crate) trait Market: Sync {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// Cost of a row at a column.
    fn cost(&self, row: usize, column: usize) -> f64;

    /// Price of each column.
    fn prices(&self) -> &[f64];

    /// Sets the price of a column, never below what it is.
    fn raise(&mut self, column: usize, price: f64);

    /// Puts the offers of least cost plus price to `row` into `out`, among those that its filter lets through.
    fn offers(&self, row: usize, out: &mut Offers, filter: Filter<'_>);

    /// An upper bound of the absolute costs.
    fn scale(&self) -> f64;
}
