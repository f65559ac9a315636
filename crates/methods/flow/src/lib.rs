//! Flows and diffusions between measures: one file a published system, one line a system in [`LEARNERS`].
//!
//! All of them draw a pair from a coupling, put a point on a path between the two, and regress a field at that
//! point; what differs is which coupling, which path and which field.

mod claims;
pub mod flow_matching;
pub mod rectified_flow;
pub mod stochastic_interpolants;
mod train;

pub use train::{Network, Pairing};

use thalweg_nn::Learner;

/// The systems of this family, by number.
pub static LEARNERS: &[Learner] = &[stochastic_interpolants::LEARNER, rectified_flow::LEARNER, flow_matching::LEARNER];
