//! Maximum flow and minimum cut.

use super::topology::Graph;
use crate::Certificate;
use std::collections::VecDeque;
use thalweg_core::{Context, Error, Result};

/// A largest flow with the cut that proves it.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Flow of each edge.
    pub flow: Vec<f64>,
    /// Whether a node is on the side of the source. The edges that leave this side are full.
    pub source_side: Vec<bool>,
    /// `primal` is the flow that arrives, `dual` the capacity of the edges that leave the source's side.
    pub certificate: Certificate,
}

/// The largest flow from `source` to `sink` (Dinic: shortest augmenting paths by levels). Costs `O(n^2 m)` at worst.
///
/// # Errors
/// Nodes that are not there, or equal; capacities that are not one an edge, or negative, or no number; a path of
/// unlimited capacity; interruption.
pub fn max_flow(ctx: &Context, graph: &Graph, capacities: &[f64], source: usize, sink: usize) -> Result<Cut> {
    graph.check_node(source)?;
    graph.check_node(sink)?;
    graph.check_edges("capacity", capacities, |c| c >= 0.0, "not negative")?;
    if source == sink {
        return Err(Error::input(format!("Source and sink are both node {source}.")));
    }
    let mut residual = Residual::new(graph, capacities, source, sink);
    while residual.levels() {
        ctx.check_stop()?;
        residual.block()?;
    }
    let flow: Vec<f64> = (0..graph.edges()).map(|e| residual.left[2 * e + 1]).collect();
    let source_side: Vec<bool> = residual.level.iter().map(|l| *l != NONE).collect();
    let crossing = |e: &usize| source_side[graph.ends(*e).0] && !source_side[graph.ends(*e).1];
    let dual: f64 = (0..graph.edges()).filter(crossing).map(|e| capacities[e]).sum();
    let primal = graph.divergence(&flow)[sink];
    Ok(Cut { flow, source_side, certificate: Certificate { primal, dual, gap: dual - primal, scale: dual } })
}

const NONE: u32 = u32::MAX;

/// What can still flow: arc `2 e` along edge `e`, arc `2 e + 1` back.
struct Residual<'a> {
    graph: &'a Graph,
    left: Vec<f64>,
    arcs: Vec<Vec<u32>>,
    level: Vec<u32>,
    next: Vec<usize>,
    source: usize,
    sink: usize,
}

impl<'a> Residual<'a> {
    fn new(graph: &'a Graph, capacities: &[f64], source: usize, sink: usize) -> Self {
        let mut arcs = vec![Vec::new(); graph.nodes()];
        for e in 0..graph.edges() {
            let (tail, head) = graph.ends(e);
            arcs[tail].push(2 * e as u32);
            arcs[head].push(2 * e as u32 + 1);
        }
        let left = capacities.iter().flat_map(|c| [*c, 0.0]).collect();
        Self { graph, left, arcs, level: vec![NONE; graph.nodes()], next: vec![0; graph.nodes()], source, sink }
    }

    fn head(&self, arc: u32) -> usize {
        let (tail, head) = self.graph.ends(arc as usize / 2);
        if arc.is_multiple_of(2) { head } else { tail }
    }

    /// Numbers the nodes by their distance from the source; whether the sink is reached.
    fn levels(&mut self) -> bool {
        self.level.fill(NONE);
        self.next.fill(0);
        self.level[self.source] = 0;
        let mut queue = VecDeque::from([self.source]);
        while let Some(v) = queue.pop_front() {
            for &arc in &self.arcs[v] {
                let w = self.head(arc);
                if self.left[arc as usize] > 0.0 && self.level[w] == NONE {
                    self.level[w] = self.level[v] + 1;
                    queue.push_back(w);
                }
            }
        }
        self.level[self.sink] != NONE
    }

    /// Fills paths from level to level until the sink is cut off.
    fn block(&mut self) -> Result<()> {
        let mut path: Vec<u32> = Vec::new();
        loop {
            let v = path.last().map_or(self.source, |arc| self.head(*arc));
            if v == self.sink {
                let least = path.iter().map(|a| self.left[*a as usize]).fold(f64::INFINITY, f64::min);
                if least.is_infinite() {
                    return Err(Error::input(
                        "A path from the source to the sink has no limit, so that the flow has none.",
                    )
                    .advise("Give one of its edges a capacity."));
                }
                for &arc in &path {
                    self.left[arc as usize] -= least;
                    self.left[arc as usize ^ 1] += least;
                }
                let full = path.iter().position(|a| self.left[*a as usize] == 0.0).unwrap_or(0);
                path.truncate(full);
                continue;
            }
            match self.arcs[v].get(self.next[v]) {
                Some(&arc) if self.left[arc as usize] > 0.0 && self.level[self.head(arc)] == self.level[v] + 1 => {
                    path.push(arc);
                }
                Some(_) => self.next[v] += 1,
                None => match path.pop() {
                    Some(arc) => {
                        let tail = self.head(arc ^ 1);
                        self.next[tail] += 1;
                    }
                    None => return Ok(()),
                },
            }
        }
    }
}
