//! Points in an order that keeps neighbours together, so that a sharp plan is zero in whole blocks.

use thalweg_core::Points;

/// Points of a leaf: a fraction of a block, so that blocks are compact.
const LEAF: usize = 8;

/// A permutation of points.
pub(super) struct Order(Vec<usize>);

impl Order {
    /// By halves across the widest side, down to small leaves. `O(n log^2 n)`.
    pub(super) fn of(points: &Points) -> Self {
        let mut order: Vec<usize> = (0..points.len()).collect();
        let mut open: Vec<&mut [usize]> = vec![&mut order];
        while let Some(part) = open.pop() {
            if part.len() <= LEAF {
                continue;
            }
            let k = widest(points, part);
            let middle = part.len() / 2;
            let by = |i: &usize, j: &usize| points.row(*i)[k].total_cmp(&points.row(*j)[k]).then(i.cmp(j));
            part.select_nth_unstable_by(middle, by);
            let (low, high) = part.split_at_mut(middle);
            // What was selected on both sides is in an order of the library's choosing: make it one of ours.
            low.sort_unstable();
            high.sort_unstable();
            open.push(low);
            open.push(high);
        }
        Self(order)
    }

    pub(super) fn points(&self, points: &Points) -> Points {
        points.select(&self.0)
    }

    /// Values of the points, in this order.
    pub(super) fn apply(&self, values: &[f64]) -> Vec<f64> {
        self.0.iter().map(|i| values[*i]).collect()
    }

    /// Values in this order, back in that of the points.
    pub(super) fn undo(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        self.0.iter().zip(values).for_each(|(i, v)| out[*i] = *v);
        out
    }
}

fn widest(points: &Points, part: &[usize]) -> usize {
    let width = |k: usize| {
        let values = part.iter().map(|i| points.row(*i)[k]);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (v.min(l), v.max(h)));
        high - low
    };
    (0..points.dim()).max_by(|a, b| width(*a).total_cmp(&width(*b)).then(b.cmp(a))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn an_order_is_a_permutation_that_keeps_neighbours_together() {
        let mut stream = Stream::new(0, "order", 0);
        let points = Points::new(2, (0..4096).map(|_| stream.uniform()).collect()).unwrap();
        let order = Order::of(&points);
        let numbers: Vec<f64> = (0..2048).map(f64::from).collect();
        assert_eq!(order.undo(&order.apply(&numbers)), numbers);
        // 64 consecutive points of 2048 in the unit square lie in a cell of 1/32 of its area; its sides halve in turns.
        let sorted = order.points(&points);
        for block in 0..32 {
            for k in 0..2 {
                let side: Vec<f64> = (0..64).map(|i| sorted.row(64 * block + i)[k]).collect();
                let (low, high) = side.iter().fold((1.0_f64, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
                assert!(high - low < 0.4, "a block is {} wide", high - low);
            }
        }
    }
}
