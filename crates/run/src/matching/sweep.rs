//! One pass over a plan: the entries that are kept, where each source goes on average, both marginals.

use super::coupled::{Coupled, Entry, add};
use super::space::Space;
use std::ops::Range;
use thalweg_core::{Context, Points, Result};

/// The kept entries of a plan, by source and target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    /// Row of the source, counted from 0.
    pub source: Vec<u32>,
    /// Row of the target, counted from 0.
    pub target: Vec<u32>,
    /// Mass that goes.
    pub mass: Vec<f64>,
    /// Cost of a unit of mass.
    pub cost: Vec<f64>,
}

impl Entries {
    /// How many.
    pub fn len(&self) -> usize {
        self.mass.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.mass.is_empty()
    }
}

/// What a pass over a plan finds.
pub(super) struct Swept {
    pub(super) entries: Entries,
    /// Mean target of each source; a source that sends nothing stays where it is.
    pub(super) image: Points,
    /// Mass that leaves each source.
    pub(super) sent: Vec<f64>,
    /// Mass that reaches each target.
    pub(super) received: Vec<f64>,
}

/// A block of rows.
struct Part {
    rows: Vec<Vec<Entry>>,
    image: Vec<f64>,
    sent: Vec<f64>,
    received: Vec<f64>,
    first: usize,
}

/// Passes over the plan once. `source` and `target` are the points as they were given.
pub(super) fn sweep(
    coupled: &Coupled,
    space: &Space,
    (source, target): (&Points, &Points),
    kept: usize,
    ctx: &Context,
) -> Result<Swept> {
    let mut swept = Swept {
        entries: Entries::default(),
        image: Points::zeros(source.len(), target.dim()),
        sent: Vec::with_capacity(source.len()),
        received: vec![0.0; target.len()],
    };
    let map = |range: Range<usize>, rows: Vec<Vec<Entry>>| part(range, rows, source, target, kept);
    coupled.by_blocks(space, ctx, map, |part| {
        add(&mut swept.received, &part.received, 1.0);
        swept.sent.extend(&part.sent);
        let at = part.first * target.dim();
        swept.image.values_mut()[at..at + part.image.len()].copy_from_slice(&part.image);
        for (k, row) in part.rows.iter().enumerate() {
            for entry in row {
                swept.entries.source.push((part.first + k) as u32);
                swept.entries.target.push(entry.target);
                swept.entries.mass.push(entry.mass);
                swept.entries.cost.push(entry.cost);
            }
        }
    })?;
    Ok(swept)
}

fn part(range: Range<usize>, mut rows: Vec<Vec<Entry>>, source: &Points, target: &Points, kept: usize) -> Part {
    let first = range.start;
    let (mut image, mut sent, mut received) = (Vec::new(), Vec::new(), vec![0.0; target.len()]);
    for (i, row) in range.zip(&mut rows) {
        let mass: f64 = row.iter().map(|e| e.mass).sum();
        let mut mean = vec![0.0; target.dim()];
        for entry in row.iter() {
            received[entry.target as usize] += entry.mass;
            add(&mut mean, target.row(entry.target as usize), entry.mass / mass);
        }
        if mass > 0.0 {
            image.extend(mean);
        } else {
            image.extend_from_slice(source.row(i));
        }
        sent.push(mass);
        keep_largest(row, kept);
    }
    Part { rows, image, sent, received, first }
}

/// Keeps the `most` heaviest entries, of equally heavy ones the first, in the order of targets.
fn keep_largest(row: &mut Vec<Entry>, most: usize) {
    if row.len() > most {
        row.select_nth_unstable_by(most, |x, y| y.mass.total_cmp(&x.mass).then(x.target.cmp(&y.target)));
        row.truncate(most);
        row.sort_unstable_by_key(|e| e.target);
    }
    row.shrink_to_fit();
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
