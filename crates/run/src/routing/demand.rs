//! Who wants to go where, under the names that the user gave.

use super::Network;
use super::columns::{Columns, is_tntp};
use std::path::Path;
use thalweg_core::{Context, Error, Result};
use thalweg_io::OutColumn;
use thalweg_ot::graph::{Trip, shortest};

/// Trips between nodes of a network.
#[derive(Clone, Debug)]
pub struct Demand {
    /// What the user calls it.
    pub name: String,
    pub(super) trips: Vec<Trip>,
}

impl Demand {
    /// Reads trips: .tntp, or a table with the columns that [`Demand::of`] takes.
    ///
    /// # Errors
    /// As [`thalweg_io::read_rest`] and [`Demand::of`].
    pub fn read(path: &Path, network: &Network, memory: Option<u64>) -> Result<Self> {
        if !is_tntp(path) {
            return Self::of(&Columns::read(path, memory)?, network);
        }
        let trips = thalweg_io::read_tntp_trips(path, memory)?;
        // Files of the collection list all pairs of zones, also those between which nobody goes.
        let trips: Vec<_> = trips.into_iter().filter(|t| t.2 != 0.0).collect();
        let nodes =
            |f: fn(&(u32, u32, f64)) -> u32| OutColumn::Integers(trips.iter().map(|t| Some(i64::from(f(t)))).collect());
        let columns = vec![
            ("from".to_owned(), nodes(|t| t.0)),
            ("to".to_owned(), nodes(|t| t.1)),
            ("amount".to_owned(), OutColumn::Numbers(trips.iter().map(|t| t.2).collect())),
        ];
        Self::of(&Columns { name: path.display().to_string(), columns }, network)
    }

    /// Trips from the columns `from`, `to` and `amount`.
    ///
    /// # Errors
    /// Columns that are missing or of different lengths; a node that the network has not; an amount that is negative.
    pub fn of(table: &Columns, network: &Network) -> Result<Self> {
        let from = table.labels(&["from", "origin", "source"])?;
        let to = table.labels(&["to", "destination", "target"])?;
        let amounts = table.required(&["amount", "trips", "demand", "flow"])?;
        if from.len() != amounts.len() || to.len() != amounts.len() {
            return Err(Error::input(format!("{}: the columns have different lengths.", table.name)));
        }
        let trip = |(row, amount): (usize, &f64)| {
            let place = format!("{}: row {row} (counted from 0)", table.name);
            if *amount < 0.0 {
                return Err(Error::input(format!(
                    "{place}, from {} to {}, has the amount {amount}, but it must not be negative.",
                    from[row], to[row]
                )));
            }
            let node = |name: &str| network.node(name).map_err(|e| e.within(&place));
            Ok(Trip { origin: node(&from[row])?, destination: node(&to[row])?, amount: *amount })
        };
        let trips = amounts.iter().enumerate().map(trip).collect::<Result<_>>()?;
        Ok(Self { name: table.name.clone(), trips })
    }

    /// Trips that go from one node to another.
    fn moving(&self) -> impl Iterator<Item = &Trip> {
        self.trips.iter().filter(|t| t.amount > 0.0 && t.origin != t.destination)
    }

    /// How many trips go from one node to another, and how much they are.
    ///
    /// # Errors
    /// There is no such trip.
    pub(super) fn size(&self) -> Result<(usize, f64)> {
        match self.moving().count() {
            0 => Err(Error::input(format!("{}: no trip goes from one node to another.", self.name))),
            count => Ok((count, self.moving().map(|t| t.amount).sum())),
        }
    }

    /// What leaves each node minus what arrives: supply and demand of goods that are alike.
    pub(super) fn balance(&self, nodes: usize) -> Vec<f64> {
        let mut supply = vec![0.0; nodes];
        for trip in &self.trips {
            supply[trip.origin] += trip.amount;
            supply[trip.destination] -= trip.amount;
        }
        supply
    }

    /// Refuses trips that no path serves, with the names of the first and the number of all.
    pub(super) fn check_connected(&self, network: &Network, ctx: &Context) -> Result<()> {
        let mut trips: Vec<&Trip> = self.moving().collect();
        trips.sort_by_key(|t| t.origin);
        let lengths = vec![1.0; network.graph().edges()];
        let (mut first, mut count) = (None, 0_usize);
        for same in trips.chunk_by(|a, b| a.origin == b.origin) {
            ctx.check_stop()?;
            let tree = shortest(network.graph(), &lengths, same[0].origin)?;
            for trip in same.iter().filter(|t| tree.distance[t.destination].is_infinite()) {
                first = first.or(Some(**trip));
                count += 1;
            }
        }
        let Some(trip) = first else { return Ok(()) };
        let others = match count {
            1 => String::new(),
            n => format!("; the same holds for {} trips more", n - 1),
        };
        Err(Error::input(format!(
            "{}: {} go from {} to {}, but no path does{others}.",
            self.name,
            trip.amount,
            network.label(trip.origin),
            network.label(trip.destination)
        ))
        .advise("Leave these trips out, or add the edges that connect them; paths do not pass through zones."))
    }
}
