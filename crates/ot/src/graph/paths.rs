//! Shortest paths from many nodes.

use super::topology::Graph;
use crate::CostMatrix;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use thalweg_core::{Context, Error, Result};

/// No edge.
const NONE: u32 = u32::MAX;

/// Shortest paths from one node to all.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Length of the shortest path to each node; infinite where there is none.
    pub distance: Vec<f64>,
    /// The last edge of that path; `u32::MAX` at the source and where there is no path.
    pub edge: Vec<u32>,
}

impl Tree {
    /// The edges of the shortest path to `node`, in order; none where there is no path.
    pub fn path(&self, graph: &Graph, node: usize) -> Option<Vec<u32>> {
        self.distance[node].is_finite().then(|| back(graph, &self.edge, node))
    }
}

/// The edges of the path that ends at `node`, in order, when `last` is the last edge of the path to each node.
pub(super) fn back(graph: &Graph, last: &[u32], node: usize) -> Vec<u32> {
    let mut path = Vec::new();
    let mut v = node;
    while last[v] != NONE {
        path.push(last[v]);
        v = graph.ends(last[v] as usize).0;
    }
    path.reverse();
    path
}

/// The shortest paths from `source` when edge `e` is `lengths[e]` long (Dijkstra, with a binary heap).
///
/// Costs `O((n + m) log n)`. Nodes closed to through traffic are reached but not passed.
///
/// # Errors
/// A source that is no node; lengths that are not one an edge, or negative, or not finite.
pub fn shortest(graph: &Graph, lengths: &[f64], source: usize) -> Result<Tree> {
    graph.check_node(source)?;
    check_lengths(graph, lengths)?;
    let mut search = Search::default();
    search.run(graph, lengths, source, &[]);
    Ok(Tree { distance: search.distance, edge: search.edge })
}

/// The lengths of the shortest paths from each of `sources` to each of `targets`: a ground cost between nodes.
///
/// # Errors
/// As [`path_lengths`]; no sources or targets; a pair without a path, which is named.
pub fn distances(
    ctx: &Context,
    graph: &Graph,
    lengths: &[f64],
    sources: &[usize],
    targets: &[usize],
) -> Result<CostMatrix> {
    let values = path_lengths(ctx, graph, lengths, sources, targets)?;
    if let Some(k) = values.iter().position(|v| v.is_infinite()) {
        let (s, t) = (sources[k / targets.len()], targets[k % targets.len()]);
        return Err(Error::input(format!("There is no path from node {s} to node {t}."))
            .advise("Leave the pair out, or add the edges that connect them."));
    }
    CostMatrix::new(sources.len(), targets.len(), values)
}

/// As [`distances`] row by row, infinite where there is no path.
///
/// One search a source, on the threads of `ctx`; a search ends when it has all targets. `O(n)` memory a thread.
///
/// # Errors
/// Nodes that are not there; lengths that are not one an edge, or negative, or not finite; interruption.
pub fn path_lengths(
    ctx: &Context,
    graph: &Graph,
    lengths: &[f64],
    sources: &[usize],
    targets: &[usize],
) -> Result<Vec<f64>> {
    sources.iter().chain(targets).try_for_each(|v| graph.check_node(*v))?;
    check_lengths(graph, lengths)?;
    let width = targets.len();
    ctx.require_memory(8 * sources.len() as u64 * width as u64, "The distances between these nodes")?;
    let mut values = vec![0.0; sources.len() * width];
    ctx.install(|| {
        values.par_chunks_mut(width.max(1)).zip(sources).try_for_each_init(Search::default, |search, (row, s)| {
            ctx.check_stop()?;
            search.run(graph, lengths, *s, targets);
            row.iter_mut().zip(targets).for_each(|(out, t)| *out = search.distance[*t]);
            Ok(())
        })
    })?;
    Ok(values)
}

fn check_lengths(graph: &Graph, lengths: &[f64]) -> Result<()> {
    graph.check_edges("length", lengths, |v| v >= 0.0 && v.is_finite(), "finite and not negative")
}

/// A search whose arrays are used again. Lengths are not negative, so their bits are ordered as they are.
#[derive(Default)]
pub(super) struct Search {
    pub(super) distance: Vec<f64>,
    pub(super) edge: Vec<u32>,
    wanted: Vec<bool>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Search {
    /// Finds the paths from `source` to `targets`; to all nodes where none are named.
    pub(super) fn run(&mut self, graph: &Graph, lengths: &[f64], source: usize, targets: &[usize]) {
        self.clear(graph.nodes());
        targets.iter().for_each(|t| self.wanted[*t] = true);
        let mut left = self.wanted.iter().filter(|w| **w).count();
        self.distance[source] = 0.0;
        self.heap.push(Reverse((0, source as u32)));
        while let Some(Reverse((bits, v))) = self.heap.pop() {
            let (v, reached) = (v as usize, f64::from_bits(bits));
            if reached > self.distance[v] {
                continue;
            }
            if self.wanted[v] {
                left -= 1;
                if left == 0 {
                    break;
                }
            }
            if v != source && !graph.is_open(v) {
                continue;
            }
            for &e in graph.outgoing(v) {
                let head = graph.ends(e as usize).1;
                let through = reached + lengths[e as usize];
                if through < self.distance[head] {
                    (self.distance[head], self.edge[head]) = (through, e);
                    self.heap.push(Reverse((through.to_bits(), head as u32)));
                }
            }
        }
    }

    fn clear(&mut self, nodes: usize) {
        self.heap.clear();
        self.distance.clear();
        self.distance.resize(nodes, f64::INFINITY);
        self.edge.clear();
        self.edge.resize(nodes, NONE);
        self.wanted.clear();
        self.wanted.resize(nodes, false);
    }
}
