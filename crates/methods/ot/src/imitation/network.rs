//! What moves over: edges, what each step costs, and what would be done out of habit.

use crate::imitation::NAME;
use thalweg_core::{Error, Result};
use thalweg_ot::graph::Graph;

/// Rows of the prior may miss 1 by this.
const STOCHASTIC: f64 = 1e-9;

/// A graph with costs and a prior for every step.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) graph: Graph,
    /// Step by step, edge by edge.
    pub(super) costs: Vec<Vec<f64>>,
    pub(super) prior: Vec<Vec<f64>>,
}

impl Network {
    /// A network of as many steps as there are `costs`; entry `[t][e]` belongs to edge `e` in step `t`.
    ///
    /// # Errors
    /// No steps, or other numbers of costs and priors; costs that are not finite; a prior whose edges out of a node do
    /// not sum to 1 (nodes without edges are let be).
    pub fn new(graph: Graph, costs: Vec<Vec<f64>>, prior: Vec<Vec<f64>>) -> Result<Self> {
        if costs.is_empty() || costs.len() != prior.len() {
            return Err(Error::input(format!(
                "{NAME} needs costs and a prior for each step and got {} and {}.",
                costs.len(),
                prior.len()
            )));
        }
        for (t, (c, q)) in costs.iter().zip(&prior).enumerate() {
            check(&graph, c, q).map_err(|e| e.within(format_args!("Step {t}")))?;
        }
        Ok(Self { graph, costs, prior })
    }

    /// A network whose costs and prior are the same in each of `steps` steps.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn stationary(graph: Graph, steps: usize, costs: &[f64], prior: &[f64]) -> Result<Self> {
        Self::new(graph, vec![costs.to_vec(); steps], vec![prior.to_vec(); steps])
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.costs.len()
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Weights of the nodes that sum to 1.
    pub(super) fn normalised(&self, what: &str, weights: &[f64]) -> Result<Vec<f64>> {
        let sum: f64 = weights.iter().sum();
        let natural = weights.iter().all(|w| *w >= 0.0 && w.is_finite());
        if weights.len() != self.graph.nodes() || !natural || !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::input(format!(
                "{what} must be {} weights, one a node, finite, not negative and not all zero; it has {} that sum to {sum}.",
                self.graph.nodes(),
                weights.len()
            )));
        }
        Ok(weights.iter().map(|w| w / sum).collect())
    }
}

fn check(graph: &Graph, costs: &[f64], prior: &[f64]) -> Result<()> {
    if costs.len() != graph.edges() || prior.len() != graph.edges() {
        return Err(Error::input(format!(
            "There are {} costs and {} priors for {} edges.",
            costs.len(),
            prior.len(),
            graph.edges()
        )));
    }
    if let Some(e) = costs.iter().position(|c| !c.is_finite()) {
        return Err(Error::input(format!("Edge {e} has the cost {}, but it must be finite.", costs[e])));
    }
    for v in 0..graph.nodes() {
        let out = graph.outgoing(v);
        let sum: f64 = out.iter().map(|e| prior[*e as usize]).sum();
        let stochastic = (sum - 1.0).abs() <= STOCHASTIC && out.iter().all(|e| prior[*e as usize] >= 0.0);
        if !stochastic && !out.is_empty() {
            return Err(Error::input(format!(
                "The prior of the edges out of node {v} sums to {sum}, but it must be probabilities that sum to 1."
            ))
            .advise("Divide by the sum, or make it from observed flows with `habit`."));
        }
    }
    Ok(())
}
