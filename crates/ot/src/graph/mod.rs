//! Transport on directed graphs: along edges, where edges have lengths, capacities, or times that grow with their flow.
//!
//! * [`Graph`]: nodes and directed edges, checked. Lengths, capacities and flows are slices with one entry an edge.
//! * [`shortest`], [`distances`]: Dijkstra's trees, and the path lengths between two sets of nodes as a [`CostMatrix`]
//!   that every solver of this crate takes.
//! * [`equilibrium`]: flows in which no traveller gains by another path (Wardrop), under any increasing [`Latency`];
//!   with [`Bpr::marginal`] the flows of least total time.
//! * [`min_cost_flow`], [`max_flow`]: goods that are alike, with capacities and a proof.
//! * [`min_congestion`]: the flows of many pairs whose fullest edge is as empty as can be, with a proof.
//!
//! ```
//! use thalweg_core::Context;
//! use thalweg_ot::graph::{Bpr, Graph, Stopping, Trip, equilibrium};
//!
//! // Pigou: one road always takes 1, the other as long as the share of the traffic on it. All take the second.
//! let graph = Graph::new(2, &[(0, 1), (0, 1)])?;
//! let roads = [Bpr::constant(1.0), Bpr { free: 0.0, fixed: 0.0, rise: 1.0, capacity: 1.0, power: 1.0 }];
//! let trips = [Trip { origin: 0, destination: 1, amount: 1.0 }];
//! let found = equilibrium(&Context::new(0, 1)?, &graph, roads.as_slice(), &trips, &Stopping::default())?;
//! assert!((found.flow[1] - 1.0).abs() < 1e-6);
//! # Ok::<(), thalweg_core::Error>(())
//! ```
//!
//! [`CostMatrix`]: crate::CostMatrix

mod congestion;
mod cut;
mod demand;
mod equilibrium;
mod latency;
mod loading;
mod min_cost;
mod paths;
mod shift;
mod spanning;
mod topology;

pub use congestion::{Congestion, min_congestion};
pub use cut::{Cut, max_flow};
pub use demand::Trip;
pub use equilibrium::{Equilibrium, Stopping, equilibrium};
pub use latency::{Bpr, Latency};
pub use loading::Route;
pub use min_cost::{MinCost, min_cost_flow};
pub use paths::{Tree, distances, path_lengths, shortest};
pub use topology::Graph;
