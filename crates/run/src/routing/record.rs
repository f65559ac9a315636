//! What is told of flows on a network.

use super::solve::Rule;
use serde::{Deserialize, Serialize};
use thalweg_core::Report;

/// What was asked, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteRecord {
    /// The rule by which ways are chosen.
    pub method: Rule,
    /// Number of nodes.
    pub nodes: usize,
    /// Number of edges.
    pub edges: usize,
    /// Trips between different nodes.
    pub trips: usize,
    /// What they amount to.
    pub demand: f64,
    /// What was minimised: Beckmann's integral, the total time, the cost, or the largest flow over capacity.
    pub objective: f64,
    /// What no flows of these trips can get below.
    pub bound: f64,
    /// `objective - bound`.
    pub gap: f64,
    /// Sum of flow times time at that flow.
    pub total_time: f64,
    /// Largest flow over capacity, where there are capacities.
    pub congestion: Option<f64>,
    /// Status, iterations, residuals, seconds, advice.
    pub report: Report,
    /// BibTeX entries of the works that the method goes back to.
    pub citations: Vec<String>,
}
