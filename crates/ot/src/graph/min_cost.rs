//! Flow of least cost with capacities: the network simplex.
//!
//! Reference: Ahuja, Magnanti, Orlin, Network Flows, ch. 11 (1993).

use super::spanning::{Arc, Spanning};
use super::topology::Graph;
use crate::Certificate;
use thalweg_core::{Context, Error, Result};

/// Supplies and demands may differ by this part of the total, which rounding explains.
const BALANCED: f64 = 1e-9;
/// Reduced costs above minus this fraction of the largest cost count as zero.
const TOLERANCE: f64 = 1e-13;
/// Units into which the flow is cut when it is not whole.
const UNITS: f64 = (1_u64 << 59) as f64;
/// Integers below this are exact as doubles.
const WHOLE: f64 = (1_u64 << 52) as f64;

/// A cheapest flow with its proof.
#[derive(Clone, Debug)]
pub struct MinCost {
    /// Flow of each edge.
    pub flow: Vec<f64>,
    /// Price of a unit at each node: `p_tail - p_head` exceeds the cost of full edges alone, and falls short of it on
    /// empty ones alone.
    pub potential: Vec<f64>,
    /// `primal` is the cost; the dual value of the potentials bounds all flows from below.
    pub certificate: Certificate,
}

/// The cheapest flow in which `supply[v]` more leaves node `v` than arrives; edge `e` carries at most `capacities[e]`
/// at `costs[e]` a unit. Goods are alike: any supply may serve any demand. Nodes closed to through traffic are open
/// here.
///
/// Flows are exact where supplies and capacities are whole numbers, else rounded to about `1e-17 m` of the total.
///
/// # Errors
/// Slices of a wrong length, costs that are not finite, capacities that are negative, supplies that do not sum to zero,
/// an edge of negative cost without capacity, a demand that cannot be reached (the figure is named), interruption.
pub fn min_cost_flow(
    ctx: &Context,
    graph: &Graph,
    costs: &[f64],
    capacities: &[f64],
    supply: &[f64],
) -> Result<MinCost> {
    graph.check_edges("cost", costs, f64::is_finite, "finite")?;
    graph.check_edges("capacity", capacities, |c| c >= 0.0, "not negative")?;
    let units = Units::new(graph, costs, capacities, supply)?;
    let arcs = (0..graph.edges()).map(|e| {
        let (tail, head) = graph.ends(e);
        Arc { tail, head, cost: costs[e], capacity: units.capacity[e], flow: 0, basic: false }
    });
    let scale = costs.iter().fold(0.0, |s: f64, c| s.max(c.abs()));
    let price = (scale + 1e-300) * (graph.nodes() as f64 + 1.0);
    let mut tree = Spanning::star(arcs.collect(), &units.supply, price);
    optimise(ctx, &mut tree, TOLERANCE * scale)?;
    refuse_shortage(&tree, graph, units.unit)?;
    let flow: Vec<f64> = tree.arcs[..graph.edges()].iter().map(|a| a.flow as f64 * units.unit).collect();
    tree.potential.truncate(graph.nodes());
    let potential = tree.potential;
    let primal = flow.iter().zip(costs).map(|(x, c)| x * c).sum::<f64>();
    let prices: f64 = potential.iter().zip(&units.supply).map(|(p, b)| p * (*b as f64 * units.unit)).sum();
    let rents = (0..graph.edges()).map(|e| {
        let (tail, head) = graph.ends(e);
        let reduced = costs[e] - potential[tail] + potential[head];
        (units.capacity[e] as f64 * units.unit) * reduced.min(0.0)
    });
    let dual = prices + rents.sum::<f64>();
    let certificate = Certificate { primal, dual, gap: primal - dual, scale: scale * units.total };
    Ok(MinCost { flow, potential, certificate })
}

/// Pivots until no arc pays: blocks of arcs in turn, the best of each.
fn optimise(ctx: &Context, tree: &mut Spanning, tolerance: f64) -> Result<()> {
    let m = tree.arcs.len();
    let block = (m as f64).sqrt().ceil() as usize;
    let root = tree.potential.len() - 1;
    let (mut at, mut clean, mut pivots, mut fresh) = (0, 0, 0_usize, false);
    loop {
        let (mut best, mut pays) = (None, tolerance);
        for _ in 0..block {
            let arc = &tree.arcs[at];
            let gain = if arc.flow == 0 { -tree.reduced(at) } else { tree.reduced(at) };
            if !arc.basic && arc.capacity > 0 && gain > pays {
                (best, pays) = (Some(at), gain);
            }
            at = if at + 1 == m { 0 } else { at + 1 };
        }
        match best {
            Some(arc) => {
                tree.pivot(arc);
                pivots += 1;
                (clean, fresh) = (0, false);
                if pivots.is_multiple_of(256) {
                    ctx.check_stop()?;
                }
            }
            None => clean += block,
        }
        if clean >= m {
            if fresh {
                return Ok(());
            }
            // Potentials gather rounding from pivot to pivot: once more with those of the tree itself.
            tree.refresh(root);
            (clean, fresh) = (0, true);
        }
    }
}

fn refuse_shortage(tree: &Spanning, graph: &Graph, unit: f64) -> Result<()> {
    let artificial = &tree.arcs[graph.edges()..];
    let short: i64 = artificial.iter().filter(|a| a.tail < graph.nodes()).map(|a| a.flow).sum();
    match artificial.iter().find(|a| a.flow > 0 && a.tail == graph.nodes()) {
        None => Ok(()),
        Some(arc) => Err(Error::input(format!(
            "Of the supply {} cannot be carried to where it is asked for: node {} stays {} short.",
            short as f64 * unit,
            arc.head,
            arc.flow as f64 * unit
        ))
        .advise("Add edges or capacity on the way there, or lower supply and demand by that much.")),
    }
}

/// Supplies and capacities as integers of one unit.
struct Units {
    supply: Vec<i64>,
    capacity: Vec<i64>,
    unit: f64,
    /// Sum of what is supplied.
    total: f64,
}

impl Units {
    fn new(graph: &Graph, costs: &[f64], capacities: &[f64], supply: &[f64]) -> Result<Self> {
        if supply.len() != graph.nodes() {
            return Err(Error::input(format!(
                "There are supplies for {} nodes, but the graph has {}.",
                supply.len(),
                graph.nodes()
            )));
        }
        if let Some(v) = supply.iter().position(|b| !b.is_finite()) {
            return Err(Error::input(format!("The supply of node {v} is {}, but it must be finite.", supply[v])));
        }
        let total: f64 = supply.iter().filter(|b| **b > 0.0).sum();
        let excess: f64 = supply.iter().sum();
        if excess.abs() > BALANCED * total.max(excess.abs() - total) {
            return Err(Error::input(format!("The supplies exceed the demands by {excess}, but both must be equal."))
                .advise("Add a node that takes or gives the difference, or rescale one side."));
        }
        // No cheapest flow needs an edge to carry more than all supplies and all cycles of negative cost together.
        let mut enough = total;
        for (e, (c, u)) in costs.iter().zip(capacities).enumerate() {
            if *c < 0.0 && u.is_infinite() {
                let (tail, head) = graph.ends(e);
                return Err(Error::input(format!(
                    "Edge {e}, from node {tail} to node {head}, has the cost {c} and no capacity, so that the cost may have no minimum."
                ))
                .advise("Give edges of negative cost a capacity."));
            }
            enough += if *c < 0.0 { *u } else { 0.0 };
        }
        if !enough.is_finite() {
            return Err(Error::input("Supplies and capacities overflow when they are summed.").advise("Rescale them."));
        }
        let limits: Vec<f64> = capacities.iter().map(|u| u.min(enough)).collect();
        let sum = total + limits.iter().sum::<f64>();
        let whole = sum < WHOLE && supply.iter().chain(&limits).all(|v| v.fract() == 0.0);
        let unit = if whole || sum == 0.0 { 1.0 } else { sum / UNITS };
        let mut units: Vec<i64> = supply.iter().map(|b| (b / unit).round() as i64).collect();
        let off: i64 = units.iter().sum();
        if let Some(largest) = units.iter_mut().max_by_key(|b| b.abs()) {
            *largest -= off;
        }
        // Rounded up, so that what fits exactly still fits.
        let capacity = limits.iter().map(|u| (u / unit).ceil() as i64).collect();
        Ok(Self { supply: units, capacity, unit, total })
    }
}
