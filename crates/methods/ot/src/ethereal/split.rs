//! One spine a flow, and as few flows in pieces as exact balance allows.

use super::{Fabric, Flow};
use std::collections::BTreeMap;
use thalweg_core::{Result, Stream};

/// A flow, or one of `parts` equal pieces of it, on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The number of the flow.
    pub flow: usize,
    /// The spine it takes; none within a leaf.
    pub spine: Option<usize>,
    /// Into how many equal pieces the flow is split; 1 where it is whole.
    pub parts: u64,
}

/// Splits and places flows so that every spine carries the same part of every group.
///
/// # Errors
/// A server that is not there; two leaves that no spine connects.
pub fn split(fabric: &Fabric, flows: &[Flow]) -> Result<Vec<Piece>> {
    let mut groups: BTreeMap<(usize, usize, u64), Vec<usize>> = BTreeMap::new();
    for (k, flow) in flows.iter().enumerate() {
        fabric.check_server(flow.source)?;
        fabric.check_server(flow.destination)?;
        groups.entry((flow.source, fabric.leaf(flow.destination), flow.size)).or_default().push(k);
    }
    let mut pieces = Vec::with_capacity(flows.len());
    for ((source, leaf, _), members) in groups {
        let live = fabric.live(fabric.leaf(source), leaf)?;
        if live.is_empty() {
            pieces.extend(members.into_iter().map(|flow| Piece { flow, spine: None, parts: 1 }));
            continue;
        }
        let spread = live.len();
        let whole = members.len() - members.len() % spread;
        let on = |k: usize| Some(live[k % spread]);
        pieces.extend(members[..whole].iter().enumerate().map(|(k, f)| Piece { flow: *f, spine: on(k), parts: 1 }));
        let parts = spread / gcd(members.len() - whole, spread);
        let cut = members[whole..].iter().flat_map(|f| std::iter::repeat_n(*f, parts));
        pieces.extend(cut.enumerate().map(|(k, flow)| Piece { flow, spine: on(k), parts: parts as u64 }));
    }
    pieces.sort_by_key(|p| p.flow);
    Ok(pieces)
}

/// Every flow whole on a spine that chance chooses: equal-cost multipath by hashing. Draw number `draw` under `seed`.
///
/// # Errors
/// As [`split`].
pub fn ecmp(fabric: &Fabric, flows: &[Flow], seed: u64, draw: u64) -> Result<Vec<Piece>> {
    let mut stream = Stream::new(seed, "ethereal-ecmp", draw);
    let place = |(k, flow): (usize, &Flow)| {
        fabric.check_server(flow.source)?;
        fabric.check_server(flow.destination)?;
        let live = fabric.live(fabric.leaf(flow.source), fabric.leaf(flow.destination))?;
        let spine = (!live.is_empty()).then(|| live[stream.below(live.len())]);
        Ok(Piece { flow: k, spine, parts: 1 })
    };
    flows.iter().enumerate().map(place).collect()
}

pub(super) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
