//! Ways to say how goods would move if nothing were asked of them.

use crate::imitation::NAME;
use thalweg_core::{Error, Result};
use thalweg_ot::graph::Graph;

/// Rounds of the power method; each multiplies what is off by the ratio of the two largest eigenvalues.
const ROUNDS: usize = 100_000;
/// Relative change of a round at which it has converged.
const SETTLED: f64 = 1e-14;

/// Every edge out of a node alike.
pub fn uniform(graph: &Graph) -> Vec<f64> {
    (0..graph.edges()).map(|e| 1.0 / graph.outgoing(graph.ends(e).0).len() as f64).collect()
}

/// The shares in which observed flows leave each node: what an expert, or all travellers, did. `unseen` is added to
/// each flow, so that roads which nobody took stay possible; a node that nobody left is left by all edges alike.
///
/// # Errors
/// Flows that are not one an edge, or negative, or not finite; an `unseen` below 0.
pub fn habit(graph: &Graph, flow: &[f64], unseen: f64) -> Result<Vec<f64>> {
    let natural = |v: f64| v >= 0.0 && v.is_finite();
    if flow.len() != graph.edges() || !flow.iter().all(|v| natural(*v)) || !natural(unseen) {
        return Err(Error::input(format!(
            "A habit needs one flow for each of {} edges, finite and not negative, and got {} with {unseen} added.",
            graph.edges(),
            flow.len()
        )));
    }
    let mut prior = uniform(graph);
    for v in 0..graph.nodes() {
        let out = graph.outgoing(v);
        let sum: f64 = out.iter().map(|e| flow[*e as usize] + unseen).sum();
        if sum > 0.0 {
            out.iter().for_each(|e| prior[*e as usize] = (flow[*e as usize] + unseen) / sum);
        }
    }
    Ok(prior)
}

/// The walk of maximum entropy (Ruelle and Bowen): all paths of one length between two nodes are equally likely.
///
/// # Errors
/// A graph whose walks do not settle to one growth rate: not strongly connected, or periodic.
pub fn maximum_entropy(graph: &Graph) -> Result<Vec<f64>> {
    // The right eigenvector of the adjacency matrix: how many long walks start at each node.
    let mut walks = vec![1.0; graph.nodes()];
    for _ in 0..ROUNDS {
        let next: Vec<f64> = (0..graph.nodes())
            .map(|v| graph.outgoing(v).iter().map(|e| walks[graph.ends(*e as usize).1]).sum())
            .collect();
        let rate = next.iter().copied().fold(0.0, f64::max);
        if next.iter().any(|w| *w <= 1e-200 * rate) {
            break;
        }
        let change = next.iter().zip(&walks).map(|(a, b)| (a / rate - b).abs()).fold(0.0, f64::max);
        walks = next.into_iter().map(|w| w / rate).collect();
        if change <= SETTLED {
            let growth = |v: usize| graph.outgoing(v).iter().map(|e| walks[graph.ends(*e as usize).1]).sum::<f64>();
            let of = |e: usize| walks[graph.ends(e).1] / growth(graph.ends(e).0);
            return Ok((0..graph.edges()).map(of).collect());
        }
    }
    Err(Error::input(format!("The walks of {NAME} on this graph do not settle to one growth rate."))
        .advise("Add self-loops, and leave out nodes that cannot be reached from all others and left towards them."))
}
