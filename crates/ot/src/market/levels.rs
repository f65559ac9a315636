//! From coarse clouds to fine: each level's duals are handed down as a c-transform.

use super::tree::{GROUP, Placed, Tree, order};
use super::{Lists, Market, Steps};
use crate::GroundCost;
use thalweg_core::{Points, Result};

/// Clouds of at most this many points are not thinned further.
const COARSEST: usize = 64;
/// Most coordinates for which a tree passes over enough of its points.
const MOST_DIMENSIONS: usize = 4;
/// Beyond this, sums of costs and slopes might overflow.
const LARGEST: f64 = 1e300;

/// Whether a tree over `columns` is of use.
pub(crate) fn suits(rows: &Points, columns: &Points) -> bool {
    let few = |p: &Points| p.len() < 1 << 30;
    (1..=MOST_DIMENSIONS).contains(&rows.dim()) && rows.dim() == columns.dim() && few(rows) && few(columns)
}

/// Bytes that lists and trees of all levels take, and `more` for each point.
pub(crate) fn bytes(rows: usize, columns: usize, dim: usize, more: usize) -> u64 {
    let total = rows * (Lists::BYTES + 16 * dim + more) + columns * (64 + 48 * dim + more);
    (total + total / (GROUP - 1)) as u64
}

/// How prices are found at one level.
pub(crate) trait Bidding: Sized {
    /// The same on thinned clouds.
    fn coarser(&self) -> Self;

    /// Raises prices until they are nearly optimal; false if that is left to another solver.
    ///
    /// # Errors
    /// What `stop` says.
    fn bid<const D: usize>(&self, opened: &mut Opened<'_, D>, stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<bool>;
}

/// A level ready for bids.
pub(crate) struct Opened<'a, const D: usize> {
    pub(crate) tree: Tree<'a, D>,
    pub(crate) lists: Lists,
    pub(crate) steps: Steps,
}

/// A cloud in tree order and where its points were.
pub(crate) struct Ordered<const D: usize> {
    pub(crate) points: Vec<[f64; D]>,
    pub(crate) place: Vec<u32>,
}

impl<const D: usize> Ordered<D> {
    /// The points at `places`.
    pub(crate) fn new(points: &Points, places: impl Iterator<Item = usize>) -> Self {
        let mut placed: Vec<Placed<D>> =
            places.map(|i| (std::array::from_fn(|d| points.row(i)[d]), i as u32)).collect();
        order(&mut placed);
        Self { points: placed.iter().map(|p| p.0).collect(), place: placed.iter().map(|p| p.1).collect() }
    }

    /// Points equal to the one before: all copies in a group, and nearly all in the cloud.
    pub(crate) fn copies(&self) -> usize {
        self.points.windows(2).filter(|w| w[0] == w[1]).count()
    }
}

/// Points of a group of a cloud of `len` points that become one.
pub(crate) fn group(len: usize) -> usize {
    if len > COARSEST { GROUP } else { 1 }
}

/// Prices from coarser levels and lists of the best offers under them; `None` where another solver is better: costs that
/// come near overflow, or a level that was left.
///
/// # Errors
/// What `stop` says.
pub(crate) fn open<'a, const D: usize, B: Bidding>(
    ground: GroundCost,
    rows: &'a [[f64; D]],
    columns: &[[f64; D]],
    bidding: &B,
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Opened<'a, D>>> {
    let mut tree = Tree::new(ground, rows, columns);
    if tree.scale() > LARGEST {
        return Ok(None);
    }
    if rows.len().max(columns.len()) > COARSEST {
        let (coarse_rows, coarse_columns) = (thinned(rows), thinned(columns));
        let coarse = bidding.coarser();
        let Some(mut opened) = open(ground, &coarse_rows, &coarse_columns, &coarse, stop)? else { return Ok(None) };
        if !coarse.bid(&mut opened, stop)? {
            return Ok(None);
        }
        let start = handed_down(ground, &opened.tree, &coarse_rows, columns, stop)?;
        tree.tilt(&start.slopes);
        tree.set_prices(&start.prices);
    }
    stop()?;
    let mut lists = Lists::new(rows.len());
    lists.fill(&tree);
    let steps = Steps::new(&tree, &lists);
    Ok(Some(Opened { tree, lists, steps }))
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
    points.chunks(group(points.len())).map(middle).collect()
}

/// Prices of columns and the direction in which they rise.
struct Prices<const D: usize> {
    prices: Vec<f64>,
    slopes: Vec<[f64; D]>,
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
    rows.tilt(&slopes);
    rows.set_prices(&prices);
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
