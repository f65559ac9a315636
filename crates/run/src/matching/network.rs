//! What moving costs between the nodes of a network.

use crate::routing::{Columns, Network};
use std::path::Path;
use thalweg_core::{Context, Error, Result};
use thalweg_ot::RestrictedCosts;
use thalweg_ot::graph::path_lengths;

/// The lengths of the shortest paths through `network` (times of the empty edges) from the nodes `from` to the nodes `to`, which a
/// row of a match each names. A pair without a path is forbidden.
///
/// # Errors
/// A node that no edge touches; a memory budget below the costs; interruption.
pub fn along(network: &Network, from: &[String], to: &[String], ctx: &Context) -> Result<RestrictedCosts> {
    let pairs = from.len() as u64 * to.len() as u64;
    ctx.require_memory(16 * pairs, "The lengths of the shortest paths between all pairs")?;
    let nodes = |names: &[String]| names.iter().map(|name| network.node(name)).collect::<Result<Vec<usize>>>();
    let (sources, targets) = (nodes(from)?, nodes(to)?);
    let lengths: Vec<f64> = network.roads().iter().map(|road| road.free + road.fixed).collect();
    let values = path_lengths(ctx, network.graph(), &lengths, &sources, &targets)?;
    RestrictedCosts::new(from.len(), to.len(), values)
}

/// As [`along`], from the network in one file and the column `node` of two tables.
///
/// # Errors
/// As [`along`], [`Network::read`] and [`Columns::read`]; a table without this column.
pub fn along_files(graph: &Path, node: &str, [source, target]: [&Path; 2], ctx: &Context) -> Result<RestrictedCosts> {
    let network = Network::read(graph, ctx.memory())?;
    let names = |path: &Path| Columns::read(path, ctx.memory())?.labels(&[node]);
    along(&network, &names(source)?, &names(target)?, ctx).map_err(|e: Error| e.within(graph.display()))
}
