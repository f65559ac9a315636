//! What an integration leaves behind.

use crate::{Points, Report};

/// States of the same `n` particles at increasing or decreasing times.
#[derive(Clone, Debug)]
pub struct Trajectory {
    /// Times of the saved states, in the order of integration.
    pub times: Vec<f64>,
    /// One cloud of `n` particles a time; row `i` is always the same particle.
    pub states: Vec<Points>,
    /// `log w` of each particle at each time, empty for a law without growth.
    pub log_weights: Vec<Vec<f64>>,
    /// How the integration ended. When a budget ran out, what was done until then is kept.
    pub report: Report,
}

impl Trajectory {
    /// The last saved cloud, if anything was saved.
    pub fn last(&self) -> Option<&Points> {
        self.states.last()
    }
}
