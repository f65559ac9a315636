//! Convex polygons in the plane, cut by half-planes.

/// A convex polygon, its corners counter-clockwise; edge `k` runs from corner `k` to the next and remembers what cut it.
#[derive(Clone, Debug, Default)]
pub(super) struct Polygon {
    pub(super) corners: Vec<[f64; 2]>,
    pub(super) edges: Vec<usize>,
}

/// An edge of the domain, which belongs to no pair of cells.
pub(super) const OUTSIDE: usize = usize::MAX;

impl Polygon {
    /// The rectangle from `low` to `high`.
    pub(super) fn rectangle(low: [f64; 2], high: [f64; 2]) -> Self {
        let corners = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
        Self { corners, edges: vec![OUTSIDE; 4] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.corners.len() < 3
    }

    /// Keeps the side where `normal . x <= level`; the new edge remembers `edge`. `spare` is memory to use again.
    pub(super) fn cut(&mut self, normal: [f64; 2], level: f64, edge: usize, spare: &mut Self) {
        let above = |p: &[f64; 2]| normal[0] * p[0] + normal[1] * p[1] - level;
        if self.corners.iter().all(|p| above(p) <= 0.0) {
            return;
        }
        spare.corners.clear();
        spare.edges.clear();
        let count = self.corners.len();
        for k in 0..count {
            let (p, q) = (self.corners[k], self.corners[(k + 1) % count]);
            let (a, b) = (above(&p), above(&q));
            // A corner on the cut is outside: the crossing beside it is the same point.
            if a < 0.0 {
                spare.corners.push(p);
                spare.edges.push(self.edges[k]);
            }
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                let crossing = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
                // Where the boundary leaves the half-plane the cut begins, where it comes back the old edge goes on.
                spare.corners.push(crossing);
                spare.edges.push(if a < 0.0 { edge } else { self.edges[k] });
            }
        }
        std::mem::swap(self, spare);
    }

    /// Least and largest of a coordinate.
    pub(super) fn extent(&self, axis: usize) -> [f64; 2] {
        self.corners.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], p| [l.min(p[axis]), h.max(p[axis])])
    }

    /// Area, and the integral of `|x - centre|^2`.
    pub(super) fn moments(&self, centre: [f64; 2]) -> [f64; 2] {
        let count = self.corners.len();
        let at = |k: usize| [self.corners[k % count][0] - centre[0], self.corners[k % count][1] - centre[1]];
        let mut sums = [0.0; 2];
        for k in 0..count {
            let (p, q) = (at(k), at(k + 1));
            let cross = p[0] * q[1] - p[1] * q[0];
            let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
            sums[0] += 0.5 * cross;
            sums[1] += cross / 12.0 * (dot(p, p) + dot(p, q) + dot(q, q));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_cut_along_its_diagonal_is_a_triangle() {
        let (mut square, mut spare) = (Polygon::rectangle([0.0, 0.0], [1.0, 1.0]), Polygon::default());
        // Second moment of the unit square about its middle: 1/6.
        let [area, second] = square.moments([0.5, 0.5]);
        assert!((area - 1.0).abs() < 1e-15 && (second - 1.0 / 6.0).abs() < 1e-15);
        square.cut([1.0, 1.0], 1.0, 7, &mut spare);
        assert_eq!((square.corners.len(), square.edges.iter().filter(|e| **e == 7).count()), (3, 1));
        let [area, second] = square.moments([0.0, 0.0]);
        // Over the triangle x, y >= 0, x + y <= 1: the integral of x^2 + y^2 is 1/6.
        assert!((area - 0.5).abs() < 1e-15 && (second - 1.0 / 6.0).abs() < 1e-15);
        let place = square.edges.iter().position(|e| *e == 7).unwrap();
        let (p, q) = (square.corners[place], square.corners[(place + 1) % 3]);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-15 && (q[0] + q[1] - 1.0).abs() < 1e-15);
        square.cut([-1.0, 0.0], -2.0, 8, &mut spare);
        assert!(square.is_empty());
    }
}
