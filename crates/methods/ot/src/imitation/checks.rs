//! Claims of imitation-regularised transport.

use super::{Config, Network, maximum_entropy, solve, uniform};
use thalweg_core::{Check, Context, Measured, Result, Stream};
use thalweg_ot::graph::Graph;
use thalweg_ot::{CostMatrix, transport_matrix};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "six-nodes",
        claim: "On a network of six nodes the value, the expected cost and the end are those recorded for it",
        source: "recorded: an independent program that forms the product of the steps",
        run: six_nodes,
    },
    Check {
        name: "cheap-entropy",
        claim: "For a small alpha the value lies between the optimal transport cost and that plus alpha T log(degree)",
        source: "LP optimum over the costs of the cheapest walks; the divergence of any walk from a uniform one",
        run: cheap_entropy,
    },
    Check {
        name: "imitates",
        claim: "Where the prior leads from mu to nu and costs weigh little, the plan is the prior",
        source: "definition: its divergence is zero",
        run: imitates,
    },
    Check {
        name: "no-shock-beats-the-bound",
        claim: "For 100 random changes of the costs the expected cost stays below its bound, and for the worst change reaches it",
        source: "the inequality of Donsker and Varadhan and its case of equality",
        run: shocks,
    },
    Check {
        name: "maximum-entropy",
        claim: "Under the walk of maximum entropy all paths of one length between two nodes are equally likely",
        source: "definition, over all paths of three steps",
        run: entropy,
    },
];

/// Six nodes, eight edges and a loop at each node; goods go from node 0 to node 5.
fn six(steps: usize) -> Result<Network> {
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 5), (4, 5)];
    let costs = [1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0];
    let loops = (0..6).map(|v| (v, v));
    let graph = Graph::new(6, &edges.into_iter().chain(loops).collect::<Vec<_>>())?;
    let costs: Vec<f64> = costs.into_iter().chain([0.0; 6]).collect();
    let prior = uniform(&graph);
    Network::stationary(graph, steps, &costs, &prior)
}

fn one_at(n: usize, v: usize) -> Vec<f64> {
    (0..n).map(|k| f64::from(u8::from(k == v))).collect()
}

fn six_nodes(ctx: &Context) -> Result<Vec<Measured>> {
    let network = six(4)?;
    let truth =
        [(0.05, 3.105859, 3.0), (0.2, 3.420750, 3.013386), (1.0, 4.490658, 3.537883), (5.0, 7.604521, 3.900332)];
    let mut figures = Vec::new();
    for (alpha, value, cost) in truth {
        let found = solve(ctx, &network, &one_at(6, 0), &one_at(6, 5), &Config { alpha, ..Config::default() })?;
        figures.push(Measured::near(format!("value at alpha {alpha}"), found.value, value, 1e-6));
        figures.push(Measured::near(format!("expected cost at alpha {alpha}"), found.cost, cost, 1e-6));
        figures.push(Measured::near(format!("mass that arrives at alpha {alpha}"), found.masses[4][5], 1.0, 1e-12));
    }
    Ok(figures)
}

const NODES: usize = 10;
const STEPS: usize = 6;

/// A cycle through ten nodes, a loop at each, and twenty more edges.
fn random(ctx: &Context) -> Result<(Graph, Vec<f64>, Stream)> {
    let mut stream = Stream::new(ctx.seed(), "imitation-checks", 0);
    let mut edges: Vec<(usize, usize)> = (0..NODES).flat_map(|v| [(v, (v + 1) % NODES), (v, v)]).collect();
    edges.extend((0..20).map(|_| (stream.below(NODES), stream.below(NODES))));
    let costs = edges.iter().map(|_| stream.uniform()).collect();
    Ok((Graph::new(NODES, &edges)?, costs, stream))
}

fn weights(stream: &mut Stream) -> Vec<f64> {
    let w: Vec<f64> = (0..NODES).map(|_| 0.2 + stream.uniform()).collect();
    let sum: f64 = w.iter().sum();
    w.into_iter().map(|v| v / sum).collect()
}

fn cheap_entropy(ctx: &Context) -> Result<Vec<Measured>> {
    let (graph, costs, mut stream) = random(ctx)?;
    let (mu, nu) = (weights(&mut stream), weights(&mut stream));
    // The cheapest walks of exactly STEPS steps, by dynamic programming.
    let mut cheapest = vec![vec![f64::INFINITY; NODES]; NODES];
    (0..NODES).for_each(|v| cheapest[v][v] = 0.0);
    for _ in 0..STEPS {
        let mut next = vec![vec![f64::INFINITY; NODES]; NODES];
        for (start, row) in next.iter_mut().enumerate() {
            for e in 0..graph.edges() {
                let (tail, head) = graph.ends(e);
                row[head] = row[head].min(cheapest[start][tail] + costs[e]);
            }
        }
        cheapest = next;
    }
    // Pairs that cannot be reached cost more than any plan that avoids them.
    let flat = cheapest.into_iter().flatten().map(|c| c.min(1e3)).collect();
    let optimum = transport_matrix(ctx, &mu, &nu, &CostMatrix::new(NODES, NODES, flat)?)?.certificate.primal;
    let degree = (0..NODES).map(|v| graph.outgoing(v).len()).max().unwrap_or(1);
    let (alpha, prior) = (0.02, uniform(&graph));
    let network = Network::stationary(graph, STEPS, &costs, &prior)?;
    let config = Config { alpha, tolerance: 1e-8, ..Config::default() };
    let found = solve(ctx, &network, &mu, &nu, &config)?;
    let spread = alpha * STEPS as f64 * (degree as f64).ln();
    Ok(vec![
        Measured::at_least("value minus the optimum", found.value - optimum, -1e-7),
        Measured::at_most("value minus the optimum, of the bound", (found.value - optimum) / spread, 1.0),
        Measured::at_least("expected cost minus the optimum", found.cost - optimum, -1e-7),
        Measured::at_most("value minus dual", (found.value - found.dual).abs(), 1e-6),
    ])
}

fn imitates(ctx: &Context) -> Result<Vec<Measured>> {
    let (graph, costs, mut stream) = random(ctx)?;
    let prior = uniform(&graph);
    let mu = weights(&mut stream);
    let mut nu = mu.clone();
    for _ in 0..STEPS {
        let mut next = vec![0.0; NODES];
        for e in 0..graph.edges() {
            let (tail, head) = graph.ends(e);
            next[head] += nu[tail] * prior[e];
        }
        nu = next;
    }
    let network = Network::stationary(graph, STEPS, &costs, &prior)?;
    let found = solve(ctx, &network, &mu, &nu, &Config { alpha: 1e7, ..Config::default() })?;
    let off = found.policy.iter().flatten().zip(network.prior.iter().flatten());
    Ok(vec![
        Measured::at_most(
            "largest difference of the policy",
            off.map(|(p, q)| (p - q).abs()).fold(0.0, f64::max),
            1e-6,
        ),
        Measured::at_most("divergence", found.divergence.abs(), 1e-9),
    ])
}

fn shocks(ctx: &Context) -> Result<Vec<Measured>> {
    let (graph, costs, mut stream) = random(ctx)?;
    let (mu, nu) = (weights(&mut stream), weights(&mut stream));
    let prior = uniform(&graph);
    let network = Network::stationary(graph, STEPS, &costs, &prior)?;
    let found = solve(ctx, &network, &mu, &nu, &Config { alpha: 0.5, ..Config::default() })?;
    let mut slack = f64::INFINITY;
    for k in 0..100 {
        // From small changes, where the bound is nearly sharp, to large ones.
        let scale = 0.01 * 1.08_f64.powi(k);
        let shock: Vec<Vec<f64>> =
            (0..STEPS).map(|_| (0..costs.len()).map(|_| scale * stream.normal()).collect()).collect();
        let judged = found.shock(&network, &shock)?;
        slack = slack.min(judged.bound - (found.cost + judged.expected));
    }
    let worst = found.shock(&network, &found.worst_shock(&network))?;
    Ok(vec![
        Measured::at_least("least distance to the bound", slack, 0.0),
        Measured::near("size of the worst change", worst.size, 0.0, 1e-9),
        Measured::near("distance to the bound at it", worst.bound - (found.cost + worst.expected), 0.0, 1e-9),
    ])
}

fn entropy(ctx: &Context) -> Result<Vec<Measured>> {
    let (graph, _, _) = random(ctx)?;
    let prior = maximum_entropy(&graph)?;
    // Likelihoods of the walks of three steps from node 0, by where they end.
    let mut walks = vec![(0, 1.0)];
    for _ in 0..3 {
        let further = |(v, p): &(usize, f64)| {
            graph.outgoing(*v).iter().map(|e| (graph.ends(*e as usize).1, p * prior[*e as usize])).collect::<Vec<_>>()
        };
        walks = walks.iter().flat_map(further).collect();
    }
    let mut spread = 0.0_f64;
    for end in 0..NODES {
        let of = walks.iter().filter(|(v, _)| *v == end).map(|(_, p)| *p);
        let (least, most) = of.fold((f64::INFINITY, 0.0_f64), |(l, m), p| (l.min(p), m.max(p)));
        spread = spread.max(if most > 0.0 { most / least - 1.0 } else { 0.0 });
    }
    ctx.check_stop()?;
    Ok(vec![Measured::at_most("largest relative difference between two of them", spread, 1e-10)])
}
