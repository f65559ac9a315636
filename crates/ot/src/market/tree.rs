//! A tree over priced points that names the least cost plus price without looking at all of them.
//!
//! A node bounds its points by a box and their prices from below by a plane, so that a subtree is passed over when
//! neither can make up for the other. A plane instead of a constant, because optimal prices have the slope of the
//! displacement: with a constant the bound loses (displacement x box), which for clouds that lie apart is everything.

use super::Market;
use super::offers::{Filter, Offers};
use crate::GroundCost;
use rayon::prelude::*;
use std::cmp::Ordering;
use thalweg_core::Result;
use thalweg_core::wide;

/// Points of a leaf: one AVX-512 register of f64.
const LEAF: usize = 8;
/// Points that stay together in the order, so that consecutive ones can be merged to a coarser cloud.
pub(crate) const GROUP: usize = 4;
/// Below this many points a subtree is ordered by one task.
const TASK: usize = 8192;
/// Rows of one task, and between two questions whether to go on.
const BLOCK: usize = 1024;
/// Subtrees on the stack of a search: one per level, and a tree of 2^32 points has fewer.
const STACK: usize = 64;

/// A point and its place in the input.
pub(crate) type Placed<const D: usize> = ([f64; D], u32);

/// Sorts points so that every subtree of [`Tree`] is a range.
pub(crate) fn order<const D: usize>(points: &mut [Placed<D>]) {
    if points.len() <= GROUP {
        return;
    }
    let (lo, hi) = bounds(points.iter().map(|p| &p.0));
    let mut widest = 0;
    for d in 1..D {
        if hi[d] - lo[d] > hi[widest] - lo[widest] {
            widest = d;
        }
    }
    let left = left_of(points.len());
    points.select_nth_unstable_by(left, |a, b| by(a, b, widest));
    let (low, high) = points.split_at_mut(left);
    if low.len() > TASK {
        rayon::join(|| order(low), || order(high));
    } else {
        order(low);
        order(high);
    }
}

/// Along one axis, and copies of a point side by side.
fn by<const D: usize>(a: &Placed<D>, b: &Placed<D>, axis: usize) -> Ordering {
    let rest = || (0..D).fold(Ordering::Equal, |o, d| o.then_with(|| a.0[d].total_cmp(&b.0[d])));
    a.0[axis].total_cmp(&b.0[axis]).then_with(rest).then(a.1.cmp(&b.1))
}

/// How many of `len` points go left: about half, and a multiple of a power of [`GROUP`] that merging keeps whole.
fn left_of(len: usize) -> usize {
    let mut unit = GROUP;
    while unit * GROUP * 8 <= len {
        unit *= GROUP;
    }
    (len / 2 + unit / 2) / unit * unit
}

fn bounds<'a, const D: usize>(points: impl Iterator<Item = &'a [f64; D]>) -> ([f64; D], [f64; D]) {
    points.fold(([f64::INFINITY; D], [f64::NEG_INFINITY; D]), |(mut lo, mut hi), p| {
        for d in 0..D {
            lo[d] = lo[d].min(p[d]);
            hi[d] = hi[d].max(p[d]);
        }
        (lo, hi)
    })
}

struct Node<const D: usize> {
    lo: [f64; D],
    hi: [f64; D],
    /// `price_j >= least + slope . (y_j - lo)` for the points below.
    slope: [f64; D],
    least: f64,
    /// Least difference of this node's plane (without `least`) and its parent's over this box.
    shift: f64,
    start: u32,
    len: u32,
    /// The second child; the first is the next node. 0 for a leaf.
    right: u32,
    parent: u32,
}

/// Priced points in the order of [`order`], and the rows that ask.
pub(crate) struct Tree<'a, const D: usize> {
    ground: GroundCost,
    rows: &'a [[f64; D]],
    count: usize,
    scale: f64,
    /// Coordinate by coordinate, padded to whole leaves.
    coordinates: [Vec<f64>; D],
    prices: Vec<f64>,
    nodes: Vec<Node<D>>,
    leaf_of: Vec<u32>,
}

impl<'a, const D: usize> Tree<'a, D> {
    /// A tree over `columns` (ordered), all prices zero.
    pub(crate) fn new(ground: GroundCost, rows: &'a [[f64; D]], columns: &[[f64; D]]) -> Self {
        let count = columns.len();
        let coordinates = std::array::from_fn(|d| {
            let mut c: Vec<f64> = columns.iter().map(|p| p[d]).collect();
            c.resize(count + LEAF, 0.0);
            c
        });
        let mut prices = vec![0.0; count];
        prices.resize(count + LEAF, f64::INFINITY);
        let scale = farthest(ground, rows, columns);
        let (nodes, leaf_of) = (Vec::new(), vec![0; count]);
        let mut tree = Self { ground, rows, count, scale, coordinates, prices, nodes, leaf_of };
        tree.grow(columns, 0, count, 0);
        tree.set_prices(&vec![0.0; count]);
        tree
    }

    fn grow(&mut self, columns: &[[f64; D]], start: usize, len: usize, parent: usize) {
        let me = self.nodes.len();
        let (lo, hi) = bounds(columns[start..start + len].iter());
        self.nodes.push(Node {
            lo,
            hi,
            slope: [0.0; D],
            least: 0.0,
            shift: 0.0,
            start: start as u32,
            len: len as u32,
            right: 0,
            parent: parent as u32,
        });
        if len <= LEAF {
            self.leaf_of[start..start + len].fill(me as u32);
            return;
        }
        let left = left_of(len);
        self.grow(columns, start, left, me);
        self.nodes[me].right = self.nodes.len() as u32;
        self.grow(columns, start + left, len - left, me);
    }

    /// Tilts the planes that bound prices from below to their `gradients`; [`Tree::set_prices`] afterwards.
    pub(crate) fn tilt(&mut self, gradients: &[[f64; D]]) {
        for me in (0..self.nodes.len()).rev() {
            let node = &self.nodes[me];
            let (start, len, right) = (node.start as usize, node.len as usize, node.right as usize);
            if right == 0 {
                self.nodes[me].slope = mean(&gradients[start..start + len]);
                continue;
            }
            let (l, r) = (&self.nodes[me + 1], &self.nodes[right]);
            let share = f64::from(l.len) / f64::from(l.len + r.len);
            self.nodes[me].slope = std::array::from_fn(|d| share * l.slope[d] + (1.0 - share) * r.slope[d]);
            for child in [me + 1, right] {
                self.nodes[child].shift = plane_gap(&self.nodes[child], &self.nodes[me]);
            }
        }
    }

    /// Sets all prices; they may fall.
    pub(crate) fn set_prices(&mut self, prices: &[f64]) {
        self.prices[..self.count].copy_from_slice(prices);
        for me in (0..self.nodes.len()).rev() {
            self.nodes[me].least = if self.nodes[me].right == 0 { self.leaf_least(me) } else { self.inner_least(me) };
        }
    }

    #[inline(always)]
    fn leaf_least(&self, leaf: usize) -> f64 {
        let node = &self.nodes[leaf];
        let start = node.start as usize;
        let mut values: [f64; LEAF] = std::array::from_fn(|l| self.prices[start..start + LEAF][l]);
        for d in 0..D {
            let c = &self.coordinates[d][start..start + LEAF];
            for l in 0..LEAF {
                values[l] -= node.slope[d] * (c[l] - node.lo[d]);
            }
        }
        values[..node.len as usize].iter().fold(f64::INFINITY, |s, v| if *v < s { *v } else { s })
    }

    #[inline(always)]
    fn inner_least(&self, me: usize) -> f64 {
        let (l, r) = (&self.nodes[me + 1], &self.nodes[self.nodes[me].right as usize]);
        (l.least + l.shift).min(r.least + r.shift)
    }

    /// Least cost plus price over all columns to each row, and the column; in parallel.
    ///
    /// Where a value is `known` only what lies below it is looked for, and without such a column it is the answer.
    ///
    /// # Errors
    /// What `stop` says; it is asked for every block of rows.
    pub(crate) fn nearest(&self, known: &[f64], stop: &(dyn Fn() -> Result<()> + Sync)) -> Result<Vec<(f64, u32)>> {
        let mut best = vec![(f64::INFINITY, 0_u32); self.rows.len()];
        best.par_chunks_mut(BLOCK).enumerate().try_for_each(|(b, out)| -> Result<()> {
            stop()?;
            for (r, out) in out.iter_mut().enumerate() {
                let row = b * BLOCK + r;
                if let Some(limit) = known.get(row) {
                    out.0 = *limit;
                }
                let mut offers = Offers::new(1, out.0);
                search(self, &self.rows[row], &mut offers, Filter::All);
                if let (Some(value), Some(column)) = (offers.values().first(), offers.columns().first()) {
                    *out = (*value, *column);
                }
            }
            Ok(())
        })?;
        Ok(best)
    }

    /// Column `j`.
    pub(crate) fn column(&self, j: usize) -> [f64; D] {
        std::array::from_fn(|d| self.coordinates[d][j])
    }
}

/// An upper bound of the costs between two clouds, from their boxes.
fn farthest<const D: usize>(ground: GroundCost, rows: &[[f64; D]], columns: &[[f64; D]]) -> f64 {
    let (row, column) = (bounds(rows.iter()), bounds(columns.iter()));
    let far = |d: usize| (row.1[d] - column.0[d]).max(column.1[d] - row.0[d]);
    ground.of_square((0..D).map(|d| far(d) * far(d)).sum())
}

fn mean<const D: usize>(vectors: &[[f64; D]]) -> [f64; D] {
    let scale = 1.0 / vectors.len() as f64;
    std::array::from_fn(|d| vectors.iter().map(|v| v[d]).sum::<f64>() * scale)
}

/// Least value over the child's box of `slope_c . (y - lo_c) - slope_p . (y - lo_p)`.
fn plane_gap<const D: usize>(child: &Node<D>, parent: &Node<D>) -> f64 {
    let mut gap = 0.0;
    for d in 0..D {
        let low = -parent.slope[d] * (child.lo[d] - parent.lo[d]);
        let high = child.slope[d] * (child.hi[d] - child.lo[d]) - parent.slope[d] * (child.hi[d] - parent.lo[d]);
        gap += if low < high { low } else { high };
    }
    gap
}

impl<const D: usize> Market for Tree<'_, D> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn cost(&self, row: usize, column: usize) -> f64 {
        self.ground.between(&self.rows[row], &self.column(column))
    }

    fn prices(&self) -> &[f64] {
        &self.prices[..self.count]
    }

    #[inline]
    fn raise(&mut self, column: usize, price: f64) {
        self.prices[column] = price;
        let mut me = self.leaf_of[column] as usize;
        let mut least = self.leaf_least(me);
        while least != self.nodes[me].least {
            self.nodes[me].least = least;
            if me == 0 {
                return;
            }
            me = self.nodes[me].parent as usize;
            least = self.inner_least(me);
        }
    }

    #[inline]
    fn offers(&self, row: usize, out: &mut Offers, filter: Filter<'_>) {
        search(self, &self.rows[row], out, filter);
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}

/// A lower bound of cost plus price below a node.
#[inline(always)]
fn bound<const D: usize>(ground: GroundCost, node: &Node<D>, x: &[f64; D]) -> f64 {
    match ground {
        GroundCost::SquaredEuclidean => {
            let mut total = node.least;
            for d in 0..D {
                // The parabola (x - t)^2 + slope (t - lo) is least at x - slope / 2.
                let t = x[d] - 0.5 * node.slope[d];
                let t = if t > node.lo[d] { t } else { node.lo[d] };
                let t = if t < node.hi[d] { t } else { node.hi[d] };
                total += (x[d] - t) * (x[d] - t) + node.slope[d] * (t - node.lo[d]);
            }
            total
        }
        GroundCost::Euclidean => {
            // |x - t| + slope (t - lo) is convex in t: the tangent at the middle of the box lies below it.
            let mut squared = 0.0;
            for d in 0..D {
                let away = 0.5 * (node.lo[d] + node.hi[d]) - x[d];
                squared += away * away;
            }
            let distance = squared.sqrt();
            let inverse = if distance > 0.0 { 1.0 / distance } else { 0.0 };
            let mut total = node.least + distance;
            for d in 0..D {
                let half = 0.5 * (node.hi[d] - node.lo[d]);
                let away = 0.5 * (node.lo[d] + node.hi[d]) - x[d];
                total += node.slope[d] * half - half * (away * inverse + node.slope[d]).abs();
            }
            total
        }
    }
}

wide! {
    /// Depth first, the child of lower bound first.
    fn search<const D: usize>(tree: &Tree<'_, D>, x: &[f64; D], out: &mut Offers, filter: Filter<'_>) {
        let mut stack = [(0.0_f64, 0_u32); STACK];
        let (mut depth, mut me) = (0, 0_usize);
        loop {
            let node = &tree.nodes[me];
            if node.right == 0 {
                leaf(tree, node, x, out, filter);
            } else {
                let (left, right) = (me + 1, node.right as usize);
                let low = bound(tree.ground, &tree.nodes[left], x);
                let high = bound(tree.ground, &tree.nodes[right], x);
                let (near, first, far, second) =
                    if low <= high { (low, left, high, right) } else { (high, right, low, left) };
                if near < out.worst() {
                    if far < out.worst() {
                        stack[depth] = (far, second as u32);
                        depth += 1;
                    }
                    me = first;
                    continue;
                }
            }
            loop {
                if depth == 0 {
                    return;
                }
                depth -= 1;
                if stack[depth].0 < out.worst() {
                    me = stack[depth].1 as usize;
                    break;
                }
            }
        }
    }
}

#[inline(always)]
fn leaf<const D: usize>(tree: &Tree<'_, D>, node: &Node<D>, x: &[f64; D], out: &mut Offers, filter: Filter<'_>) {
    let start = node.start as usize;
    let mut costs = [0.0; LEAF];
    for d in 0..D {
        let c = &tree.coordinates[d][start..start + LEAF];
        for l in 0..LEAF {
            costs[l] += (x[d] - c[l]) * (x[d] - c[l]);
        }
    }
    if tree.ground == GroundCost::Euclidean {
        for c in &mut costs {
            *c = c.sqrt();
        }
    }
    let prices = &tree.prices[start..start + LEAF];
    let values: [f64; LEAF] = std::array::from_fn(|l| costs[l] + prices[l]);
    for l in 0..node.len as usize {
        if values[l] < out.worst() && filter.lets(start + l, values[l]) {
            out.take(values[l], costs[l], (start + l) as u32);
        }
    }
}
