//! Assignment between two clouds of few dimensions: coarse to fine, without a matrix, with a proof.

use super::tree::{GROUP, Placed, Tree, order};
use super::{Contests, Lists, Market, Paths, State, Steps, bid_down, settle};
use crate::GroundCost;
use thalweg_core::{Points, Result};

/// Clouds of at most this many points are not thinned further.
const COARSEST: usize = 64;
/// Most coordinates for which a tree passes over enough of its points.
const MOST_DIMENSIONS: usize = 4;
/// First epsilon in steps of a row: prices from a coarser level are nearly right.
const FIRST: f64 = 1.0;
/// Beyond this, sums of costs and slopes might overflow.
const LARGEST: f64 = 1e300;
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
    let point = Lists::BYTES + 128 + 64 * dim;
    (n * (point + point / (GROUP - 1))) as u64
}

/// Whether [`between`] is made for such clouds.
pub(crate) fn suits(source: &Points, target: &Points) -> bool {
    let n = source.len();
    n == target.len() && n < 1 << 31 && (1..=MOST_DIMENSIONS).contains(&source.dim()) && source.dim() == target.dim()
}

/// The assignment of least cost between clouds that [`suits`]; `None` where another solver is better: many copies of
/// points, coordinates whose costs come near overflow, contests that are to be left.
///
/// # Errors
/// What `stop` says.
pub(crate) fn between(
    ground: GroundCost,
    source: &Points,
    target: &Points,
    contests: Contests,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Matched>> {
    match source.dim() {
        1 => solve::<1>(ground, source, target, contests, stop),
        2 => solve::<2>(ground, source, target, contests, stop),
        3 => solve::<3>(ground, source, target, contests, stop),
        _ => solve::<4>(ground, source, target, contests, stop),
    }
}

/// A cloud in tree order and where its points were.
struct Ordered<const D: usize> {
    points: Vec<[f64; D]>,
    place: Vec<u32>,
}

impl<const D: usize> Ordered<D> {
    fn new(points: &Points) -> Self {
        let mut placed: Vec<Placed<D>> =
            points.rows().enumerate().map(|(i, r)| (std::array::from_fn(|d| r[d]), i as u32)).collect();
        order(&mut placed);
        Self { points: placed.iter().map(|p| p.0).collect(), place: placed.iter().map(|p| p.1).collect() }
    }

    /// Points equal to the one before: all copies in a group, and nearly all in the cloud.
    fn copies(&self) -> usize {
        self.points.windows(2).filter(|w| w[0] == w[1]).count()
    }
}

/// Of each group the point nearest to its mean. Not the mean: between clusters it would be a place where nothing is,
/// through which mass travels at half the price.
fn thinned<const D: usize>(points: &[[f64; D]]) -> Vec<[f64; D]> {
    let middle = |group: &[[f64; D]]| {
        let scale = 1.0 / group.len() as f64;
        let mean: [f64; D] = std::array::from_fn(|d| group.iter().map(|p| p[d]).sum::<f64>() * scale);
        let away = |p: &[f64; D]| GroundCost::SquaredEuclidean.between(p, &mean);
        group.iter().skip(1).fold(group[0], |best, p| if away(p) < away(&best) { *p } else { best })
    };
    points.chunks(GROUP).map(middle).collect()
}

fn solve<const D: usize>(
    ground: GroundCost,
    source: &Points,
    target: &Points,
    contests: Contests,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Matched>> {
    let (x, y) = rayon::join(|| Ordered::<D>::new(source), || Ordered::<D>::new(target));
    let n = x.points.len();
    if contests != Contests::Fight && x.copies().max(y.copies()) as f64 > COPIES * n as f64 {
        return Ok(None);
    }
    let Some(start) = coarse_prices(ground, &x.points, &y.points, contests, stop)? else { return Ok(None) };
    let mut tree = Tree::new(ground, &x.points, &y.points);
    if tree.scale() > LARGEST {
        return Ok(None);
    }
    tree.set_prices(&start.prices, &start.slopes);
    let mut lists = Lists::new(n);
    let mut state = State::new(n);
    stop()?;
    lists.fill(&tree);
    let steps = Steps::new(&tree, &lists);
    if !bid_down(&mut tree, &mut lists, &mut state, &steps, FIRST, contests, stop)? {
        return Ok(None);
    }
    settle(&mut tree, &mut lists, &mut state, &steps, stop)?;
    Paths::new(n, tree.scale()).finish(&mut tree, &mut lists, &mut state, stop)?;
    drop(lists);
    let u = proven(ground, &tree, &y.points, &state, stop)?;
    Ok(Some(placed(&x, &y, &state, &u, &tree)))
}

/// Prices of columns and the direction in which they rise.
struct Prices<const D: usize> {
    prices: Vec<f64>,
    slopes: Vec<[f64; D]>,
}

/// Prices from thinned clouds: each level's duals are handed down as a c-transform. `None` as [`between`].
fn coarse_prices<const D: usize>(
    ground: GroundCost,
    x: &[[f64; D]],
    y: &[[f64; D]],
    contests: Contests,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Prices<D>>> {
    let n = x.len();
    if n <= COARSEST {
        return Ok(Some(Prices { prices: vec![0.0; n], slopes: vec![[0.0; D]; n] }));
    }
    let (x, y_coarse) = (thinned(x), thinned(y));
    let Some(start) = coarse_prices(ground, &x, &y_coarse, contests, stop)? else { return Ok(None) };
    let mut tree = Tree::new(ground, &x, &y_coarse);
    if tree.scale() > LARGEST {
        return Ok(None);
    }
    tree.set_prices(&start.prices, &start.slopes);
    let mut lists = Lists::new(x.len());
    let mut state = State::new(x.len());
    stop()?;
    lists.fill(&tree);
    let steps = Steps::new(&tree, &lists);
    if !bid_down(&mut tree, &mut lists, &mut state, &steps, FIRST, contests, stop)? {
        return Ok(None);
    }
    handed_down(ground, &tree, &x, y, stop).map(Some)
}

/// `p(y) = max_i u_i - c(x_i, y)` at the finer columns, where `u` are the row duals of the coarser clouds.
fn handed_down<const D: usize>(
    ground: GroundCost,
    tree: &Tree<'_, D>,
    x: &[[f64; D]],
    fine: &[[f64; D]],
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Prices<D>> {
    let best = tree.nearest(&[], stop)?;
    let prices: Vec<f64> = best.iter().map(|b| -b.0).collect();
    let slopes: Vec<_> = best.iter().zip(x).map(|(b, x)| slope(ground, x, &tree.column(b.1 as usize))).collect();
    let mut rows = Tree::new(ground, fine, x);
    rows.set_prices(&prices, &slopes);
    let best = rows.nearest(&[], stop)?;
    let slopes = best.iter().zip(fine).map(|(b, y)| slope(ground, y, &x[b.1 as usize])).collect();
    Ok(Prices { prices: best.iter().map(|b| -b.0).collect(), slopes })
}

/// Gradient at `at` of minus the cost between `at` and `to`.
fn slope<const D: usize>(ground: GroundCost, at: &[f64; D], to: &[f64; D]) -> [f64; D] {
    let scale = match ground {
        GroundCost::SquaredEuclidean => 2.0,
        GroundCost::Euclidean => {
            let distance = ground.between(at, to);
            if distance > 0.0 { 1.0 / distance } else { 0.0 }
        }
    };
    std::array::from_fn(|d| scale * (to[d] - at[d]))
}

/// The proof: the least cost plus price of every row over all columns, found by a search that need only look where
/// something could lie below the row's own column.
fn proven<const D: usize>(
    ground: GroundCost,
    tree: &Tree<'_, D>,
    y: &[[f64; D]],
    state: &State,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Vec<f64>> {
    let own = |(i, x): (usize, &[f64; D])| {
        let j = state.column_of[i] as usize;
        ground.between(x, &y[j]) + tree.prices()[j]
    };
    let known: Vec<f64> = tree.rows().iter().enumerate().map(own).collect();
    Ok(tree.nearest(&known, stop)?.into_iter().map(|b| b.0).collect())
}

/// Back to the order of the input.
fn placed<const D: usize>(x: &Ordered<D>, y: &Ordered<D>, state: &State, u: &[f64], tree: &Tree<'_, D>) -> Matched {
    let n = u.len();
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
    matched
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
            between(GroundCost::SquaredEuclidean, &x, &y, Contests::Fight, &stop)
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
