//! Optimal transport between weighted points.
//!
//! * [`GroundCost`], [`CostMatrix`]: what moving costs. `SquaredEuclidean` is `|x - y|^2`, without a half.
//! * [`assign`], [`assign_many`], [`transport`], [`line()`]: exact transport with dual potentials and a certificate;
//!   [`transport_matrix_from`] begins with potentials of a problem nearly the same.
//! * [`PairCosts`]: costs that are computed where they are needed, for [`Sinkhorn::solve_pairs`]: any [`Metric`], `h(x - y)`, your own.
//! * [`RestrictedCosts`]: costs with forbidden pairs, for [`transport_restricted`] and [`Sinkhorn::solve_restricted`].
//! * [`Sinkhorn`]: entropic transport in the log domain with a [`MarginalPenalty`] on each side.
//! * [`Factorise`]: transport through few meeting places, in time and memory linear in the points.
//! * [`Plan`]: who goes where, sparse, lazy (potentials and cost) or of low rank, never materialised: means, masses carried
//!   over, the largest entries. [`Lazy`] maps points that were not there ([`Lazy::map`]).
//! * [`graph`]: transport along the edges of a graph: shortest paths, flows, equilibria.
//! * [`coupling`]: pairs for a training batch. [`metrics`]: distances between measures.
//!
//! ```
//! use thalweg_core::{Context, Measure, Points};
//! use thalweg_ot::{GroundCost, transport};
//!
//! let source = Measure::counted(Points::new(1, vec![0.0, 1.0])?)?;
//! let target = Measure::counted(Points::new(1, vec![2.0, 3.0, 4.0])?)?;
//! let exact = transport(&Context::new(0, 1)?, &source, &target, GroundCost::Euclidean)?;
//! assert!((exact.plan.cost() - 2.5).abs() < 1e-12);
//! assert!(exact.certificate.gap.abs() < 1e-12);
//! # Ok::<(), thalweg_core::Error>(())
//! ```

mod absorbed;
mod apply;
mod assignment;
mod auction;
mod augment;
mod barycentre;
mod capped;
mod circle;
mod cost;
pub mod coupling;
mod dense;
mod distances;
mod entropic_map;
mod exact;
mod few;
mod flow;
mod gibbs;
pub mod graph;
mod grid;
pub mod gromov;
mod line;
mod low_rank;
mod majorise;
mod market;
pub mod metrics;
mod monge;
mod pairs;
mod partial;
mod penalty;
mod plan;
mod product;
mod real;
mod restricted;
mod scan;
pub mod semi_discrete;
mod simd;
mod simplex;
mod sinkhorn;
mod slices;
mod sort;
mod stochastic;
mod tally;

pub use assignment::{Assignment, assign, assign_many};
pub use barycentre::Barycentre;
pub use capped::Capped;
pub use circle::circle_power;
pub use cost::{CostMatrix, GroundCost};
pub use distances::{Measured, Metric};
pub use exact::{Certificate, Exact, transport, transport_matrix, transport_matrix_from};
pub use grid::transport_on_grid;
pub use line::line;
pub use low_rank::{Factored, Factorise, LowRank};
pub use majorise::{Discrepancy, Majorise};
pub use pairs::{PairCosts, Translation};
pub use partial::{Partial, partial, partial_matrix, partial_of_mass, partial_of_mass_matrix};
pub use penalty::MarginalPenalty;
pub use plan::{Lazy, Plan, Sparse};
pub use product::{Factor, product};
pub use restricted::{RestrictedCosts, transport_restricted};
pub use sinkhorn::{Divergence, Entropic, Posed, Potentials, Sinkhorn};
pub use slices::{Greatest, MaxSliced, line_power, sliced_costs};
pub use stochastic::{Averaging, semi_dual};
pub use tally::Tally;
