//! Who is near whom: a k-d tree.

use std::marker::PhantomData;
use thalweg_core::Points;

/// Points of a leaf.
const LEAF: usize = 12;

/// A norm by which the tree measures. Lengths are compared in a reduced form that needs no root.
pub trait Norm: Send + Sync {
    /// The reduced length of a vector with the reduced length `sum` so far and one more coordinate.
    fn join(sum: f64, coordinate: f64) -> f64;
    /// The reduced form of a length.
    fn reduce(length: f64) -> f64;
    /// The length of a reduced form.
    fn length(reduced: f64) -> f64;
}

/// The root of the sum of squares.
#[derive(Clone, Copy, Debug)]
pub struct Euclidean;

impl Norm for Euclidean {
    fn join(sum: f64, coordinate: f64) -> f64 {
        sum + coordinate * coordinate
    }
    fn reduce(length: f64) -> f64 {
        length * length
    }
    fn length(reduced: f64) -> f64 {
        reduced.sqrt()
    }
}

/// The largest coordinate.
#[derive(Clone, Copy, Debug)]
pub struct Maximum;

impl Norm for Maximum {
    fn join(sum: f64, coordinate: f64) -> f64 {
        sum.max(coordinate.abs())
    }
    fn reduce(length: f64) -> f64 {
        length
    }
    fn length(reduced: f64) -> f64 {
        reduced
    }
}

/// Points sorted into boxes within boxes, so that neighbours are found without looking at all: O(n log n) to build.
pub struct Tree<N> {
    dim: usize,
    /// The points in the order of the leaves, and where each was.
    values: Vec<f64>,
    order: Vec<usize>,
    nodes: Vec<Node>,
    /// The least and the largest of each coordinate of each node: `nodes x 2 x dim`.
    boxes: Vec<f64>,
    norm: PhantomData<N>,
}

/// Points `first..last` of the order. The left child is the next node; a leaf has none.
struct Node {
    first: usize,
    last: usize,
    right: Option<usize>,
}

impl<N: Norm> Tree<N> {
    /// The tree of `points`, which must be finite.
    pub fn new(points: &Points) -> Self {
        let n = points.len();
        let mut tree = Self {
            dim: points.dim(),
            values: Vec::new(),
            order: (0..n).collect(),
            nodes: Vec::new(),
            boxes: Vec::new(),
            norm: PhantomData,
        };
        let mut order = std::mem::take(&mut tree.order);
        tree.split(points, &mut order, 0);
        tree.values = order.iter().flat_map(|&i| points.row(i).iter().copied()).collect();
        tree.order = order;
        tree
    }

    fn split(&mut self, points: &Points, order: &mut [usize], first: usize) {
        let (d, node) = (self.dim, self.nodes.len());
        self.nodes.push(Node { first, last: first + order.len(), right: None });
        let side = |worst: f64, best: fn(f64, f64) -> f64| -> Vec<f64> {
            (0..d).map(|k| order.iter().map(|&i| points.row(i)[k]).fold(worst, best)).collect()
        };
        let (low, high) = (side(f64::INFINITY, f64::min), side(f64::NEG_INFINITY, f64::max));
        self.boxes.extend_from_slice(&low);
        self.boxes.extend_from_slice(&high);
        let widest = (0..d).max_by(|&a, &b| (high[a] - low[a]).total_cmp(&(high[b] - low[b]))).unwrap_or(0);
        if order.len() <= LEAF || high[widest] <= low[widest] {
            return;
        }
        let middle = order.len() / 2;
        order.select_nth_unstable_by(middle, |&a, &b| points.row(a)[widest].total_cmp(&points.row(b)[widest]));
        let (left, right) = order.split_at_mut(middle);
        self.split(points, left, first);
        self.nodes[node].right = Some(self.nodes.len());
        self.split(points, right, first + middle);
    }

    /// The `count` points nearest to `query` for which `keep` holds, nearest first, with their distances.
    pub fn nearest(&self, query: &[f64], count: usize, keep: impl Fn(usize) -> bool) -> Vec<(usize, f64)> {
        let mut best: Vec<(usize, f64)> = Vec::with_capacity(count + 1);
        if count > 0 && !self.order.is_empty() {
            self.search(0, query, count, &keep, &mut best);
        }
        best.iter_mut().for_each(|found| found.1 = N::length(found.1));
        best
    }

    fn search(
        &self,
        node: usize,
        query: &[f64],
        count: usize,
        keep: &impl Fn(usize) -> bool,
        best: &mut Vec<(usize, f64)>,
    ) {
        let Some(right) = self.nodes[node].right else {
            for place in self.nodes[node].first..self.nodes[node].last {
                let far = self.distance(place, query);
                let full = best.len() == count;
                if (full && far >= best[count - 1].1) || !keep(self.order[place]) {
                    continue;
                }
                if full {
                    best.pop();
                }
                let at = best.partition_point(|found| found.1 <= far);
                best.insert(at, (self.order[place], far));
            }
            return;
        };
        let (a, b) = (self.least(node + 1, query), self.least(right, query));
        let children = if a <= b { [(node + 1, a), (right, b)] } else { [(right, b), (node + 1, a)] };
        for (child, least) in children {
            if best.len() < count || least < best[count - 1].1 {
                self.search(child, query, count, keep, best);
            }
        }
    }

    /// Calls `visit` with each point within `radius` of `query` (the radius included), in no special order.
    pub fn within(&self, query: &[f64], radius: f64, mut visit: impl FnMut(usize)) {
        let (radius, mut open) = (N::reduce(radius), vec![0]);
        while let Some(node) = open.pop() {
            if self.order.is_empty() || self.least(node, query) > radius {
                continue;
            }
            match self.nodes[node].right {
                Some(right) => open.extend([right, node + 1]),
                None => (self.nodes[node].first..self.nodes[node].last)
                    .filter(|&place| self.distance(place, query) <= radius)
                    .for_each(|place| visit(self.order[place])),
            }
        }
    }

    /// Adds to `counts[k]` how many points lie farther than `radii[k - 1]` and not farther than `radii[k]` from `query`.
    ///
    /// `radii` (increasing, of the length of `counts`) are looked for together, and boxes between two of them are
    /// counted whole.
    pub fn count(&self, query: &[f64], radii: &Radii<N>, counts: &mut [u64]) {
        if !self.order.is_empty() {
            self.count_below(0, query, &radii.reduced, 0, counts);
        }
    }

    fn count_below(&self, node: usize, query: &[f64], radii: &[f64], offset: usize, counts: &mut [u64]) {
        // Radii below the nearest corner have nothing here; those above the farthest have all of it.
        let from = radii.partition_point(|r| *r < self.least(node, query));
        if from == radii.len() {
            return;
        }
        let to = radii.partition_point(|r| *r < self.most(node, query));
        let Node { first, last, right } = self.nodes[node];
        if from == to {
            counts[offset + from] += (last - first) as u64;
            return;
        }
        // What is counted at the next radius is the rest: keep it in sight if there is one.
        let (inner, offset) = (&radii[from..(to + 1).min(radii.len())], offset + from);
        match right {
            Some(right) => {
                self.count_below(node + 1, query, inner, offset, counts);
                self.count_below(right, query, inner, offset, counts);
            }
            None => {
                for place in first..last {
                    let far = self.distance(place, query);
                    let bin = inner.partition_point(|r| *r < far);
                    if bin < inner.len() {
                        counts[offset + bin] += 1;
                    }
                }
            }
        }
    }

    fn distance(&self, place: usize, query: &[f64]) -> f64 {
        reduced::<N>(&self.values[place * self.dim..(place + 1) * self.dim], query)
    }

    fn sides(&self, node: usize) -> (&[f64], &[f64]) {
        self.boxes[2 * node * self.dim..2 * (node + 1) * self.dim].split_at(self.dim)
    }

    /// The reduced distance of `query` from the box of a node.
    fn least(&self, node: usize, query: &[f64]) -> f64 {
        let (low, high) = self.sides(node);
        let outside = |k: usize| (low[k] - query[k]).max(query[k] - high[k]).max(0.0);
        (0..self.dim).fold(0.0, |sum, k| N::join(sum, outside(k)))
    }

    /// The reduced distance of `query` from the farthest corner of the box of a node.
    fn most(&self, node: usize, query: &[f64]) -> f64 {
        let (low, high) = self.sides(node);
        (0..self.dim).fold(0.0, |sum, k| N::join(sum, (query[k] - low[k]).max(high[k] - query[k])))
    }
}

/// Radii at which neighbours are counted.
pub struct Radii<N> {
    reduced: Vec<f64>,
    norm: PhantomData<N>,
}

impl<N: Norm> Radii<N> {
    /// Radii, which must increase.
    pub fn new(radii: &[f64]) -> Self {
        Self { reduced: radii.iter().map(|r| N::reduce(*r)).collect(), norm: PhantomData }
    }

    /// In which bin of a count the distance of two rows falls, exactly as it is counted; their number where it is beyond
    /// the last.
    pub fn bin(&self, a: &[f64], b: &[f64]) -> usize {
        let reduced = reduced::<N>(a, b);
        self.reduced.partition_point(|r| *r < reduced)
    }
}

/// The distance of two rows.
pub(crate) fn distance<N: Norm>(a: &[f64], b: &[f64]) -> f64 {
    N::length(reduced::<N>(a, b))
}

fn reduced<N: Norm>(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| N::join(sum, a - b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    fn hold<N: Norm>(dim: usize, n: usize, seed: u64) {
        let mut stream = Stream::new(seed, "test/tree", 0);
        // Coarse coordinates make equal points and equal distances.
        let values = (0..n * dim).map(|_| (stream.normal() * 8.0).round() / 8.0).collect();
        let points = Points::new(dim, values).unwrap();
        let tree = Tree::<N>::new(&points);
        let radii = [0.25, 0.5, 1.0, 2.0];
        let bins = Radii::<N>::new(&radii);
        for i in (0..n).step_by(7) {
            let query = points.row(i);
            let far: Vec<f64> = points.rows().map(|row| distance::<N>(row, query)).collect();
            let mut sorted: Vec<f64> = (0..n).filter(|j| i.abs_diff(*j) > 2).map(|j| far[j]).collect();
            sorted.sort_by(f64::total_cmp);
            let found = tree.nearest(query, 5, |j| i.abs_diff(j) > 2);
            for (k, (j, length)) in found.iter().enumerate() {
                assert!((length - sorted[k]).abs() < 1e-12 && (far[*j] - length).abs() < 1e-12);
            }
            let mut counts = [0; 4];
            tree.count(query, &bins, &mut counts);
            let mut sum = 0;
            for (k, radius) in radii.iter().enumerate() {
                sum += counts[k] as usize;
                assert_eq!(sum, far.iter().filter(|f| *f <= radius).count());
                let mut within = 0;
                tree.within(query, *radius, |_| within += 1);
                assert_eq!(within, sum);
            }
        }
    }

    #[test]
    fn neighbours_and_counts_are_those_of_looking_at_all() {
        for seed in 0..3 {
            for dim in [1, 2, 5] {
                hold::<Euclidean>(dim, 300, seed);
                hold::<Maximum>(dim, 300, seed);
            }
        }
    }
}
