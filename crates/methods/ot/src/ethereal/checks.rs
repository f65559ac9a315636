//! Claims of single paths in leaf-spine fabrics.

use super::{Collective, Config, Fabric, Flow, Loads, completion, ecmp, solve, split};
use thalweg_core::{Check, Context, Measured, Result, Stream};
use thalweg_ot::graph::{Stopping, Trip, min_congestion};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "groups",
        claim: "Groups of 7, 6, 15 and 3 flows over 4, 4, 8 and 8 spines load each by n/S, in the least number of pieces",
        source: "closed form: r S / gcd(r, S) pieces of the r = n mod S flows that are left over",
        run: groups,
    },
    Check {
        name: "equals-spraying",
        claim: "In every collective, and for random traffic of several sizes with failed links, each link carries exactly what spraying puts on it",
        source: "definition of spraying, in exact arithmetic",
        run: equals_spraying,
    },
    Check {
        name: "is-optimal",
        claim: "The largest load over capacity of all-to-all is that of the linear programme over all routings",
        source: "LP optimum, bounded from both sides by its solver and its dual",
        run: is_optimal,
    },
    Check {
        name: "hashing-collides",
        claim: "Hashing flows to spines loads the fullest link by a third more than that, on average over 20 draws",
        source: "both on the same traffic; published finding",
        run: hashing,
    },
    Check {
        name: "fair-sharing",
        claim: "Where links share fairly, all-to-all ends at the largest load over capacity, and later under hashing",
        source: "lower bound: a link needs load over capacity",
        run: fair,
    },
];

fn groups(ctx: &Context) -> Result<Vec<Measured>> {
    ctx.check_stop()?;
    let mut figures = Vec::new();
    for (n, spines, extra) in [(7, 4, 12), (6, 4, 4), (15, 8, 56), (3, 8, 24)] {
        let config = Config { leaves: 2, spines, servers: n, ..Config::default() };
        let fabric = Fabric::new(&config)?;
        let flows: Vec<Flow> = (0..n).map(|k| Flow { source: 0, destination: n + k, size: 1 }).collect();
        let pieces = split(&fabric, &flows)?;
        let cut = pieces.iter().filter(|p| p.parts > 1).count();
        figures.push(Measured::near(
            format!("pieces of split flows, {n} over {spines}"),
            cut as f64,
            extra.into(),
            0.0,
        ));
        let loads = Loads::of(&fabric, &flows, &pieces)?;
        let exact = loads.up[..spines].iter().filter(|l| **l * spines as u128 == n as u128 * loads.unit).count();
        figures.push(Measured::near(format!("spines that carry {n}/{spines}"), exact as f64, spines as f64, 0.0));
    }
    Ok(figures)
}

/// Links whose loads differ.
fn differing(a: &Loads, b: &Loads) -> f64 {
    let count = |a: &[u128], b: &[u128]| a.iter().zip(b).filter(|(a, b)| a != b).count();
    assert_eq!(a.unit, b.unit, "loads of one fabric and traffic have one unit");
    let links = count(&a.up, &b.up) + count(&a.down, &b.down);
    (links + count(&a.sent, &b.sent) + count(&a.received, &b.received)) as f64
}

fn equals_spraying(ctx: &Context) -> Result<Vec<Measured>> {
    let mut figures = Vec::new();
    let all = [Collective::AllToAll, Collective::AllGather, Collective::RingAllReduce, Collective::HalvingDoubling];
    for collective in all {
        let balanced = solve(ctx, &Config { collective, ..Config::default() })?;
        let off = balanced.iter().map(|b| differing(&b.loads, &b.sprayed)).sum();
        figures.push(Measured::near(format!("links that differ in {collective:?}"), off, 0.0, 0.0));
    }
    let mut stream = Stream::new(ctx.seed(), "ethereal-checks", 0);
    let failed = vec![(0, 1), (2, 5), (2, 0), (3, 3)];
    let fabric = Fabric::new(&Config { leaves: 5, spines: 6, servers: 3, failed, ..Config::default() })?;
    let mut flows = Vec::new();
    for _ in 0..400 {
        let (source, destination) = (stream.below(15), stream.below(15));
        flows.push(Flow { source, destination, size: [1, 1000, 77][stream.below(3)] });
    }
    let pieces = split(&fabric, &flows)?;
    let off = differing(&Loads::of(&fabric, &flows, &pieces)?, &Loads::sprayed(&fabric, &flows)?);
    figures.push(Measured::near("links that differ with failed links and three sizes", off, 0.0, 0.0));
    Ok(figures)
}

/// All-to-all on the fabric of the defaults, with servers fast enough for the links above them to matter.
fn all_to_all() -> Result<(Fabric, Vec<Flow>)> {
    let config = Config { access: 4.0, ..Config::default() };
    let fabric = Fabric::new(&config)?;
    let step = config.collective.steps(fabric.all_servers(), config.size)?.remove(0);
    Ok((fabric, step.flows))
}

fn is_optimal(ctx: &Context) -> Result<Vec<Measured>> {
    let (fabric, flows) = all_to_all()?;
    let (graph, capacities) = fabric.graph()?;
    let trip = |f: &Flow| Trip { origin: f.source, destination: f.destination, amount: f.size as f64 };
    let trips: Vec<Trip> = flows.iter().map(trip).collect();
    let stopping = Stopping { tolerance: 1e-10, iterations: 200 };
    let optimum = min_congestion(ctx, &graph, &capacities, &trips, &stopping)?.certificate;
    let ours = Loads::of(&fabric, &flows, &split(&fabric, &flows)?)?.step_time(&fabric);
    Ok(vec![
        Measured::near("largest load over capacity, of the optimum", ours / optimum.primal, 1.0, 1e-9),
        Measured::near("the same, of the bound that the dual proves", ours / optimum.dual, 1.0, 1e-9),
    ])
}

fn hashing(ctx: &Context) -> Result<Vec<Measured>> {
    let (fabric, flows) = all_to_all()?;
    let ours = Loads::of(&fabric, &flows, &split(&fabric, &flows)?)?.step_time(&fabric);
    let mut ratios = Vec::new();
    for draw in 0..20 {
        ctx.check_stop()?;
        let hashed = Loads::of(&fabric, &flows, &ecmp(&fabric, &flows, ctx.seed(), draw)?)?;
        ratios.push(hashed.step_time(&fabric) / ours);
    }
    Ok(vec![
        Measured::at_least("mean ratio", ratios.iter().sum::<f64>() / 20.0, 1.3),
        Measured::at_least("least ratio", ratios.into_iter().fold(f64::INFINITY, f64::min), 1.0 + 1e-12),
    ])
}

fn fair(ctx: &Context) -> Result<Vec<Measured>> {
    let (fabric, flows) = all_to_all()?;
    let pieces = split(&fabric, &flows)?;
    let bound = Loads::of(&fabric, &flows, &pieces)?.step_time(&fabric);
    let last = |ends: Vec<f64>| ends.into_iter().fold(0.0, f64::max);
    let ours = last(completion(ctx, &fabric, &flows, &pieces)?);
    let hashed = last(completion(ctx, &fabric, &flows, &ecmp(&fabric, &flows, ctx.seed(), 0)?)?);
    Ok(vec![
        Measured::near("time of the last flow, of the bound", ours / bound, 1.0, 1e-9),
        Measured::at_least("the same under hashing", hashed / bound, 1.1),
    ])
}
