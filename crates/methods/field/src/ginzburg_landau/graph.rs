//! Graphs with weights, by their normalised Laplacian.

use super::Space;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// Relative residual at which linear equations count as solved, and the most iterations for it.
const SOLVED: (f64, usize) = (1e-10, 1000);

/// A weighted graph without direction; its operator is `I - D^(-1/2) W D^(-1/2)`.
#[derive(Clone, Debug)]
pub struct Graph {
    starts: Vec<usize>,
    neighbours: Vec<usize>,
    /// `W_ij / sqrt(D_i D_j)`.
    weights: Vec<f64>,
}

impl Graph {
    /// A graph of `points` points with edges `(i, j, weight)`, each given once and standing for both directions.
    ///
    /// # Errors
    /// A point that does not exist, an edge from a point to itself, a weight that is not positive and finite, or a point
    /// without edges.
    pub fn new(points: usize, edges: &[(usize, usize, f64)]) -> Result<Self> {
        let mut degree = vec![0.0; points];
        let mut count = vec![0; points];
        for &(i, j, w) in edges {
            if i >= points || j >= points || i == j || !(w > 0.0 && w.is_finite()) {
                return Err(Error::input(format!(
                    "The edge from {i} to {j} of weight {w} is none of a graph of {points} points."
                ))
                .advise("Edges join different points that exist, and their weights are positive and finite."));
            }
            degree[i] += w;
            degree[j] += w;
            count[i] += 1;
            count[j] += 1;
        }
        if let Some(i) = count.iter().position(|c| *c == 0) {
            return Err(Error::input(format!("Point {i} has no edges, so that nothing says what it is like.")));
        }
        let mut starts = vec![0; points + 1];
        (0..points).for_each(|i| starts[i + 1] = starts[i] + count[i]);
        let mut next = starts.clone();
        let (mut neighbours, mut weights) = (vec![0; 2 * edges.len()], vec![0.0; 2 * edges.len()]);
        for &(i, j, w) in edges {
            for (from, to) in [(i, j), (j, i)] {
                neighbours[next[from]] = to;
                weights[next[from]] = w / (degree[i] * degree[j]).sqrt();
                next[from] += 1;
            }
        }
        Ok(Self { starts, neighbours, weights })
    }

    /// Joins each point to its `k` nearest, with the weight `exp(-d^2 / (s_i s_j))` where `s_i` is the distance to the last of
    /// them (Zelnik-Manor and Perona). O(n^2 dim), in parallel.
    ///
    /// # Errors
    /// No more points than neighbours, no neighbours, or points that are not finite.
    pub fn nearest(ctx: &Context, points: &Points, k: usize) -> Result<Self> {
        let n = points.len();
        if k == 0 || k >= n {
            return Err(Error::input(format!("{n} points do not have {k} nearest others.")));
        }
        points.check_finite()?;
        ctx.check_stop()?;
        let square =
            |i: usize, j: usize| -> f64 { points.row(i).iter().zip(points.row(j)).map(|(a, b)| (a - b).powi(2)).sum() };
        let near: Vec<Vec<(f64, usize)>> = ctx.install(|| {
            let of = |i: usize| {
                let mut all: Vec<(f64, usize)> = (0..n).filter(|j| *j != i).map(|j| (square(i, j), j)).collect();
                let by = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                all.select_nth_unstable_by(k - 1, by);
                all.truncate(k);
                all.sort_unstable_by(by);
                all
            };
            (0..n).into_par_iter().map(of).collect()
        });
        // Points on top of each other have no scale of their own.
        let scale = |i: usize| near[i][k - 1].0.sqrt().max(f64::MIN_POSITIVE.sqrt());
        let mut edges = Vec::new();
        for (i, row) in near.iter().enumerate() {
            for &(d, j) in row {
                let mutual = near[j].iter().any(|(_, back)| *back == i);
                if !mutual || i < j {
                    edges.push((i, j, (-d / (scale(i) * scale(j))).exp().max(1e-300)));
                }
            }
        }
        Self::new(n, &edges)
    }

    /// `shift u + weight A u`.
    fn apply(&self, shift: &[f64], weight: f64, u: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            let range = self.starts[i]..self.starts[i + 1];
            let near = self.neighbours[range.clone()].iter().zip(&self.weights[range]);
            let sum: f64 = near.map(|(j, w)| w * u[*j]).sum();
            *out = shift[i] * u[i] + weight * (u[i] - sum);
        }
    }
}

impl Space for Graph {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn volume(&self) -> f64 {
        1.0
    }

    fn stiffness(&self, u: &[f64], out: &mut [f64]) {
        self.apply(&vec![0.0; u.len()], 1.0, u, out);
    }

    /// Conjugate gradients, scaled by the diagonal; the spectrum lies between the shift and the shift plus twice the weight.
    fn solve(&self, shift: &[f64], weight: f64, right: &[f64], out: &mut [f64]) -> Result<()> {
        let n = right.len();
        let scale: Vec<f64> = shift.iter().map(|s| 1.0 / (s + weight)).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut moved = vec![0.0; n];
        self.apply(shift, weight, out, &mut moved);
        let mut r: Vec<f64> = right.iter().zip(&moved).map(|(b, m)| b - m).collect();
        let goal = SOLVED.0 * dot(right, right).sqrt();
        let mut z: Vec<f64> = r.iter().zip(&scale).map(|(r, s)| r * s).collect();
        let (mut p, mut rz) = (z.clone(), dot(&r, &z));
        for _ in 0..SOLVED.1 {
            if dot(&r, &r).sqrt() <= goal {
                return Ok(());
            }
            self.apply(shift, weight, &p, &mut moved);
            let along = rz / dot(&p, &moved);
            for i in 0..n {
                out[i] += along * p[i];
                r[i] -= along * moved[i];
                z[i] = r[i] * scale[i];
            }
            let next = dot(&r, &z);
            (0..n).for_each(|i| p[i] = z[i] + next / rz * p[i]);
            rz = next;
        }
        Err(Error::failed(format!("Conjugate gradients did not converge in {} iterations.", SOLVED.1))
            .advise("Lower the step."))
    }

    fn takes_labels(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved_and_edges_checked() {
        let edges: Vec<_> = (0..9).map(|i| (i, i + 1, 1.0 + i as f64)).chain([(0, 5, 2.0)]).collect();
        let graph = Graph::new(10, &edges).unwrap();
        let shift: Vec<f64> = (0..10).map(|i| 1.0 + f64::from(i % 3)).collect();
        let right: Vec<f64> = (0..10).map(|i| f64::from(i).sin()).collect();
        let (mut u, mut back) = (vec![0.0; 10], vec![0.0; 10]);
        graph.solve(&shift, 7.0, &right, &mut u).unwrap();
        graph.apply(&shift, 7.0, &u, &mut back);
        assert!(back.iter().zip(&right).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!(Graph::new(3, &[(0, 1, 1.0)]).unwrap_err().to_string().contains("Point 2"));
        assert!(Graph::new(2, &[(0, 0, 1.0)]).is_err() && Graph::new(2, &[(0, 1, -1.0)]).is_err());
    }

    #[test]
    fn the_degree_root_is_left_alone() {
        // I - D^(-1/2) W D^(-1/2) annihilates the root of the degrees.
        let graph = Graph::new(4, &[(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0), (3, 0, 4.0)]).unwrap();
        let root = [5.0_f64, 3.0, 5.0, 7.0].map(f64::sqrt);
        let mut out = [0.0; 4];
        graph.stiffness(&root, &mut out);
        assert!(out.iter().all(|v| v.abs() < 1e-14));
    }
}
