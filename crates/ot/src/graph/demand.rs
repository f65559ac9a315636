//! Who wants to go where.

use super::topology::Graph;
use thalweg_core::{Error, Result};

/// An amount that goes from one node to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trip {
    /// Where it starts.
    pub origin: usize,
    /// Where it ends.
    pub destination: usize,
    /// How much, not negative.
    pub amount: f64,
}

/// Trips by origin, then by destination, each pair once; those that stay where they are, and those of nothing, left
/// out.
pub(super) fn gathered(graph: &Graph, trips: &[Trip]) -> Result<Vec<Trip>> {
    for (k, trip) in trips.iter().enumerate() {
        graph
            .check_node(trip.origin)
            .and_then(|()| graph.check_node(trip.destination))
            .map_err(|e| e.within(format_args!("Trip {k}, from node {} to node {}", trip.origin, trip.destination)))?;
        if !(trip.amount >= 0.0 && trip.amount.is_finite()) {
            return Err(Error::input(format!(
                "The demand from node {} to node {} is {}, but it must be finite and not negative.",
                trip.origin, trip.destination, trip.amount
            )));
        }
    }
    let mut kept: Vec<Trip> = trips.iter().copied().filter(|t| t.amount > 0.0 && t.origin != t.destination).collect();
    kept.sort_by_key(|t| (t.origin, t.destination));
    kept.dedup_by(|next, first| {
        let same = (next.origin, next.destination) == (first.origin, first.destination);
        first.amount += if same { next.amount } else { 0.0 };
        same
    });
    if kept.is_empty() {
        return Err(Error::input("No trip goes from one node to another, so that there is no flow to find."));
    }
    Ok(kept)
}
