//! A network under the names that its user gave.

use super::columns::{Columns, is_tntp};
use std::collections::HashMap;
use std::path::Path;
use thalweg_core::{Error, Result};
use thalweg_io::OutColumn;
use thalweg_ot::graph::{Bpr, Graph};

/// The rise of the time at capacity, as a part of the free-flow time, and its power (Bureau of Public Roads, 1964).
const USUAL: (f64, f64) = (0.15, 4.0);

/// Nodes with names, edges with times and capacities.
#[derive(Clone, Debug)]
pub struct Network {
    labels: Vec<String>,
    index: HashMap<String, usize>,
    graph: Graph,
    roads: Vec<Bpr>,
    capacities: Option<Vec<f64>>,
}

impl Network {
    /// Reads a network: .tntp, or a table with the columns that [`Network::of`] takes.
    ///
    /// # Errors
    /// As [`thalweg_io::read_rest`] and [`Network::of`].
    pub fn read(path: &Path, memory: Option<u64>) -> Result<Self> {
        if !is_tntp(path) {
            return Self::of(&Columns::read(path, memory)?, &[]);
        }
        let file = thalweg_io::read_tntp_network(path, memory)?;
        let nodes = |f: fn(&thalweg_io::TntpLink) -> u32| {
            OutColumn::Integers(file.links.iter().map(|l| Some(i64::from(f(l)))).collect())
        };
        let numbers = |f: fn(&thalweg_io::TntpLink) -> f64| OutColumn::Numbers(file.links.iter().map(f).collect());
        let columns = [
            ("from", nodes(|l| l.from)),
            ("to", nodes(|l| l.to)),
            ("time", numbers(|l| l.free_flow_time)),
            ("capacity", numbers(|l| l.capacity)),
            ("b", numbers(|l| l.b)),
            ("power", numbers(|l| l.power)),
        ];
        let columns = columns.into_iter().map(|(n, c)| (n.to_owned(), c)).collect();
        let ends = || file.links.iter().flat_map(|l| [l.from, l.to]);
        let mut zones: Vec<u32> = ends().filter(|v| *v < file.first_through).collect();
        zones.sort_unstable();
        zones.dedup();
        let zones: Vec<String> = zones.iter().map(u32::to_string).collect();
        Self::of(&Columns { name: path.display().to_string(), columns }, &zones)
    }

    /// A network from the columns `from`, `to`, `time` (of the empty edge), and where they are there `capacity`, `b`
    /// (0.15), `power` (4) and `fixed` (0): an edge takes `time (1 + b (flow / capacity)^power) + fixed`. Without
    /// capacities times are constant. Paths do not pass through the nodes `closed`.
    ///
    /// # Errors
    /// Columns that are missing, of different lengths, or hold what is out of range: the row and both ends are named.
    pub fn of(table: &Columns, closed: &[String]) -> Result<Self> {
        let from = table.labels(&["from", "init_node", "source"])?;
        let to = table.labels(&["to", "term_node", "target"])?;
        let free = table.required(&["time", "free_flow_time", "cost"])?;
        let capacities = table.numbers(&["capacity"])?;
        let rows = free.len();
        let or = |found: Option<Vec<f64>>, usual| found.unwrap_or_else(|| vec![usual; rows]);
        let rise = if capacities.is_some() { USUAL.0 } else { 0.0 };
        let (b, power) = (or(table.numbers(&["b"])?, rise), or(table.numbers(&["power"])?, USUAL.1));
        let fixed = or(table.numbers(&["fixed"])?, 0.0);
        let lengths =
            [from.len(), to.len(), b.len(), power.len(), fixed.len(), capacities.as_ref().map_or(rows, Vec::len)];
        if lengths.iter().any(|l| *l != rows) {
            return Err(Error::input(format!("{}: the columns have different lengths.", table.name)));
        }
        let mut network = Self::named(from.iter().zip(&to), closed)?;
        let limits = capacities.clone().unwrap_or_else(|| vec![f64::INFINITY; rows]);
        for e in 0..rows {
            let place = || format!("{}: row {e} (counted from 0), from {} to {}", table.name, from[e], to[e]);
            let natural = |what: &str, v: f64, holds: bool, range: &str| match holds {
                true => Ok(()),
                false => Err(Error::input(format!("{}, has the {what} {v}, but it must be {range}.", place()))),
            };
            natural("time", free[e], free[e] >= 0.0, "at least 0")?;
            natural("b", b[e], b[e] >= 0.0, "at least 0")?;
            natural("fixed time", fixed[e], fixed[e] >= 0.0, "at least 0")?;
            let rises = b[e] > 0.0 && free[e] > 0.0;
            natural("power", power[e], !rises || power[e] >= 1.0, "at least 1")?;
            let least = limits[e] > 0.0 || (limits[e] == 0.0 && !rises);
            natural("capacity", limits[e], least, "positive")?;
            let (rise, capacity) = if rises { (b[e] * free[e], limits[e]) } else { (0.0, 1.0) };
            network.roads.push(Bpr { free: free[e], fixed: fixed[e], rise, capacity, power: power[e] });
        }
        network.capacities = capacities;
        Ok(network)
    }

    /// Numbers the nodes as they first appear.
    fn named<'a>(edges: impl Iterator<Item = (&'a String, &'a String)>, closed: &[String]) -> Result<Self> {
        let (mut labels, mut index) = (Vec::new(), HashMap::new());
        let mut number = |name: &String| {
            *index.entry(name.clone()).or_insert_with(|| {
                labels.push(name.clone());
                labels.len() - 1
            })
        };
        let ends: Vec<(usize, usize)> = edges.map(|(a, b)| (number(a), number(b))).collect();
        if ends.is_empty() {
            return Err(Error::input("The network has no edges."));
        }
        let graph = Graph::new(labels.len(), &ends)?;
        let mut network = Self { labels, index, graph, roads: Vec::new(), capacities: None };
        let closed = closed.iter().map(|name| network.node(name)).collect::<Result<Vec<_>>>()?;
        network.graph = network.graph.closed_to_through_traffic(closed)?;
        Ok(network)
    }

    /// The number of the node called `name`.
    ///
    /// # Errors
    /// No edge begins or ends there.
    pub fn node(&self, name: &str) -> Result<usize> {
        self.index.get(name).copied().ok_or_else(|| {
            Error::input(format!("No edge of the network begins or ends at node {name}."))
                .advise("Check the names: 7 and 7.0 are one node, 07 is another.")
        })
    }

    /// The name of a node.
    pub fn label(&self, node: usize) -> &str {
        &self.labels[node]
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// How the times of the edges grow.
    pub fn roads(&self) -> &[Bpr] {
        &self.roads
    }

    /// The capacities, where the network has them.
    pub fn capacities(&self) -> Option<&[f64]> {
        self.capacities.as_deref()
    }
}
