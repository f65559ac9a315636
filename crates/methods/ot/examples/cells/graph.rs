//! Lengths of paths in the graph of nearest neighbours.

use std::collections::VecDeque;
use thalweg_core::{Points, Result};
use thalweg_ot::CostMatrix;

/// Steps between all pairs in the graph of the `k` nearest by correlation, itself among them, over the largest number of steps;
/// pairs without a path are as far apart as the farthest with one.
pub fn relations(points: &Points, k: usize) -> Result<CostMatrix> {
    let n = points.len();
    let neighbours = neighbours(&centred(points), k);
    let steps: Vec<Vec<Option<u32>>> = (0..n).map(|i| from(&neighbours, i)).collect();
    let most = f64::from(steps.iter().flatten().flatten().copied().max().unwrap_or(1).max(1));
    let relation = |steps: &Option<u32>| steps.map_or(1.0, |s| f64::from(s) / most);
    CostMatrix::new(n, n, steps.iter().flatten().map(relation).collect())
}

/// Rows less their mean, at unit length: their products are correlations.
fn centred(points: &Points) -> Points {
    let mut points = points.clone();
    for i in 0..points.len() {
        let row = points.row_mut(i);
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        row.iter_mut().for_each(|v| *v -= mean);
        let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        row.iter_mut().for_each(|v| *v /= norm);
    }
    points
}

/// Edges in both directions.
fn neighbours(points: &Points, k: usize) -> Vec<Vec<usize>> {
    let n = points.len();
    let mut edges = vec![Vec::new(); n];
    for i in 0..n {
        let apart = |j: usize| 1.0 - points.row(i).iter().zip(points.row(j)).map(|(a, b)| a * b).sum::<f64>();
        let mut order: Vec<(f64, usize)> = (0..n).map(|j| (if i == j { 0.0 } else { apart(j) }, j)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, j) in order.into_iter().take(k).filter(|(_, j)| *j != i) {
            edges[i].push(j);
            edges[j].push(i);
        }
    }
    edges
}

/// Steps from one point to all.
fn from(edges: &[Vec<usize>], start: usize) -> Vec<Option<u32>> {
    let mut steps = vec![None; edges.len()];
    let mut queue = VecDeque::from([(start, 0)]);
    steps[start] = Some(0);
    while let Some((i, far)) = queue.pop_front() {
        for j in &edges[i] {
            if steps[*j].is_none() {
                steps[*j] = Some(far + 1);
                queue.push_back((*j, far + 1));
            }
        }
    }
    steps
}
