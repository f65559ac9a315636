//! Tables of what was simulated.

use super::law::{Fields, Series};
use super::{Followed, Member, Outcome};
use thalweg_core::{Points, Result};
use thalweg_io::{OutColumn, OutTable};

impl Followed {
    /// A row a point that was seen: `time`, the swept parameters, `trajectory` where there are several, numbered through all
    /// choices of the sweeps, the states. Points that were missed have no row.
    ///
    /// # Errors
    /// A state that is called as another column.
    pub fn table(&self) -> Result<OutTable> {
        let several = self.trajectories() > 1;
        let swept: Vec<&str> =
            self.members.first().map_or(Vec::new(), |m| m.parameters.iter().map(|(name, _)| name.as_str()).collect());
        let (mut times, mut numbers, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut parameters = vec![Vec::new(); swept.len()];
        let mut before = 0;
        for member in &self.members {
            for (k, row, x) in seen(member) {
                times.push(member.path.times[k]);
                numbers.push(Some((before + row) as i64));
                values.extend_from_slice(x);
                parameters.iter_mut().zip(&member.parameters).for_each(|(column, (_, value))| column.push(*value));
            }
            before += member.path.states.first().map_or(0, Points::len);
        }
        let mut table = OutTable::new().numbers("time", times)?;
        for (name, column) in swept.into_iter().zip(parameters) {
            table = table.numbers(name, column)?;
        }
        if several {
            table = table.column("trajectory", OutColumn::Integers(numbers))?;
        }
        table.points("X", Points::new(self.states.len(), values)?, &self.states)
    }
}

/// Time, trajectory and state of every point that was seen.
fn seen(member: &Member) -> impl Iterator<Item = (usize, usize, &[f64])> {
    let missed = |k: usize, row: usize| member.missed.get(row).is_some_and(|points| points[k]);
    let states = member.path.states.iter().enumerate();
    states
        .flat_map(|(k, state)| state.rows().enumerate().map(move |(row, x)| (k, row, x)))
        .filter(move |(k, row, _)| !missed(*k, *row))
}

impl Outcome {
    /// The fields, a row a time and node (`time`, the coordinates, the fields); or the series where there are no fields.
    ///
    /// # Errors
    /// A field that is called as a coordinate.
    pub fn table(&self) -> Result<OutTable> {
        match (&self.fields, &self.series) {
            (Some(fields), _) => of_fields(fields),
            (None, Some(series)) => of_series(series),
            (None, None) => OutTable::new().numbers("time", Vec::new()),
        }
    }

    /// The figures over time as a table of their own, where they are not the table already.
    ///
    /// # Errors
    /// Two columns of one name.
    pub fn figures(&self) -> Result<Option<OutTable>> {
        self.series.as_ref().filter(|_| self.fields.is_some()).map(of_series).transpose()
    }
}

fn of_fields(fields: &Fields) -> Result<OutTable> {
    let (nodes, times) = (fields.grid.nodes(), &fields.times);
    let mut table =
        OutTable::new().numbers("time", times.iter().flat_map(|t| std::iter::repeat_n(*t, nodes)).collect())?;
    // How often a position is repeated before the next one comes.
    let mut each = nodes;
    for (name, positions) in fields.grid.axes() {
        each /= positions.len().max(1);
        let position = |row: usize| positions[row % nodes / each % positions.len()];
        table = table.numbers(name, (0..times.len() * nodes).map(position).collect())?;
    }
    fields.fields.iter().try_fold(table, |table, field| table.numbers(field.name.clone(), field.values.clone()))
}

fn of_series(series: &Series) -> Result<OutTable> {
    let table = OutTable::new().numbers("time", series.times.clone())?;
    series.columns.iter().try_fold(table, |table, (name, values)| table.numbers(name.clone(), values.clone()))
}
