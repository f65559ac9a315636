//! Assignment between two clouds of few dimensions: coarse to fine, without a matrix, with a proof.

use super::levels::{self, Bidding, Opened, Ordered, open};
use super::{Market, Paths, Patience, State, bid_down, settle};
use crate::GroundCost;
use thalweg_core::{Points, Result};

/// First epsilon in steps of a row: prices from a coarser level are nearly right.
const FIRST: f64 = 1.0;
/// Bids a row of one phase that show a contest: clouds without one need 5 to 40.
const BIDS: usize = 64;
/// Questions to the tree for each row after which prices are too rough for it to answer fast; and so many never make a contest.
const QUESTIONS: usize = 8;
const FEW: usize = 1024;
/// A cloud of which more than this share repeats another point is a contest: lists fill with copies.
const COPIES: f64 = 0.25;

/// An optimal assignment between clouds, with potentials that are feasible over all pairs.
pub(crate) struct Matched {
    /// Target of each source.
    pub(crate) target: Vec<usize>,
    /// `u_i = min_j c_ij - v_j`.
    pub(crate) source_potential: Vec<f64>,
    pub(crate) target_potential: Vec<f64>,
    /// An upper bound of the costs.
    pub(crate) scale: f64,
}

/// Bytes that [`between`] takes for clouds of `n` points in `dim` coordinates: lists, trees of all levels, searches.
pub(crate) fn bytes(n: usize, dim: usize) -> u64 {
    levels::bytes(n, n, dim, 32)
}

/// The assignment of least cost between clouds of one size that [`levels::suits`]; `None` where another solver is better:
/// many copies of points, coordinates whose costs come near overflow, contests.
///
/// # Errors
/// What `stop` says.
pub(crate) fn between(
    ground: GroundCost,
    source: &Points,
    target: &Points,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Matched>> {
    match source.dim() {
        1 => solve::<1>(ground, source, target, stop),
        2 => solve::<2>(ground, source, target, stop),
        3 => solve::<3>(ground, source, target, stop),
        _ => solve::<4>(ground, source, target, stop),
    }
}

/// One row for one column.
struct OneToOne;

impl OneToOne {
    fn bid_down<const D: usize>(
        &self,
        opened: &mut Opened<'_, D>,
        state: &mut State,
        stop: &dyn Fn() -> Result<()>,
    ) -> Result<bool> {
        let Opened { tree, lists, steps } = opened;
        let patience = Patience { bids: BIDS, questions: QUESTIONS * tree.rows() + FEW };
        bid_down(tree, lists, state, steps, FIRST, patience, stop)
    }
}

impl Bidding for OneToOne {
    fn coarser(&self) -> Self {
        Self
    }

    fn bid<const D: usize>(&self, opened: &mut Opened<'_, D>, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<bool> {
        let mut state = State::new(opened.tree.rows());
        self.bid_down(opened, &mut state, stop)
    }
}

fn solve<const D: usize>(
    ground: GroundCost,
    source: &Points,
    target: &Points,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Matched>> {
    let n = source.len();
    let (x, y) = rayon::join(|| Ordered::<D>::new(source, 0..n), || Ordered::<D>::new(target, 0..n));
    if x.copies().max(y.copies()) as f64 > COPIES * n as f64 {
        return Ok(None);
    }
    let bidding = OneToOne;
    let Some(mut opened) = open(ground, &x.points, &y.points, &bidding, stop)? else { return Ok(None) };
    let mut state = State::new(n);
    if !bidding.bid_down(&mut opened, &mut state, stop)? {
        return Ok(None);
    }
    let Opened { mut tree, mut lists, steps } = opened;
    settle(&mut tree, &mut lists, &mut state, &steps, stop)?;
    Paths::new(n, tree.scale()).finish(&mut tree, &mut lists, &mut state, stop)?;
    drop(lists);
    // The proof: the least cost plus price of every row over all columns, found by a search that need only look where
    // something could lie below the row's own column.
    let own = |i: usize| tree.cost(i, state.column_of[i] as usize) + tree.prices()[state.column_of[i] as usize];
    let known: Vec<f64> = (0..n).map(own).collect();
    let u: Vec<f64> = tree.nearest(&known, stop)?.into_iter().map(|b| b.0).collect();
    let mut matched = Matched {
        target: vec![0; n],
        source_potential: vec![0.0; n],
        target_potential: vec![0.0; n],
        scale: tree.scale(),
    };
    for i in 0..n {
        let (row, column) = (x.place[i] as usize, y.place[i] as usize);
        matched.target[row] = y.place[state.column_of[i] as usize] as usize;
        matched.source_potential[row] = u[i];
        matched.target_potential[column] = -tree.prices()[i];
    }
    Ok(Some(matched))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use thalweg_core::{Error, Stream};

    #[test]
    fn a_stop_is_heard_wherever_it_comes() {
        let mut stream = Stream::new(0, "stop", 0);
        let mut cloud = || Points::new(2, (0..6000).map(|_| stream.uniform()).collect()).unwrap();
        let (x, y) = (cloud(), cloud());
        let asked = AtomicUsize::new(0);
        let run = |most: usize| {
            asked.store(0, Ordering::Relaxed);
            let stop = || if asked.fetch_add(1, Ordering::Relaxed) < most { Ok(()) } else { Err(Error::interrupted()) };
            between(GroundCost::SquaredEuclidean, &x, &y, &stop)
        };
        assert!(run(usize::MAX).unwrap().is_some());
        let total = asked.load(Ordering::Relaxed);
        // Lists and proofs of five levels, bids by the thousand, paths.
        assert!(total > 20, "asked {total} times");
        for most in 0..total {
            assert!(run(most).is_err(), "not heard at question {most} of {total}");
        }
    }
}
