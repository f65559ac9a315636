//! Measures at times, never paired across times.

use crate::points::check_finite;
use crate::{Error, Measure, Points, Result};

/// A measure seen at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// When it was seen, in the unit of the data.
    pub time: f64,
    /// What was seen. Its mass is the size of the population, in the unit of the weights.
    pub measure: Measure,
}

/// A population seen at two or more distinct times, in increasing order.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshots {
    items: Vec<Snapshot>,
    features: Vec<String>,
}

impl Snapshots {
    /// Groups rows by their time.
    ///
    /// `points` is `n x d`, `times` has one entry a row in any order, `weights` one a row or none (then every
    /// row weighs 1 and the mass of a snapshot is its count), `features` one name a column.
    ///
    /// # Errors
    /// Mismatched lengths; a time that is not finite; fewer than two distinct times; weights that are negative,
    /// not finite, or zero throughout a snapshot; a non-finite coordinate.
    pub fn from_rows(points: &Points, times: &[f64], weights: Option<&[f64]>, features: Vec<String>) -> Result<Self> {
        Self::from_values(points.dim(), points.values(), times, weights, features)
    }

    /// As [`Snapshots::from_rows`] from a row-major buffer of someone else, which is copied once.
    ///
    /// # Errors
    /// As [`Snapshots::from_rows`]; a buffer that is not rows of `dim` numbers.
    pub fn from_values(
        dim: usize,
        values: &[f64],
        times: &[f64],
        weights: Option<&[f64]>,
        features: Vec<String>,
    ) -> Result<Self> {
        if dim == 0 || !values.len().is_multiple_of(dim) {
            return Err(Error::input(format!("{} values cannot be rows of {dim} numbers each.", values.len())));
        }
        let n = values.len() / dim;
        if times.len() != n || weights.is_some_and(|w| w.len() != n) {
            return Err(Error::input(format!(
                "There are {n} rows but {} times and {} weights; every row needs one of each.",
                times.len(),
                weights.map_or(n, <[f64]>::len)
            )));
        }
        if let Some(i) = times.iter().position(|t| !t.is_finite()) {
            return Err(Error::input(format!("Row {i} has the time {}, which is not a finite number.", times[i]))
                .advise("Remove the rows without a time."));
        }
        check_finite(dim, values)?;
        let times = &decimals(times)[..];
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| times[i].total_cmp(&times[j]));
        let mut items = Vec::new();
        for group in order.chunk_by(|&i, &j| times[i] == times[j]) {
            let time = times[group[0]];
            let w = group.iter().map(|&i| weights.map_or(1.0, |w| w[i])).collect();
            let measure = Measure::new(gather(dim, values, group)?, w)
                .map_err(|e| e.within(format_args!("Snapshot at time {time}")))?;
            items.push(Snapshot { time, measure });
        }
        Self::new(items, features)
    }

    /// Snapshots in increasing time.
    ///
    /// # Errors
    /// Fewer than two snapshots; times that are not finite and strictly increasing; different dimensions; a
    /// number of feature names that is not the dimension.
    pub fn new(items: Vec<Snapshot>, features: Vec<String>) -> Result<Self> {
        if items.len() < 2 {
            return Err(Error::input(format!(
                "Dynamics need at least two snapshots at different times and there {}.",
                match items.first() {
                    Some(only) => format!("is one, at time {}", only.time),
                    None => "is none".to_owned(),
                }
            ))
            .advise("Check the column given as --time."));
        }
        for pair in items.windows(2) {
            if !(pair[0].time < pair[1].time && pair[0].time.is_finite() && pair[1].time.is_finite()) {
                return Err(Error::input(format!(
                    "Snapshot times must be finite and strictly increasing, but {} is followed by {}.",
                    pair[0].time, pair[1].time
                )));
            }
            if pair[0].measure.dim() != pair[1].measure.dim() {
                return Err(Error::input(format!(
                    "The snapshot at time {} has {} coordinates and the one at time {} has {}.",
                    pair[0].time,
                    pair[0].measure.dim(),
                    pair[1].time,
                    pair[1].measure.dim()
                )));
            }
        }
        let dim = items[0].measure.dim();
        if features.len() != dim {
            return Err(Error::input(format!("{} feature names came with {dim} coordinates.", features.len())));
        }
        Ok(Self { items, features })
    }

    /// Number of snapshots, at least two.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no snapshots (never true of a constructed value).
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The snapshots in increasing time.
    pub fn items(&self) -> &[Snapshot] {
        &self.items
    }

    /// Snapshot `k`.
    pub fn get(&self, k: usize) -> &Snapshot {
        &self.items[k]
    }

    /// The times, increasing.
    pub fn times(&self) -> Vec<f64> {
        self.items.iter().map(|s| s.time).collect()
    }

    /// Number of coordinates of a point.
    pub fn dim(&self) -> usize {
        self.features.len()
    }

    /// Names of the coordinates.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Number of points in all snapshots together.
    pub fn total_points(&self) -> usize {
        self.items.iter().map(|s| s.measure.len()).sum()
    }

    /// The snapshots without those at the times `held`.
    ///
    /// # Errors
    /// A time is given twice, is not the time of a snapshot, or fewer than two snapshots would be left.
    pub fn without(&self, held: &[f64]) -> Result<Self> {
        for (i, t) in held.iter().enumerate() {
            if held[..i].contains(t) {
                return Err(Error::input(format!("Time {t} is held out twice.")).advise("Name it once."));
            }
            if !self.items.iter().any(|s| s.time == *t) {
                return Err(Error::input(format!("There is no snapshot at time {t} to hold out."))
                    .advise(format!("The times are {:?}.", self.times())));
            }
        }
        let items: Vec<_> = self.items.iter().filter(|s| !held.contains(&s.time)).cloned().collect();
        if items.len() < 2 {
            return Err(Error::input(format!(
                "Holding out {} of {} snapshots leaves {}, but learning needs at least two.",
                held.len(),
                self.len(),
                items.len()
            ))
            .advise("Hold out fewer times."));
        }
        Self::new(items, self.features.clone())
    }
}

/// Times as their author wrote them: where all are numbers of single precision, the shortest decimals that round to
/// them (0.1, not 0.10000000149011612).
pub fn decimals(times: &[f64]) -> Vec<f64> {
    let single = times.iter().all(|t| f64::from(*t as f32) == *t);
    times.iter().map(|t| if single { (*t as f32).to_string().parse().unwrap_or(*t) } else { *t }).collect()
}

/// The rows of a row-major buffer with these indices.
fn gather(dim: usize, values: &[f64], rows: &[usize]) -> Result<Points> {
    let mut gathered = Vec::with_capacity(rows.len() * dim);
    for &i in rows {
        gathered.extend_from_slice(&values[i * dim..(i + 1) * dim]);
    }
    Points::new(dim, gathered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["x".into()]
    }

    #[test]
    fn rows_are_grouped_and_ordered_by_time() {
        let points = Points::new(1, vec![3.0, 1.0, 2.0, 4.0]).unwrap();
        let s = Snapshots::from_rows(&points, &[1.0, 0.0, 1.0, 0.0], None, names()).unwrap();
        assert_eq!(s.times(), [0.0, 1.0]);
        assert_eq!(s.get(0).measure.points().values(), [1.0, 4.0]);
        assert_eq!(s.get(1).measure.points().values(), [3.0, 2.0]);
        assert_eq!(s.get(1).measure.mass(), 2.0);
    }

    #[test]
    fn times_in_single_precision_are_their_decimals() {
        let points = Points::new(1, vec![3.0, 1.0, 2.0]).unwrap();
        let times = |t: [f64; 3]| Snapshots::from_rows(&points, &t, None, names()).unwrap().times();
        assert_eq!(times([0.0_f32, 0.1, 0.7].map(f64::from)), [0.0, 0.1, 0.7]);
        assert_eq!(times([0.0_f32, 1e9, 16_777_216.0].map(f64::from)), [0.0, 16_777_216.0, 1e9]);
        // One number of double precision, and all are taken as they are.
        assert_eq!(times([0.0, f64::from(0.1_f32), 0.7]), [0.0, f64::from(0.1_f32), 0.7]);
    }

    #[test]
    fn bad_input_is_refused_with_the_value() {
        let points = Points::new(1, vec![0.0, 1.0]).unwrap();
        let refused =
            |t: &[f64], w: Option<&[f64]>| Snapshots::from_rows(&points, t, w, names()).unwrap_err().to_string();
        assert!(refused(&[0.0, 0.0], None).contains("is one, at time 0"));
        assert!(refused(&[0.0, f64::NAN], None).contains("NaN"));
        assert!(refused(&[0.0, 1.0], Some(&[1.0, -2.0])).contains("-2"));
        assert!(refused(&[0.0, 1.0], Some(&[1.0, 0.0])).contains("sum to 0"));
        let s = Snapshots::from_rows(&points, &[0.0, 1.0], None, names()).unwrap();
        assert!(s.without(&[0.0, 0.0]).unwrap_err().to_string().contains("twice"));
        assert!(s.without(&[7.0]).unwrap_err().to_string().contains("[0.0, 1.0]"));
    }
}
