//! Flows by the rule that was asked for.

use super::{Demand, Network, RouteRecord, Routed};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Context, Error, Report, Result, Status, listed};
use thalweg_ot::Certificate;
use thalweg_ot::graph::{
    Bpr, Graph, Latency, Route, Stopping, Trip, equilibrium, max_flow, min_congestion, min_cost_flow,
};

/// By what rule ways are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Nobody gains by another way: Wardrop's user equilibrium.
    Equilibrium,
    /// The total time is least: the system optimum.
    Optimum,
    /// Everybody takes a fastest way of the empty network.
    Shortest,
    /// The largest flow over capacity is least.
    MinCongestion,
    /// Goods are alike, and any may serve any demand; capacities hold, times are those of the empty network.
    MinCost,
}

/// How flows are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The rule.
    pub method: Rule,
    /// Relative gap at which an iteration ends, from 0 to 1.
    pub tolerance: f64,
    /// Most iterations, at least 1.
    pub max_iterations: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { method: Rule::Equilibrium, tolerance: 1e-10, max_iterations: 1000 }
    }
}

impl Options {
    fn stopping(&self) -> Result<Stopping> {
        if !(0.0..=1.0).contains(&self.tolerance) || self.max_iterations == 0 {
            return Err(Error::input(format!(
                "The tolerance is {} and the iterations are {}, but they must be from 0 to 1 and at least 1.",
                self.tolerance, self.max_iterations
            )));
        }
        Ok(Stopping { tolerance: self.tolerance, iterations: self.max_iterations })
    }
}

const EQUILIBRIUM: &str = "@book{beckmann1956studies,
  author = {Beckmann, Martin and McGuire, C. B. and Winsten, Christopher B.},
  title = {Studies in the Economics of Transportation},
  publisher = {Yale University Press},
  year = {1956}
}";

const NETWORK_FLOWS: &str = "@book{ahuja1993network,
  author = {Ahuja, Ravindra K. and Magnanti, Thomas L. and Orlin, James B.},
  title = {Network Flows: Theory, Algorithms, and Applications},
  publisher = {Prentice Hall},
  year = {1993}
}";

const CONGESTION: &str = "@article{shahrokhi1990maximum,
  author = {Shahrokhi, Farhad and Matula, David W.},
  title = {The maximum concurrent flow problem},
  journal = {Journal of the ACM},
  volume = {37},
  pages = {318--334},
  year = {1990}
}";

/// What a solver gives, whichever it is.
struct Found {
    flow: Vec<f64>,
    routes: Vec<(Trip, Vec<Route>)>,
    certificate: Certificate,
    report: Report,
    citation: &'static str,
}

/// Finds the flows of `demand` on `network`. Threads do not change them.
///
/// # Errors
/// Options out of range; trips that no path serves; a network without capacities where the rule needs them, or with too
/// little of it; interruption. A gap that was not reached is no error: the record says so.
pub fn run(network: &Network, demand: &Demand, options: &Options, ctx: &Context) -> Result<Routed> {
    let stopping = options.stopping()?;
    let (trips, amount) = demand.size()?;
    // Goods that are alike need not go where their trips say.
    if options.method != Rule::MinCost {
        demand.check_connected(network, ctx)?;
    }
    let found = match options.method {
        Rule::Equilibrium => assigned(network, demand, network.roads(), &stopping, ctx)?,
        Rule::Optimum => assigned(network, demand, &each(network, Bpr::marginal), &stopping, ctx)?,
        Rule::Shortest => {
            assigned(network, demand, &each(network, |r| Bpr::constant(r.free + r.fixed)), &stopping, ctx)?
        }
        Rule::MinCongestion => congestion(network, demand, &stopping, ctx)?,
        Rule::MinCost => cheapest(network, demand, ctx)?,
    };
    let time: Vec<f64> = found.flow.iter().enumerate().map(|(e, x)| network.roads().time(e, *x)).collect();
    let load = |c: &[f64]| found.flow.iter().zip(c).filter(|(x, _)| **x > 0.0).map(|(x, c)| x / c).fold(0.0, f64::max);
    let record = RouteRecord {
        method: options.method,
        nodes: network.graph().nodes(),
        edges: network.graph().edges(),
        trips,
        demand: amount,
        objective: found.certificate.primal,
        bound: found.certificate.dual,
        gap: found.certificate.gap,
        total_time: found.flow.iter().zip(&time).map(|(x, t)| x * t).sum(),
        congestion: network.capacities().map(load),
        report: found.report,
        citations: vec![found.citation.to_owned()],
    };
    Ok(Routed { record, flow: found.flow, time, routes: found.routes })
}

fn each(network: &Network, f: impl Fn(Bpr) -> Bpr) -> Vec<Bpr> {
    network.roads().iter().map(|r| f(*r)).collect()
}

fn assigned(network: &Network, demand: &Demand, roads: &[Bpr], stopping: &Stopping, ctx: &Context) -> Result<Found> {
    let found = equilibrium(ctx, network.graph(), roads, &demand.trips, stopping)?;
    let (flow, routes, certificate, report) = (found.flow, found.routes, found.certificate, found.report);
    Ok(Found { flow, routes, certificate, report, citation: EQUILIBRIUM })
}

fn congestion(network: &Network, demand: &Demand, stopping: &Stopping, ctx: &Context) -> Result<Found> {
    let capacities = network.capacities().ok_or_else(|| {
        Error::input("The network has no capacities, so that no edge is full.").advise("Add a column `capacity`.")
    })?;
    let found = min_congestion(ctx, network.graph(), capacities, &demand.trips, stopping)?;
    let (flow, routes, certificate, report) = (found.flow, found.routes, found.certificate, found.report);
    Ok(Found { flow, routes, certificate, report, citation: CONGESTION })
}

fn cheapest(network: &Network, demand: &Demand, ctx: &Context) -> Result<Found> {
    let start = Instant::now();
    let costs: Vec<f64> = network.roads().iter().map(|r| r.free + r.fixed).collect();
    let unlimited = vec![f64::INFINITY; costs.len()];
    let capacities = network.capacities().unwrap_or(&unlimited);
    let supply = demand.balance(network.graph().nodes());
    check_capacities(network, capacities, &supply, ctx)?;
    let found = ctx.install(|| min_cost_flow(ctx, network.graph(), &costs, capacities, &supply))?;
    let certificate = found.certificate;
    let relative = if certificate.primal > 0.0 { certificate.gap.max(0.0) / certificate.primal } else { 0.0 };
    let report = Report::new(Status::Converged, 1).residual("relative gap", relative).timed(start);
    Ok(Found { flow: found.flow, routes: Vec::new(), certificate, report, citation: NETWORK_FLOWS })
}

/// Refuses demand that the capacities do not let through, with the edges that are too narrow under their names.
fn check_capacities(network: &Network, capacities: &[f64], supply: &[f64], ctx: &Context) -> Result<()> {
    let (graph, n) = (network.graph(), supply.len());
    let mut edges: Vec<(usize, usize)> = (0..graph.edges()).map(|e| graph.ends(e)).collect();
    let mut limits = capacities.to_vec();
    for (v, b) in supply.iter().enumerate() {
        edges.push(if *b >= 0.0 { (n, v) } else { (v, n + 1) });
        limits.push(b.abs());
    }
    let asked: f64 = supply.iter().filter(|b| **b > 0.0).sum();
    let cut = max_flow(ctx, &Graph::new(n + 2, &edges)?, &limits, n, n + 1)?;
    // What rounding leaves out is no shortage.
    if cut.certificate.primal >= asked * (1.0 - 1e-12) {
        return Ok(());
    }
    let narrow = (0..graph.edges()).map(|e| graph.ends(e)).filter(|(a, b)| cut.source_side[*a] && !cut.source_side[*b]);
    let names: Vec<String> = narrow.map(|(a, b)| format!("{} to {}", network.label(a), network.label(b))).collect();
    Err(Error::input(format!(
        "Capacities let {} of {asked} through. Full are the edges {}.",
        cut.certificate.primal,
        if names.is_empty() { "none, for no path leads on".to_owned() } else { listed(&names, SHOWN) }
    ))
    .advise("Widen them, or ask for less."))
}

/// Edges that a sentence names.
const SHOWN: usize = 8;
