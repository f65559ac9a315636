//! A matrix of costs as a market.

use super::offers::{Filter, MOST, Offers};
use super::{Lists, Market, Paths, Patience, State, Steps, bid_down, settle};
use crate::CostMatrix;
use crate::exact::feasible;
use thalweg_core::Result;
use thalweg_core::wide;

/// Blocks into which a row is cut; more than [`MOST`], so that their least values bound the last offer.
const BLOCKS: usize = 64;

/// First epsilon in steps of a row.
const FIRST: f64 = 1.0;
/// Bids a row of one phase that are still cheaper than whole rows.
const BIDS: usize = 256;
/// Rows of a matrix for which each row may ask once more.
const ROWS: usize = 250;

/// Questions to a matrix of `n` rows after which lists do not last: twice a row, and once more for every `rows` rows. One takes
/// as long as thirty looks at a whole row of 500, and as ten of 4,000, where on the plane each row asks some six times before
/// prices settle.
pub(crate) fn most_questions(n: usize, rows: usize) -> usize {
    n * (n / rows).max(2)
}

/// The assignment of least cost of a square matrix, as columns of rows and prices of columns, from column potentials `near`
/// the optimal ones if there are any; `None` for a contest.
///
/// # Errors
/// What `stop` says.
pub(crate) fn assigned(
    cost: &CostMatrix,
    near: Option<&[f64]>,
    stop: &dyn Fn() -> Result<()>,
) -> Result<Option<(Vec<u32>, Vec<f64>)>> {
    let n = cost.rows();
    let mut market = Dense::new(cost);
    if let Some(v) = near {
        market.reprice(&v.iter().map(|v| -v).collect::<Vec<_>>());
    }
    let mut lists = Lists::new(n);
    lists.fill(&market);
    stop()?;
    let mut state = State::new(n);
    let steps = Steps::new(&market, &lists);
    let patience = Patience { bids: BIDS, questions: most_questions(n, ROWS) };
    if !bid_down(&mut market, &mut lists, &mut state, &steps, FIRST, patience, stop)? {
        return Ok(None);
    }
    settle(&mut market, &mut lists, &mut state, &steps, stop)?;
    Paths::new(n, market.scale()).finish(&mut market, &mut lists, &mut state, stop)?;
    Ok(Some((state.column_of, market.prices)))
}

/// Rows and columns of a matrix.
pub(crate) struct Dense<'a> {
    cost: &'a CostMatrix,
    prices: Vec<f64>,
    /// Of the costs; to find it takes a pass over all of them.
    scale: f64,
}

impl<'a> Dense<'a> {
    /// At prices under which every column is the best of some row.
    pub(crate) fn new(cost: &'a CostMatrix) -> Self {
        let mut least = vec![f64::INFINITY; cost.cols()];
        for i in 0..cost.rows() {
            lower(&mut least, cost.row(i));
        }
        Self { cost, prices: least.into_iter().map(|v| -v).collect(), scale: cost.scale() }
    }

    /// Sets all prices; they may fall.
    pub(crate) fn reprice(&mut self, prices: &[f64]) {
        self.prices.copy_from_slice(prices);
    }

    /// Least cost plus price of each row.
    pub(crate) fn row_minima(&self) -> Vec<f64> {
        let potentials: Vec<f64> = self.prices.iter().map(|p| -p).collect();
        feasible(self.cost, &potentials)
    }
}

impl Market for Dense<'_> {
    fn rows(&self) -> usize {
        self.cost.rows()
    }

    fn cost(&self, row: usize, column: usize) -> f64 {
        self.cost.at(row, column)
    }

    fn prices(&self) -> &[f64] {
        &self.prices
    }

    fn raise(&mut self, column: usize, price: f64) {
        self.prices[column] = price;
    }

    fn offers(&self, row: usize, out: &mut Offers, filter: Filter<'_>) {
        let costs = self.cost.row(row);
        let block = costs.len().div_ceil(BLOCKS).next_multiple_of(8);
        let mut least = [f64::INFINITY; BLOCKS];
        block_minima(costs, &self.prices, block, &mut least);
        let limit = match filter {
            Filter::All => last_offer(&least),
            Filter::Lowering { .. } => f64::INFINITY,
        };
        for (b, least) in least.iter().enumerate() {
            if *least <= limit && *least < out.worst() {
                let start = b * block;
                let end = (start + block).min(costs.len());
                take(&costs[start..end], &self.prices[start..end], start, limit, out, filter);
            }
        }
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}

/// The least value that [`MOST`] blocks reach: at least as many columns are no worse.
fn last_offer(least: &[f64; BLOCKS]) -> f64 {
    let mut sorted = *least;
    let (_, last, _) = sorted.select_nth_unstable_by(MOST - 1, f64::total_cmp);
    *last
}

fn take(costs: &[f64], prices: &[f64], start: usize, limit: f64, out: &mut Offers, filter: Filter<'_>) {
    for (k, (c, p)) in costs.iter().zip(prices).enumerate() {
        let value = c + p;
        if value <= limit && value < out.worst() && filter.lets(start + k, value) {
            out.take(value, *c, (start + k) as u32);
        }
    }
}

wide! {
    fn lower(least: &mut [f64], row: &[f64]) {
        for (l, v) in least.iter_mut().zip(row) {
            *l = if *v < *l { *v } else { *l };
        }
    }
}

wide! {
    /// Least cost plus price of each block.
    fn block_minima(costs: &[f64], prices: &[f64], block: usize, least: &mut [f64; BLOCKS]) {
        for ((c, p), least) in costs.chunks(block).zip(prices.chunks(block)).zip(least) {
            let mut lanes = [f64::INFINITY; 8];
            let ((c, c_rest), (p, p_rest)) = (c.as_chunks::<8>(), p.as_chunks::<8>());
            for (c, p) in c.iter().zip(p) {
                for l in 0..8 {
                    let value = c[l] + p[l];
                    lanes[l] = if value < lanes[l] { value } else { lanes[l] };
                }
            }
            let mut low = f64::INFINITY;
            for (c, p) in c_rest.iter().zip(p_rest) {
                low = low.min(c + p);
            }
            *least = lanes.iter().fold(low, |s, v| if *v < s { *v } else { s });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn the_offers_are_the_lowest_in_order() {
        for n in [30_usize, 64, 65, 100, 777] {
            let mut stream = Stream::new(0, "dense", n as u64);
            let costs: Vec<f64> = (0..n * n).map(|_| (stream.uniform() * 50.0).floor()).collect();
            let cost = CostMatrix::new(n, n, costs.clone()).unwrap();
            let mut market = Dense::new(&cost);
            for j in 0..n {
                market.raise(j, (stream.uniform() * 9.0).floor());
            }
            for row in [0, n / 2, n - 1] {
                let values: Vec<f64> = (0..n).map(|j| costs[row * n + j] + market.prices()[j]).collect();
                let mut offers = Offers::new(MOST, f64::INFINITY);
                market.offers(row, &mut offers, Filter::All);
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                assert_eq!(offers.values(), &sorted[..MOST]);
                for ((j, c), v) in offers.columns().iter().zip(offers.costs()).zip(offers.values()) {
                    assert_eq!((values[*j as usize], costs[row * n + *j as usize]), (*v, *c));
                }
                // Nothing but what a label lets through.
                let label: Vec<f64> = (0..n).map(|j| if j % 3 == 0 { f64::INFINITY } else { 0.0 }).collect();
                let mut offers = Offers::new(MOST, f64::INFINITY);
                market.offers(row, &mut offers, Filter::Lowering { label: &label, offset: 0.0, distance: 0.0 });
                let mut some: Vec<f64> = values.iter().step_by(3).copied().collect();
                some.sort_by(f64::total_cmp);
                assert_eq!(offers.values(), &some[..MOST.min(some.len())]);
            }
        }
    }

    #[test]
    fn prices_that_pass_the_lists_are_noticed_after_two_questions_a_row() {
        let n = 700;
        let matrix = |of: &dyn Fn(usize, usize, f64) -> f64| {
            let mut stream = Stream::new(0, "contest", 0);
            CostMatrix::new(n, n, (0..n * n).map(|k| of(k / n, k % n, stream.uniform())).collect()).unwrap()
        };
        let solve = |cost: &CostMatrix| assigned(cost, None, &|| Ok(())).unwrap();
        assert!(solve(&matrix(&|_, _, noise| noise)).is_some());
        let products = matrix(&|i, j, noise| (i * j) as f64 + noise);
        assert!(solve(&products).is_none());
        let mut market = Dense::new(&products);
        let mut lists = Lists::new(n);
        lists.fill(&market);
        let steps = Steps::new(&market, &lists);
        let patience = Patience { bids: BIDS, questions: most_questions(n, ROWS) };
        let (state, go_on) = (&mut State::new(n), || Ok(()));
        assert!(!bid_down(&mut market, &mut lists, state, &steps, FIRST, patience, &go_on).unwrap());
        assert!(lists.asked() <= most_questions(n, ROWS) + 2, "asked {} times", lists.asked());
    }
}
