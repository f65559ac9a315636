//! A directed graph as plain data.

use thalweg_core::{Error, Result};

/// Nodes and edges are counted in 32 bits.
const MOST: usize = 1 << 31;

/// Nodes `0..n` and directed edges in the order in which they were given. Parallel edges and loops are allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    ends: Vec<(u32, u32)>,
    /// Where the edges of each node begin in `outgoing`.
    start: Vec<u32>,
    outgoing: Vec<u32>,
    closed: Vec<bool>,
}

impl Graph {
    /// A graph of `nodes` nodes with the edges `(tail, head)`. Costs `O(n + m)`.
    ///
    /// # Errors
    /// No nodes; 2^31 nodes or edges; an edge with an end that is not a node.
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Result<Self> {
        if nodes == 0 || nodes >= MOST || edges.len() >= MOST {
            return Err(Error::input(format!(
                "A graph of {nodes} nodes and {} edges is none that can be solved: it needs a node, and fewer than 2^31 of both.",
                edges.len()
            )));
        }
        if let Some((k, (tail, head))) = edges.iter().enumerate().find(|(_, (a, b))| *a >= nodes || *b >= nodes) {
            return Err(Error::input(format!(
                "Edge {k} goes from node {tail} to node {head}, but there are {nodes} nodes (counted from 0)."
            )));
        }
        let ends: Vec<(u32, u32)> = edges.iter().map(|(a, b)| (*a as u32, *b as u32)).collect();
        let mut start = vec![0_u32; nodes + 1];
        ends.iter().for_each(|(tail, _)| start[*tail as usize + 1] += 1);
        (0..nodes).for_each(|v| start[v + 1] += start[v]);
        let mut outgoing: Vec<u32> = (0..ends.len() as u32).collect();
        outgoing.sort_by_key(|e| ends[*e as usize].0);
        Ok(Self { ends, start, outgoing, closed: vec![false; nodes] })
    }

    /// The same graph in which paths may begin and end at `nodes`, but not pass through them: centroids of zones.
    ///
    /// # Errors
    /// A node that is not there.
    pub fn closed_to_through_traffic(mut self, nodes: impl IntoIterator<Item = usize>) -> Result<Self> {
        for v in nodes {
            self.check_node(v)?;
            self.closed[v] = true;
        }
        Ok(self)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.closed.len()
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.ends.len()
    }

    /// Tail and head of edge `e`.
    pub fn ends(&self, e: usize) -> (usize, usize) {
        let (tail, head) = self.ends[e];
        (tail as usize, head as usize)
    }

    /// The edges that leave `node`, in the order in which they were given.
    pub fn outgoing(&self, node: usize) -> &[u32] {
        &self.outgoing[self.start[node] as usize..self.start[node + 1] as usize]
    }

    /// Whether paths may pass through `node`.
    pub fn is_open(&self, node: usize) -> bool {
        !self.closed[node]
    }

    /// What arrives at each node minus what leaves it.
    ///
    /// # Panics
    /// A flow that has not one entry an edge.
    pub fn divergence(&self, flow: &[f64]) -> Vec<f64> {
        assert_eq!(flow.len(), self.edges(), "one flow an edge");
        let mut net = vec![0.0; self.nodes()];
        for ((tail, head), x) in self.ends.iter().zip(flow) {
            net[*tail as usize] -= x;
            net[*head as usize] += x;
        }
        net
    }

    /// Refuses a number that is no node.
    pub(crate) fn check_node(&self, node: usize) -> Result<()> {
        if node < self.nodes() {
            return Ok(());
        }
        Err(Error::input(format!("There is no node {node}: the graph has {} nodes, counted from 0.", self.nodes())))
    }

    /// Refuses `values` that are not one number an edge, or of which one is not `allowed`; `range` completes "must be".
    pub(crate) fn check_edges(
        &self,
        what: &str,
        values: &[f64],
        allowed: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<()> {
        if values.len() != self.edges() {
            return Err(Error::input(format!(
                "There is one {what} for each of {} edges, but {} were expected.",
                values.len(),
                self.edges()
            )));
        }
        match values.iter().position(|v| !allowed(*v)) {
            None => Ok(()),
            Some(e) => {
                let (tail, head) = self.ends(e);
                Err(Error::input(format!(
                    "Edge {e}, from node {tail} to node {head}, has the {what} {}, but it must be {range}.",
                    values[e]
                )))
            }
        }
    }
}
