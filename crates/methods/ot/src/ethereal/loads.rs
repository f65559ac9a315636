//! What every link carries, exactly.

use super::split::gcd;
use super::{Fabric, Flow, Piece};
use thalweg_core::{Error, Result};

/// Loads in whole multiples of `1 / unit` of the unit of size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loads {
    /// A multiple of every number of pieces that any of these loads could need, so that loads of one fabric and traffic
    /// can be compared entry by entry.
    pub unit: u128,
    /// From leaf to spine: entry `leaf * spines + spine`.
    pub up: Vec<u128>,
    /// From spine to leaf: the same entry.
    pub down: Vec<u128>,
    /// From each server.
    pub sent: Vec<u128>,
    /// To each server.
    pub received: Vec<u128>,
}

impl Loads {
    /// The loads of `pieces`, as [`split`](super::split()) or [`ecmp`](super::ecmp()) place them.
    ///
    /// # Errors
    /// Pieces of other flows; two leaves that no spine connects; a unit or a load beyond 128 bits.
    pub fn of(fabric: &Fabric, flows: &[Flow], pieces: &[Piece]) -> Result<Self> {
        let mut loads = Self::of_servers(fabric, flows)?;
        for piece in pieces {
            let flow =
                flows.get(piece.flow).filter(|_| piece.parts > 0 && loads.unit.is_multiple_of(piece.parts.into()));
            let Some(flow) = flow.filter(|_| piece.spine.is_none_or(|s| s < fabric.spines)) else {
                return Err(Error::input(format!("The piece {piece:?} is none of these flows.")));
            };
            if let Some(spine) = piece.spine {
                let share = amount(flow, loads.unit / u128::from(piece.parts))?;
                loads.carry(fabric, flow, spine, share);
            }
        }
        Ok(loads)
    }

    /// The loads if each flow were spread over all spines alike.
    ///
    /// # Errors
    /// As [`Loads::of`].
    pub fn sprayed(fabric: &Fabric, flows: &[Flow]) -> Result<Self> {
        let mut loads = Self::of_servers(fabric, flows)?;
        for flow in flows {
            let live = fabric.live(fabric.leaf(flow.source), fabric.leaf(flow.destination))?;
            for spine in &live {
                let share = amount(flow, loads.unit / live.len() as u128)?;
                loads.carry(fabric, flow, *spine, share);
            }
        }
        Ok(loads)
    }

    /// Largest load over capacity: the time that the step takes at least, and takes if nothing else is in the way.
    pub fn step_time(&self, fabric: &Fabric) -> f64 {
        let most = |loads: &[u128]| loads.iter().copied().max().unwrap_or(0) as f64 / self.unit as f64;
        let uplinks = most(&self.up).max(most(&self.down)) / fabric.uplink;
        uplinks.max(most(&self.sent).max(most(&self.received)) / fabric.access)
    }

    fn of_servers(fabric: &Fabric, flows: &[Flow]) -> Result<Self> {
        let mut unit: u128 = 1;
        for flow in flows {
            fabric.check_server(flow.source)?;
            fabric.check_server(flow.destination)?;
            let live = fabric.live(fabric.leaf(flow.source), fabric.leaf(flow.destination))?.len().max(1);
            if !unit.is_multiple_of(live as u128) {
                let common = gcd((unit % live as u128) as usize, live);
                unit = unit.checked_mul((live / common) as u128).ok_or_else(overflow)?;
            }
        }
        let links = fabric.leaves * fabric.spines;
        let mut loads = Self {
            unit,
            up: vec![0; links],
            down: vec![0; links],
            sent: vec![0; fabric.all_servers()],
            received: vec![0; fabric.all_servers()],
        };
        // If all flows together fit, then so does what any link carries.
        flows.iter().try_fold(0_u128, |sum, f| sum.checked_add(amount(f, unit).ok()?)).ok_or_else(overflow)?;
        for flow in flows {
            loads.sent[flow.source] += amount(flow, unit)?;
            loads.received[flow.destination] += amount(flow, unit)?;
        }
        Ok(loads)
    }

    fn carry(&mut self, fabric: &Fabric, flow: &Flow, spine: usize, share: u128) {
        self.up[fabric.leaf(flow.source) * fabric.spines + spine] += share;
        self.down[fabric.leaf(flow.destination) * fabric.spines + spine] += share;
    }
}

fn amount(flow: &Flow, units: u128) -> Result<u128> {
    u128::from(flow.size).checked_mul(units).ok_or_else(overflow)
}

fn overflow() -> Error {
    Error::input(
        "The exact unit of the loads leaves 128 bits: pairs of leaves differ too much in how many spines connect them.",
    )
    .advise("Use fewer spines or fewer failed links.")
}
