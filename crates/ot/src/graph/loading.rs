//! Flows on paths, and the moves between them.

use super::demand::{Trip, gathered};
use super::latency::Latency;
use super::paths::{Search, back};
use super::shift::{Scratch, amount};
use super::topology::Graph;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Result};

/// A path with flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Its edges, in order.
    pub edges: Vec<u32>,
    /// What takes it.
    pub flow: f64,
}

/// A trip with the paths that are known for it.
pub(super) struct Pair {
    pub(super) trip: Trip,
    pub(super) routes: Vec<Route>,
}

/// Where the trips are: on paths, and summed on edges with the times that follow.
pub(super) struct Loading<'a> {
    graph: &'a Graph,
    pub(super) pairs: Vec<Pair>,
    /// Ranges of `pairs` with one origin.
    origins: Vec<std::ops::Range<usize>>,
    pub(super) flow: Vec<f64>,
    pub(super) time: Vec<f64>,
    scratch: Scratch,
}

/// What a search for better paths found.
pub(super) struct Priced {
    /// Total time of all travellers on the paths that they take.
    pub(super) spent: f64,
    /// Total time if each took the shortest path at the present times.
    pub(super) least: f64,
}

impl<'a> Loading<'a> {
    /// All trips on no path yet.
    pub(super) fn new(graph: &'a Graph, trips: &[Trip]) -> Result<Self> {
        let trips = gathered(graph, trips)?;
        let mut origins: Vec<std::ops::Range<usize>> = Vec::new();
        for (k, trip) in trips.iter().enumerate() {
            match origins.last_mut() {
                Some(range) if trips[range.start].origin == trip.origin => range.end = k + 1,
                _ => origins.push(k..k + 1),
            }
        }
        let pairs = trips.into_iter().map(|trip| Pair { trip, routes: Vec::new() }).collect();
        let edges = graph.edges();
        Ok(Self { graph, pairs, origins, flow: vec![0.0; edges], time: vec![0.0; edges], scratch: Scratch::new(edges) })
    }

    /// Sums the edges anew from the paths, so that rounding does not gather, and takes the times under `latency`.
    pub(super) fn settle<L: Latency + ?Sized>(&mut self, latency: &L) {
        self.flow.fill(0.0);
        for route in self.pairs.iter().flat_map(|p| &p.routes) {
            route.edges.iter().for_each(|e| self.flow[*e as usize] += route.flow);
        }
        (0..self.flow.len()).for_each(|e| self.time[e] = latency.time(e, self.flow[e]));
    }

    /// Drops empty paths and adds to each pair the shortest at the present times: with all of the trip where the pair
    /// had no path, and nothing otherwise. Searches run side by side and see the same times.
    pub(super) fn price(&mut self, ctx: &Context) -> Result<Priced> {
        let (graph, time, pairs) = (self.graph, &self.time, &self.pairs);
        if let Some(e) = time.iter().position(|t| !t.is_finite()) {
            return Err(Error::failed(format!("Edge {e} takes {} at the flow {}.", time[e], self.flow[e]))
                .advise("Rescale flows and times: powers of flow over capacity overflow."));
        }
        let found: Vec<Vec<Found>> = ctx.install(|| {
            let search = |search: &mut Search, range: &std::ops::Range<usize>| {
                ctx.check_stop()?;
                let of_origin = &pairs[range.clone()];
                let targets: Vec<usize> = of_origin.iter().map(|p| p.trip.destination).collect();
                search.run(graph, time, of_origin[0].trip.origin, &targets);
                of_origin.iter().map(|pair| search.beside(graph, time, pair)).collect()
            };
            self.origins.par_iter().map_init(Search::default, search).collect::<Result<_>>()
        })?;
        let mut priced = Priced { spent: 0.0, least: 0.0 };
        for (pair, found) in self.pairs.iter_mut().zip(found.into_iter().flatten()) {
            priced.spent += found.spent;
            priced.least += found.least * pair.trip.amount;
            pair.routes.retain(|r| r.flow > 0.0);
            if let Some(edges) = found.path {
                let flow = if pair.routes.is_empty() { pair.trip.amount } else { 0.0 };
                pair.routes.push(Route { edges, flow });
            }
        }
        Ok(priced)
    }

    /// Moves flow within every pair from slower paths to the fastest known, one pair after another, each seeing the
    /// times that the one before left. Returns the time that travellers lost to the fastest known paths, met on the
    /// way.
    pub(super) fn sweep<L: Latency + ?Sized>(&mut self, latency: &L) -> f64 {
        let mut lost = 0.0;
        for k in 0..self.pairs.len() {
            if self.pairs[k].routes.len() > 1 {
                lost += self.balance(latency, k);
            }
        }
        lost
    }

    fn balance<L: Latency + ?Sized>(&mut self, latency: &L, k: usize) -> f64 {
        let routes = &mut self.pairs[k].routes;
        let (mut best, mut least) = (0, f64::INFINITY);
        for (r, route) in routes.iter().enumerate() {
            let time = length(&self.time, &route.edges);
            if time < least {
                (best, least) = (r, time);
            }
        }
        let mut lost = 0.0;
        for r in 0..routes.len() {
            if r == best || routes[r].flow == 0.0 {
                continue;
            }
            self.scratch.differ(&routes[r].edges, &routes[best].edges);
            let scratch = &self.scratch;
            let gain = length(&self.time, &scratch.left) - length(&self.time, &scratch.joined);
            if gain <= 0.0 {
                continue;
            }
            lost += gain * routes[r].flow;
            let moved = amount(latency, &self.flow, scratch, routes[r].flow, gain);
            let all = moved == routes[r].flow;
            routes[r].flow = if all { 0.0 } else { routes[r].flow - moved };
            routes[best].flow += moved;
            for (edges, by) in [(&scratch.left, -moved), (&scratch.joined, moved)] {
                for e in edges.iter().map(|e| *e as usize) {
                    self.flow[e] = (self.flow[e] + by).max(0.0);
                    self.time[e] = latency.time(e, self.flow[e]);
                }
            }
        }
        lost
    }
}

fn length(time: &[f64], edges: &[u32]) -> f64 {
    edges.iter().map(|e| time[*e as usize]).sum()
}

/// What a search found for one pair.
struct Found {
    /// Time of its travellers on their paths.
    spent: f64,
    /// Length of the shortest path.
    least: f64,
    /// That path, where it is shorter than all that are known. (A known path has the same length to the last digit:
    /// both are summed from its start.)
    path: Option<Vec<u32>>,
}

impl Search {
    /// Holds the shortest path of a pair against those that it takes.
    fn beside(&self, graph: &Graph, time: &[f64], pair: &Pair) -> Result<Found> {
        let Trip { origin, destination, amount } = pair.trip;
        let least = self.distance[destination];
        if least.is_infinite() {
            return Err(Error::input(format!(
                "{amount} go from node {origin} to node {destination}, but no path does."
            ))
            .advise("Leave the trip out, or add the edges that connect the two."));
        }
        let (mut spent, mut known) = (0.0, f64::INFINITY);
        for route in &pair.routes {
            let took = length(time, &route.edges);
            spent += route.flow * took;
            known = if route.flow > 0.0 { known.min(took) } else { known };
        }
        Ok(Found { spent, least, path: (least < known).then(|| back(graph, &self.edge, destination)) })
    }
}
