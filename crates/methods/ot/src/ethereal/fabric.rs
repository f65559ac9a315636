//! Leaves, spines, servers and the links between them.

use super::Config;
use thalweg_core::{Error, Result};
use thalweg_ot::graph::Graph;

/// A checked fabric. Server `k` hangs on leaf `k / servers`.
#[derive(Clone, Debug)]
pub struct Fabric {
    pub(super) leaves: usize,
    pub(super) spines: usize,
    servers: usize,
    pub(super) uplink: f64,
    pub(super) access: f64,
    /// Whether the link between a leaf and a spine is up, leaf by leaf.
    up: Vec<bool>,
}

impl Fabric {
    /// The fabric of a configuration.
    ///
    /// # Errors
    /// A setting out of range.
    pub fn new(config: &Config) -> Result<Self> {
        config.check()?;
        let Config { leaves, spines, servers, uplink, access, .. } = *config;
        let mut up = vec![true; leaves * spines];
        config.failed.iter().for_each(|(leaf, spine)| up[leaf * spines + spine] = false);
        Ok(Self { leaves, spines, servers, uplink, access, up })
    }

    /// Number of servers on all leaves.
    pub fn all_servers(&self) -> usize {
        self.leaves * self.servers
    }

    /// The leaf of a server.
    pub fn leaf(&self, server: usize) -> usize {
        server / self.servers
    }

    /// The spines that both leaves reach; none are needed within a leaf.
    ///
    /// # Errors
    /// Two leaves that no spine connects.
    pub fn live(&self, from: usize, to: usize) -> Result<Vec<usize>> {
        let up = |leaf: usize, spine: usize| self.up[leaf * self.spines + spine];
        let live: Vec<usize> = (0..self.spines).filter(|s| from != to && up(from, *s) && up(to, *s)).collect();
        if from != to && live.is_empty() {
            return Err(Error::input(format!("No spine connects leaf {from} with leaf {to}."))
                .advise("Take some of their links out of `failed`."));
        }
        Ok(live)
    }

    /// The links as a graph with capacities: servers, then leaves, then spines; links that are down left out.
    ///
    /// # Errors
    /// More links than a graph may have.
    pub fn graph(&self) -> Result<(Graph, Vec<f64>)> {
        let servers = self.all_servers();
        let (leaf, spine) = (|l: usize| servers + l, |s: usize| servers + self.leaves + s);
        let access = (0..servers).map(|k| (k, leaf(self.leaf(k))));
        let links = (0..self.leaves * self.spines).filter(|k| self.up[*k]);
        let uplinks = links.map(|k| (leaf(k / self.spines), spine(k % self.spines)));
        let mut edges = Vec::new();
        let mut capacities = Vec::new();
        for (link, capacity) in access.map(|e| (e, self.access)).chain(uplinks.map(|e| (e, self.uplink))) {
            edges.extend([link, (link.1, link.0)]);
            capacities.extend([capacity; 2]);
        }
        let graph = Graph::new(servers + self.leaves + self.spines, &edges)?;
        // Traffic passes through switches, not through servers.
        Ok((graph.closed_to_through_traffic(0..servers)?, capacities))
    }

    /// Refuses a server that is not there.
    pub(super) fn check_server(&self, server: usize) -> Result<()> {
        if server < self.all_servers() {
            return Ok(());
        }
        Err(Error::input(format!(
            "There is no server {server}: the fabric has {}, counted from 0.",
            self.all_servers()
        )))
    }
}
