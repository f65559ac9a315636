//! Exact transport under the city-block cost as a flow on a grid.
//!
//! The coordinates of both clouds span a grid on which `sum |x_k - y_k|` is the length of a shortest path along its edges, even or
//! not. A cheapest flow has an edge for each node and direction where transport has one for each pair: images are such clouds.
//!
//! Reference: H. Ling, K. Okada, IEEE TPAMI 29 (2007).

use crate::cost::check_clouds;
use crate::graph::{Graph, min_cost_flow};
use crate::plan::Sparse;
use crate::{Exact, Plan};
use std::collections::VecDeque;
use thalweg_core::{Context, Measure, Points, Result};

/// Pairs for each edge from which the grid is quicker.
const PAIRS: usize = 8;
/// Bytes that an edge, with its part of a node, takes in the solver.
const EDGE: u64 = 160;

/// Optimal transport under `sum |x_k - y_k|` by a flow on the grid that the coordinates span; `None` where the grid has not many fewer
/// edges than there are pairs, or does not fit the memory budget. Each side is normalised to mass 1.
///
/// The plan is made of shortest paths of the flow, which is rounded to about 1e-17 of the mass times the number of edges.
///
/// # Errors
/// Different dimensions, coordinates that are not finite, interruption.
pub fn transport_on_grid(ctx: &Context, source: &Measure, target: &Measure) -> Result<Option<Exact>> {
    check_clouds(source.points(), target.points())?;
    source.points().check_finite()?;
    target.points().check_finite()?;
    let pairs = source.len().saturating_mul(target.len());
    let Some(grid) = Grid::spanned(source.points(), target.points(), pairs / PAIRS) else { return Ok(None) };
    if ctx.memory().is_some_and(|budget| EDGE * grid.edges() as u64 > budget) {
        return Ok(None);
    }
    let (a, b) = (source.probabilities(), target.probabilities());
    let from: Vec<usize> = source.points().rows().map(|x| grid.node(x)).collect();
    let to: Vec<usize> = target.points().rows().map(|y| grid.node(y)).collect();
    let mut supply = vec![0.0; grid.nodes()];
    from.iter().zip(&a).for_each(|(v, a)| supply[*v] += a);
    to.iter().zip(&b).for_each(|(v, b)| supply[*v] -= b);
    let (edges, lengths) = grid.network();
    let graph = Graph::new(grid.nodes(), &edges)?;
    let flow = min_cost_flow(ctx, &graph, &lengths, &vec![f64::INFINITY; edges.len()], &supply)?;
    let entries = shared_out(&graph, &flow.flow, (&from, &a), (&to, &b));
    let costed = |(i, j, mass): (usize, usize, f64)| {
        let cost = source.points().row(i).iter().zip(target.points().row(j)).map(|(x, y)| (x - y).abs()).sum();
        (i, j, mass, cost)
    };
    let entries = entries.into_iter().map(costed).collect();
    let plan = Plan::Sparse(Sparse::new(source.len(), target.len(), entries));
    let source_potential: Vec<f64> = from.iter().map(|v| flow.potential[*v]).collect();
    let target_potential: Vec<f64> = to.iter().map(|v| -flow.potential[*v]).collect();
    let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    let (primal, dual) = (plan.cost(), dot(&a, &source_potential) + dot(&b, &target_potential));
    let certificate = crate::Certificate { primal, dual, gap: primal - dual, scale: grid.diameter() };
    Ok(Some(Exact { plan, source_potential, target_potential, certificate }))
}

/// The distinct coordinates of two clouds along each axis.
struct Grid {
    axes: Vec<Vec<f64>>,
}

impl Grid {
    /// The grid, unless it has more than `most` edges.
    fn spanned(x: &Points, y: &Points, most: usize) -> Option<Self> {
        let axis = |k: usize| -> Vec<f64> {
            let mut values: Vec<f64> = x.rows().chain(y.rows()).map(|row| row[k]).collect();
            values.sort_unstable_by(f64::total_cmp);
            // Zeros of both signs are one place.
            values.dedup_by(|a, b| a == b);
            values
        };
        let grid = Self { axes: (0..x.dim()).map(axis).collect() };
        let nodes = grid.axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.len()))?;
        let edges = nodes.checked_mul(2 * x.dim())?;
        (edges <= most && edges < 1 << 31).then_some(grid)
    }

    fn nodes(&self) -> usize {
        self.axes.iter().map(Vec::len).product()
    }

    fn edges(&self) -> usize {
        2 * self.axes.len() * self.nodes()
    }

    /// The node at a point whose coordinates are among those of the axes.
    fn node(&self, point: &[f64]) -> usize {
        let place = |axis: &[f64], v: f64| axis.partition_point(|a| *a < v);
        self.axes.iter().zip(point).fold(0, |node, (axis, v)| node * axis.len() + place(axis, *v))
    }

    /// Edges between neighbours, one in each direction, and their lengths.
    fn network(&self) -> (Vec<(usize, usize)>, Vec<f64>) {
        let (mut edges, mut lengths) = (Vec::new(), Vec::new());
        let mut stride = self.nodes();
        for axis in &self.axes {
            stride /= axis.len();
            for node in 0..self.nodes() {
                let at = node / stride % axis.len();
                if at + 1 < axis.len() {
                    edges.extend([(node, node + stride), (node + stride, node)]);
                    lengths.extend([axis[at + 1] - axis[at]; 2]);
                }
            }
        }
        (edges, lengths)
    }

    /// The largest distance.
    fn diameter(&self) -> f64 {
        self.axes.iter().map(|axis| axis[axis.len() - 1] - axis[0]).sum()
    }
}

/// Who goes where along a flow without cycles: sources wait at nodes in line, and what a node does not keep goes on.
fn shared_out(
    graph: &Graph,
    flow: &[f64],
    (from, a): (&[usize], &[f64]),
    (to, b): (&[usize], &[f64]),
) -> Vec<(usize, usize, f64)> {
    let mut waiting: Vec<VecDeque<(usize, f64)>> = vec![VecDeque::new(); graph.nodes()];
    from.iter()
        .zip(a)
        .enumerate()
        .filter(|(_, (_, a))| **a > 0.0)
        .for_each(|(i, (v, a))| waiting[*v].push_back((i, *a)));
    let mut wanting: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes()];
    to.iter().enumerate().for_each(|(j, v)| wanting[*v].push(j));
    let mut before = vec![0_u32; graph.nodes()];
    for (e, _) in flow.iter().enumerate().filter(|(_, f)| **f > 0.0) {
        before[graph.ends(e).1] += 1;
    }
    let mut ready: Vec<usize> = (0..graph.nodes()).filter(|v| before[*v] == 0).collect();
    let mut entries = Vec::with_capacity(a.len() + b.len());
    while let Some(v) = ready.pop() {
        let mut line = std::mem::take(&mut waiting[v]);
        for &j in &wanting[v] {
            taken(&mut line, b[j]).into_iter().for_each(|(i, mass)| entries.push((i, j, mass)));
        }
        for &e in graph.outgoing(v).iter().filter(|e| flow[**e as usize] > 0.0) {
            let head = graph.ends(e as usize).1;
            waiting[head].extend(taken(&mut line, flow[e as usize]));
            before[head] -= 1;
            if before[head] == 0 {
                ready.push(head);
            }
        }
    }
    // One pair may have met along several ways.
    entries.sort_unstable_by_key(|e| (e.0, e.1));
    entries.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        kept.2 += if same { next.2 } else { 0.0 };
        same
    });
    entries
}

/// The first of the line that make `amount` together, the last of them in part.
fn taken(line: &mut VecDeque<(usize, f64)>, amount: f64) -> Vec<(usize, f64)> {
    let (mut out, mut left) = (Vec::new(), amount);
    while left > 0.0
        && let Some((i, mass)) = line.pop_front()
    {
        if mass > left {
            line.push_front((i, mass - left));
            out.push((i, left));
            break;
        }
        left -= mass;
        out.push((i, mass));
    }
    out
}
