//! When flows end if every link shares fairly: the max-min fair fluid.

use super::{Fabric, Flow, Piece};
use thalweg_core::{Context, Error, Result};

/// What is left of a piece below this part of its size is rounding.
const DONE: f64 = 1e-12;

/// The times at which the flows end, all starting at 0. At every moment the rates are max-min fair: no piece could be
/// faster without one that is as slow or slower losing. Costs `O(moments x pieces x links)` at worst.
///
/// # Errors
/// Pieces of other flows; flows inside one server; interruption.
pub fn completion(ctx: &Context, fabric: &Fabric, flows: &[Flow], pieces: &[Piece]) -> Result<Vec<f64>> {
    let network = Links::new(fabric, flows, pieces)?;
    let size = |p: &Piece| flows[p.flow].size as f64 / p.parts as f64;
    let mut left: Vec<f64> = pieces.iter().map(size).collect();
    let mut open: Vec<usize> = (0..pieces.len()).filter(|p| left[*p] > 0.0).collect();
    let mut ends = vec![0.0; flows.len()];
    let mut now = 0.0;
    while !open.is_empty() {
        ctx.check_stop()?;
        let rates = network.rates(&open);
        let next = open.iter().zip(&rates).map(|(p, r)| left[*p] / r).fold(f64::INFINITY, f64::min);
        now += next;
        for (p, r) in open.iter().zip(&rates) {
            left[*p] -= r * next;
            if left[*p] <= DONE * size(&pieces[*p]) {
                left[*p] = 0.0;
                ends[pieces[*p].flow] = now;
            }
        }
        open.retain(|p| left[*p] > 0.0);
    }
    Ok(ends)
}

/// The links that each piece takes, and what they carry a unit of time.
struct Links {
    capacity: Vec<f64>,
    taken: Vec<Vec<usize>>,
}

impl Links {
    /// Links out of servers, into servers, up, down.
    fn new(fabric: &Fabric, flows: &[Flow], pieces: &[Piece]) -> Result<Self> {
        let (servers, links) = (fabric.all_servers(), fabric.leaves * fabric.spines);
        let mut capacity = vec![fabric.access; 2 * servers];
        capacity.extend(vec![fabric.uplink; 2 * links]);
        let take = |piece: &Piece| {
            let flow = flows.get(piece.flow).filter(|_| piece.parts > 0);
            let Some(flow) = flow.filter(|_| piece.spine.is_none_or(|s| s < fabric.spines)) else {
                return Err(Error::input(format!("The piece {piece:?} is none of these flows.")));
            };
            fabric.check_server(flow.source)?;
            fabric.check_server(flow.destination)?;
            let mut taken = vec![flow.source, servers + flow.destination];
            if let Some(spine) = piece.spine {
                let link = |server: usize| fabric.leaf(server) * fabric.spines + spine;
                taken.extend([2 * servers + link(flow.source), 2 * servers + links + link(flow.destination)]);
            }
            Ok(taken)
        };
        Ok(Self { capacity, taken: pieces.iter().map(take).collect::<Result<_>>()? })
    }

    /// Max-min fair rates of the `open` pieces by progressive filling: the fullest link fixes the rates of all its
    /// pieces.
    fn rates(&self, open: &[usize]) -> Vec<f64> {
        let mut free = self.capacity.clone();
        let mut users = vec![0_usize; free.len()];
        open.iter().flat_map(|p| &self.taken[*p]).for_each(|l| users[*l] += 1);
        let mut rates = vec![f64::NAN; open.len()];
        let mut waiting: Vec<usize> = (0..open.len()).collect();
        while !waiting.is_empty() {
            let share = |l: &usize| free[*l] / users[*l] as f64;
            let used = (0..free.len()).filter(|l| users[*l] > 0);
            let Some(fullest) = used.min_by(|a, b| share(a).total_cmp(&share(b))) else { break };
            // Links whose share is the same up to rounding fill up at the same moment.
            let rate = share(&fullest).max(0.0);
            let full: Vec<bool> = (0..free.len()).map(|l| users[l] > 0 && share(&l) <= rate * (1.0 + DONE)).collect();
            waiting.retain(|k| {
                let taken = &self.taken[open[*k]];
                let fixed = taken.iter().any(|l| full[*l]);
                if fixed {
                    rates[*k] = rate;
                    taken.iter().for_each(|l| {
                        free[*l] -= rate;
                        users[*l] -= 1;
                    });
                }
                !fixed
            });
        }
        rates
    }
}
