//! One pass over a plan: the entries that are kept, where each source goes on average, both marginals.

use super::coupled::{Coupled, Entry, add};
use super::entries::{Entries, Sink};
use super::space::Space;
use std::ops::Range;
use thalweg_core::{Context, Points, Result};

/// What a pass over a plan finds.
pub(super) struct Swept {
    /// Number of entries kept, and their mass.
    pub(super) kept: (usize, f64),
    /// Cost of the whole plan.
    pub(super) cost: f64,
    /// The heaviest entries of the sources that were watched, by source, heaviest first.
    pub(super) watched: Vec<(usize, Entry)>,
    /// Mean target of each source.
    pub(super) image: Points,
    /// Mass that leaves each source.
    pub(super) sent: Vec<f64>,
    /// Mass that reaches each target.
    pub(super) received: Vec<f64>,
}

/// What is asked of a pass.
pub(super) struct Wanted<'a> {
    /// Most entries of a row that are kept.
    pub(super) kept: usize,
    /// Sources of which a few entries are remembered, increasing, and how many of each.
    pub(super) watched: (&'a [usize], usize),
    /// Where sources that send nothing are said to go: where they are, or in another space a point of it.
    pub(super) idle: Idle<'a>,
}

/// The image of a source that sends nothing.
pub(super) enum Idle<'a> {
    /// Each its own.
    Stays(&'a Points),
    /// One for all.
    At(Vec<f64>),
}

/// A block of rows.
struct Part {
    entries: Entries,
    cost: f64,
    watched: Vec<(usize, Entry)>,
    image: Vec<f64>,
    sent: Vec<f64>,
    received: Vec<f64>,
    first: usize,
}

/// Passes over the plan once, a block of rows at a time. `target` are the points as they were given.
pub(super) fn sweep(
    coupled: &Coupled,
    space: &Space,
    target: &Points,
    wanted: &Wanted<'_>,
    sink: &mut Sink,
    ctx: &Context,
) -> Result<Swept> {
    let n = space.source.len();
    let mut swept = Swept {
        kept: (0, 0.0),
        cost: 0.0,
        watched: Vec::new(),
        image: Points::zeros(n, target.dim()),
        sent: Vec::with_capacity(n),
        received: vec![0.0; target.len()],
    };
    let map = |range: Range<usize>, rows: Vec<Vec<Entry>>| part(range, rows, target, wanted);
    coupled.by_blocks(space, ctx, map, |part| {
        add(&mut swept.received, &part.received, 1.0);
        swept.sent.extend(&part.sent);
        let at = part.first * target.dim();
        swept.image.values_mut()[at..at + part.image.len()].copy_from_slice(&part.image);
        swept.cost += part.cost;
        swept.kept.0 += part.entries.len();
        swept.kept.1 += part.entries.mass.iter().sum::<f64>();
        swept.watched.extend(part.watched);
        sink.extend(&part.entries)
    })?;
    Ok(swept)
}

fn part(range: Range<usize>, rows: Vec<Vec<Entry>>, target: &Points, wanted: &Wanted<'_>) -> Part {
    let kept = rows.iter().map(|row| row.len().min(wanted.kept)).sum();
    let mut part = Part {
        entries: Entries::with_capacity(kept),
        cost: 0.0,
        watched: Vec::new(),
        image: Vec::with_capacity(rows.len() * target.dim()),
        sent: Vec::with_capacity(rows.len()),
        received: vec![0.0; target.len()],
        first: range.start,
    };
    for (i, mut row) in range.zip(rows) {
        let mass: f64 = row.iter().map(|e| e.mass).sum();
        let mut mean = vec![0.0; target.dim()];
        for entry in &row {
            part.received[entry.target as usize] += entry.mass;
            part.cost += entry.mass * entry.cost;
            add(&mut mean, target.row(entry.target as usize), entry.mass / mass);
        }
        match &wanted.idle {
            _ if mass > 0.0 => part.image.extend(mean),
            Idle::Stays(source) => part.image.extend_from_slice(source.row(i)),
            Idle::At(point) => part.image.extend_from_slice(point),
        }
        part.sent.push(mass);
        keep_largest(&mut row, wanted.kept);
        if wanted.watched.0.binary_search(&i).is_ok() {
            part.watched.extend(heaviest(row.clone(), wanted.watched.1).map(|entry| (i, entry)));
        }
        for entry in row {
            part.entries.source.push(i as u32);
            part.entries.target.push(entry.target);
            part.entries.mass.push(entry.mass);
            part.entries.cost.push(entry.cost);
        }
    }
    part
}

/// The `most` heaviest entries, heaviest first, of equally heavy ones the first.
pub(super) fn heaviest(mut row: Vec<Entry>, most: usize) -> impl Iterator<Item = Entry> {
    row.sort_by(|x, y| y.mass.total_cmp(&x.mass).then(x.target.cmp(&y.target)));
    row.into_iter().take(most)
}

/// Keeps the `most` heaviest entries, of equally heavy ones the first, in the order of targets.
fn keep_largest(row: &mut Vec<Entry>, most: usize) {
    if row.len() > most {
        row.select_nth_unstable_by(most, |x, y| y.mass.total_cmp(&x.mass).then(x.target.cmp(&y.target)));
        row.truncate(most);
        row.sort_unstable_by_key(|e| e.target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_are_kept_in_order() {
        let entry = |(target, mass): (u32, f64)| Entry { target, mass, cost: 0.0 };
        let mut row: Vec<Entry> = [(0, 1.0), (1, 3.0), (2, 2.0), (3, 2.0), (4, 0.5)].map(entry).to_vec();
        keep_largest(&mut row, 2);
        assert_eq!(row.iter().map(|e| e.target).collect::<Vec<_>>(), [1, 2]);
        keep_largest(&mut row, 5);
        assert_eq!(row.len(), 2);
    }
}
