//! How the time of an edge grows with its flow.

use super::topology::Graph;
use thalweg_core::{Error, Result};

/// Times that depend on the flow of their own edge alone, and never fall as it grows.
pub trait Latency: Sync {
    /// Number of edges.
    fn edges(&self) -> usize;
    /// Time of edge `e` at flow `x >= 0`.
    fn time(&self, e: usize, x: f64) -> f64;
    /// Derivative of the time.
    fn slope(&self, e: usize, x: f64) -> f64;
    /// Integral of the time from 0 to `x`.
    fn integral(&self, e: usize, x: f64) -> f64;
}

/// `fixed + free + rise (x / capacity)^power`: the latency of the Bureau of Public Roads (1964), where `rise` is its
/// `b` times the free-flow time. Time and flow in any units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bpr {
    /// Time of the empty edge, not negative.
    pub free: f64,
    /// What the flow cannot change: tolls and lengths in units of time, not negative.
    pub fixed: f64,
    /// What a flow as large as the capacity adds, not negative.
    pub rise: f64,
    /// Flow at which that is added, positive where `rise` is.
    pub capacity: f64,
    /// At least 1.
    pub power: f64,
}

impl Bpr {
    /// A time that no flow changes.
    pub fn constant(time: f64) -> Self {
        Self { free: time, fixed: 0.0, rise: 0.0, capacity: 1.0, power: 1.0 }
    }

    /// What one traveller more costs all, `t + x t'`: the equilibrium under it is the system optimum, and its objective
    /// the total time.
    #[must_use]
    pub fn marginal(self) -> Self {
        Self { rise: self.rise * (self.power + 1.0), ..self }
    }

    /// Refuses what is out of range.
    ///
    /// # Errors
    /// A field outside the range that its documentation states; the message names the edge.
    pub fn check(roads: &[Self], graph: &Graph) -> Result<()> {
        let column = |f: fn(&Self) -> f64| roads.iter().map(f).collect::<Vec<_>>();
        let natural = |v: f64| v >= 0.0 && v.is_finite();
        graph.check_edges("free-flow time", &column(|r| r.free), natural, "finite and not negative")?;
        graph.check_edges("fixed time", &column(|r| r.fixed), natural, "finite and not negative")?;
        graph.check_edges("rise of its time", &column(|r| r.rise), natural, "finite and not negative")?;
        let powers = column(|r| if r.rise > 0.0 { r.power } else { 1.0 });
        graph.check_edges("power", &powers, |p| p >= 1.0 && p.is_finite(), "at least 1 and finite")?;
        let capacities = column(|r| if r.rise > 0.0 { r.capacity } else { 1.0 });
        graph.check_edges("capacity", &capacities, |c| c > 0.0 && c.is_finite(), "positive and finite")
    }

    /// The fourth power is that of nearly all roads, and many times as fast as `powf`.
    fn power(&self, x: f64, power: f64) -> f64 {
        let ratio = x / self.capacity;
        match power {
            0.0 => 1.0,
            1.0 => ratio,
            3.0 => ratio * ratio * ratio,
            4.0 => (ratio * ratio) * (ratio * ratio),
            p => ratio.powf(p),
        }
    }
}

impl Latency for [Bpr] {
    fn edges(&self) -> usize {
        self.len()
    }

    fn time(&self, e: usize, x: f64) -> f64 {
        let road = &self[e];
        let rise = if road.rise > 0.0 { road.rise * road.power(x, road.power) } else { 0.0 };
        road.fixed + road.free + rise
    }

    fn slope(&self, e: usize, x: f64) -> f64 {
        let road = &self[e];
        if road.rise > 0.0 { road.rise * road.power / road.capacity * road.power(x, road.power - 1.0) } else { 0.0 }
    }

    fn integral(&self, e: usize, x: f64) -> f64 {
        let road = &self[e];
        let rise = if road.rise > 0.0 { road.rise * road.power(x, road.power) / (road.power + 1.0) } else { 0.0 };
        (road.fixed + road.free + rise) * x
    }
}

/// Refuses a latency of another graph, or one that is not finite where nothing flows.
pub(super) fn check<L: Latency + ?Sized>(latency: &L, graph: &Graph) -> Result<()> {
    if latency.edges() != graph.edges() {
        return Err(Error::input(format!(
            "There are latencies for {} edges, but the graph has {}.",
            latency.edges(),
            graph.edges()
        )));
    }
    let empty: Vec<f64> = (0..graph.edges()).map(|e| latency.time(e, 0.0)).collect();
    graph.check_edges("time without flow", &empty, |t| t >= 0.0 && t.is_finite(), "finite and not negative")
}
