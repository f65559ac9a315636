//! Traffic on a road network: equilibrium and optimum, routes near a habit (S027), and one path a trip beside many (S029).
//!
//! `cargo run --release -p thalweg --example roads [FOLDER]`
//!
//! Without a folder it takes a small grid. With one it reads `siouxfalls.npz` and `anaheim.npz` there: arrays `links` (from,
//! to, capacity, length, free-flow time, b, power, ...), `od` (origin, destination, trips), `flow` (from, to, the best known
//! volume) and `first_thru`.

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use std::path::Path;
use thalweg::matching::{ethereal, imitation};
use thalweg::ot::graph::{Bpr, Graph, Latency, Stopping, Trip, equilibrium, min_congestion};
use thalweg::{Context, Result};

/// A road network, its trips and the best known flows where there are any.
struct Roads {
    name: String,
    graph: Graph,
    roads: Vec<Bpr>,
    trips: Vec<Trip>,
    known: Option<Vec<f64>>,
}

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    match std::env::args().nth(1) {
        None => tell(&ctx, &grid()?)?,
        Some(folder) => {
            for name in ["siouxfalls", "anaheim"] {
                tell(&ctx, &read(&Path::new(&folder).join(format!("{name}.npz")), name)?)?;
            }
        }
    }
    fabric(&ctx)
}

/// Five by five crossings, two-way roads, all corners to all corners.
fn grid() -> Result<Roads> {
    let node = |x: usize, y: usize| 5 * y + x;
    let crossings = || (0..25).map(|v| (v % 5, v / 5));
    let across = crossings().filter(|(x, _)| *x < 4).map(|(x, y)| (node(x, y), node(x + 1, y)));
    let along = crossings().filter(|(_, y)| *y < 4).map(|(x, y)| (node(x, y), node(x, y + 1)));
    let edges: Vec<(usize, usize)> = across.chain(along).flat_map(|(a, b)| [(a, b), (b, a)]).collect();
    let road = |e: usize| Bpr { free: 1.0, fixed: 0.0, rise: 0.15, capacity: 1.0 + (e % 7) as f64 / 7.0, power: 4.0 };
    let corners = [node(0, 0), node(4, 0), node(0, 4), node(4, 4)];
    let trip = |a: &usize, b: &usize| Trip { origin: *a, destination: *b, amount: 1.0 };
    let trips = corners.iter().flat_map(|a| corners.iter().map(move |b| trip(a, b))).collect();
    let roads = (0..edges.len()).map(road).collect();
    Ok(Roads { name: "grid".to_owned(), graph: Graph::new(25, &edges)?, roads, trips, known: None })
}

fn read(path: &Path, name: &str) -> Result<Roads> {
    let mut file = thalweg::io::read_npz(path, None)?;
    let mut rows = |key: &str, width: usize| {
        let values = file.take(key)?.numbers()?;
        Ok::<_, thalweg::Error>(values.chunks(width).map(<[f64]>::to_vec).collect::<Vec<_>>())
    };
    let (links, od, flow) = (rows("links", 10)?, rows("od", 3)?, rows("flow", 4)?);
    let first = rows("first_thru", 1)?[0][0] as usize;
    let node = |number: f64| number as usize - 1;
    let edges: Vec<(usize, usize)> = links.iter().map(|l| (node(l[0]), node(l[1]))).collect();
    let nodes = edges.iter().map(|(a, b)| a.max(b) + 1).max().unwrap_or(0);
    let road = |l: &Vec<f64>| Bpr { free: l[4], fixed: 0.0, rise: l[4] * l[5], capacity: l[2], power: l[6] };
    let trip = |t: &Vec<f64>| Trip { origin: node(t[0]), destination: node(t[1]), amount: t[2] };
    // Flows come in an order of their own.
    let volume = |(a, b): &(usize, usize)| flow.iter().find(|f| (node(f[0]), node(f[1])) == (*a, *b)).map(|f| f[2]);
    Ok(Roads {
        name: name.to_owned(),
        known: edges.iter().map(volume).collect(),
        graph: Graph::new(nodes, &edges)?.closed_to_through_traffic(0..first - 1)?,
        roads: links.iter().map(road).collect(),
        trips: od.iter().map(trip).collect(),
    })
}

fn tell(ctx: &Context, town: &Roads) -> Result<()> {
    let stopping = Stopping { tolerance: 1e-12, iterations: 1000 };
    let Roads { name, graph, roads, trips, known } = town;
    let user = equilibrium(ctx, graph, roads.as_slice(), trips, &stopping)?;
    println!("{name}: equilibrium, objective {:.6}, within {:.1e}", user.certificate.primal, user.certificate.gap);
    println!("  {:.4} s, relative gap {:.1e}", user.report.seconds, user.report.residuals[0].1);
    if let Some(flow) = known {
        let objective: f64 = flow.iter().enumerate().map(|(e, x)| roads.as_slice().integral(e, *x)).sum();
        let apart = flow.iter().zip(&user.flow).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("  best known: {objective:.6}, relative difference {:.1e}", user.certificate.primal / objective - 1.0);
        println!(
            "  largest difference of a flow {apart:.1e}, of up to {:.0}",
            flow.iter().fold(0.0, |m: f64, x| m.max(*x))
        );
    }
    let marginal: Vec<Bpr> = roads.iter().map(|r| r.marginal()).collect();
    let best = equilibrium(ctx, graph, marginal.as_slice(), trips, &stopping)?;
    println!("  system optimum: total time {:.1}, at equilibrium {:.1}", best.certificate.primal, user.total);
    one_path_or_many(ctx, town)?;
    near_the_habit(ctx, town, &user.flow, &user.time)
}

/// The fullest road if every trip is spread at will, and if each keeps to the path that most of it takes (S029's question on
/// a network that is no fabric).
fn one_path_or_many(ctx: &Context, town: &Roads) -> Result<()> {
    let capacities: Vec<f64> = town.roads.iter().map(|r| r.capacity).collect();
    let stopping = Stopping { tolerance: 1e-6, iterations: 1000 };
    let many = min_congestion(ctx, &town.graph, &capacities, &town.trips, &stopping)?;
    let mut flow = vec![0.0; town.graph.edges()];
    let mut whole = 0;
    for (trip, routes) in &many.routes {
        whole += usize::from(routes.len() == 1);
        if let Some(most) = routes.iter().max_by(|a, b| a.flow.total_cmp(&b.flow)) {
            most.edges.iter().for_each(|e| flow[*e as usize] += trip.amount);
        }
    }
    let one = flow.iter().zip(&capacities).map(|(x, c)| x / c).fold(0.0, f64::max);
    println!(
        "  fullest road, flow over capacity: {:.6} (at least {:.6}) on many paths, {one:.6} on one path a trip; {whole} of {} trips need one",
        many.certificate.primal,
        many.certificate.dual,
        many.routes.len()
    );
    Ok(())
}

/// Goods from the first origin to its destinations, near what all travellers do (S027), and a closed road.
fn near_the_habit(ctx: &Context, town: &Roads, flow: &[f64], time: &[f64]) -> Result<()> {
    use imitation::{Config, Network, habit, solve, uniform};
    let n = town.graph.nodes();
    let edges: Vec<(usize, usize)> =
        (0..town.graph.edges()).map(|e| town.graph.ends(e)).chain((0..n).map(|v| (v, v))).collect();
    let graph = Graph::new(n, &edges)?;
    // Waiting is free; the unit of cost is the mean time of a road.
    let mean = time.iter().sum::<f64>() / time.len() as f64;
    let costs: Vec<f64> = time.iter().map(|t| t / mean).chain(vec![0.0; n]).collect();
    let waiting = flow.iter().sum::<f64>() / edges.len() as f64;
    let observed: Vec<f64> = flow.iter().copied().chain(vec![waiting; n]).collect();
    let origin = town.trips[0].origin;
    let (mut mu, mut nu) = (vec![0.0; n], vec![0.0; n]);
    for trip in town.trips.iter().filter(|t| t.origin == origin && t.amount > 0.0) {
        mu[origin] += trip.amount;
        nu[trip.destination] += trip.amount;
    }
    for (name, prior) in
        [("the habit of the town", habit(&graph, &observed, 1e-3 * waiting)?), ("no habit", uniform(&graph))]
    {
        let network = Network::stationary(graph.clone(), 2 * (n as f64).sqrt() as usize + 10, &costs, &prior)?;
        let plan = solve(ctx, &network, &mu, &nu, &Config::default())?;
        // The road that carries most becomes twice as long.
        let carried: Vec<f64> = (0..costs.len()).map(|e| plan.flows.iter().map(|f| f[e]).sum()).collect();
        let busiest = (0..flow.len()).max_by(|a, b| carried[*a].total_cmp(&carried[*b])).unwrap_or(0);
        let mut shock = vec![0.0; costs.len()];
        shock[busiest] = costs[busiest];
        let judged = plan.shock(&network, &vec![shock; network.steps()])?;
        println!(
            "  routes near {name}: cost {:.4}, divergence {:.4}; busiest road twice as long: {:.4}, certified at most {:.4}",
            plan.cost,
            plan.divergence,
            plan.cost + judged.expected,
            judged.bound
        );
    }
    Ok(())
}

/// One path a flow in a leaf-spine fabric (S029).
fn fabric(ctx: &Context) -> Result<()> {
    let config = ethereal::Config { leaves: 8, spines: 6, servers: 8, access: 8.0, ..ethereal::Config::default() };
    let network = ethereal::Fabric::new(&config)?;
    for balanced in ethereal::solve(ctx, &config)? {
        let hashed = ethereal::ecmp(&network, &balanced.step.flows, 0, 0)?;
        let hashed = ethereal::Loads::of(&network, &balanced.step.flows, &hashed)?;
        let cut = balanced.pieces.iter().filter(|p| p.parts > 1).count();
        println!(
            "fabric: {} flows, {cut} pieces of split ones; fullest link {} as sprayed {}, hashed {}",
            balanced.step.flows.len(),
            balanced.loads.step_time(&network),
            balanced.sprayed.step_time(&network),
            hashed.step_time(&network)
        );
    }
    Ok(())
}
