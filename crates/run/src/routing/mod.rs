//! `thalweg route`: how demand takes its way through a network whose edges fill up.
//!
//! [`run`] takes a [`Network`] and a [`Demand`], read from files or made from columns, and gives the flow of every edge
//! with a record. The command line and Python call it.

mod columns;
mod demand;
mod network;
mod record;
mod solve;

pub use columns::Columns;
pub use demand::Demand;
pub use network::Network;
pub use record::RouteRecord;
pub use solve::{Options, Rule, run};

use thalweg_core::Result;
use thalweg_io::{OutColumn, OutTable};
use thalweg_ot::graph::{Route, Trip};

/// Flows on a network.
pub struct Routed {
    /// What was asked, and what became of it.
    pub record: RouteRecord,
    /// Flow of each edge.
    pub flow: Vec<f64>,
    /// Time of each edge at that flow.
    pub time: Vec<f64>,
    /// The paths of each trip; empty where goods are alike and nobody has a path.
    pub routes: Vec<(Trip, Vec<Route>)>,
}

impl Routed {
    /// The edges as a table: `from`, `to`, `flow`, `time`, and `load` (flow over capacity) where there are capacities.
    ///
    /// # Errors
    /// Columns of different lengths, which these are not.
    pub fn edges(&self, network: &Network) -> Result<OutTable> {
        let end = |of: fn((usize, usize)) -> usize| {
            (0..self.flow.len()).map(|e| network.label(of(network.graph().ends(e)))).collect::<Vec<_>>()
        };
        let table = OutTable::new()
            .column("from", labels(end(|e| e.0)))?
            .column("to", labels(end(|e| e.1)))?
            .numbers("flow", self.flow.clone())?
            .numbers("time", self.time.clone())?;
        match network.capacities() {
            None => Ok(table),
            Some(c) => table.numbers("load", self.flow.iter().zip(c).map(|(x, c)| x / c).collect()),
        }
    }

    /// The paths as a table: `from`, `to`, `flow`, `time`, and `nodes`, joined by blanks.
    ///
    /// # Errors
    /// Columns of different lengths, which these are not.
    pub fn paths(&self, network: &Network) -> Result<OutTable> {
        let rows = || self.routes.iter().flat_map(|(trip, routes)| routes.iter().map(move |r| (trip, r)));
        let nodes = |trip: &Trip, route: &Route| {
            let heads = route.edges.iter().map(|e| network.graph().ends(*e as usize).1);
            std::iter::once(trip.origin).chain(heads).map(|v| network.label(v)).collect::<Vec<_>>().join(" ")
        };
        let took = |r: &Route| r.edges.iter().map(|e| self.time[*e as usize]).sum();
        OutTable::new()
            .column("from", labels(rows().map(|(t, _)| network.label(t.origin)).collect()))?
            .column("to", labels(rows().map(|(t, _)| network.label(t.destination)).collect()))?
            .numbers("flow", rows().map(|(_, r)| r.flow).collect())?
            .numbers("time", rows().map(|(_, r)| took(r)).collect())?
            .column("nodes", OutColumn::Texts(rows().map(|(t, r)| Some(nodes(t, r))).collect()))
    }
}

/// Names of nodes as a column: whole numbers where all are.
fn labels(names: Vec<&str>) -> OutColumn {
    let plain = |name: &&str| name.parse::<i64>().ok().filter(|v| v.to_string() == **name);
    match names.iter().map(plain).collect::<Option<Vec<i64>>>() {
        Some(numbers) => OutColumn::Integers(numbers.into_iter().map(Some).collect()),
        None => OutColumn::Texts(names.into_iter().map(|n| Some(n.to_owned())).collect()),
    }
}
