//! Snapshots as training sees them: standardised, cut into intervals, shared out over a batch.

use crate::{Clock, Scaling};
use std::sync::Arc;
use thalweg_core::{Measure, Points, Result, Snapshot, Snapshots};

/// Two consecutive snapshots in standardised units.
#[derive(Clone, Debug)]
pub struct Interval {
    /// Standardised time of the source.
    pub start: f64,
    /// Standardised time of the target.
    pub end: f64,
    /// The earlier snapshot.
    pub source: Arc<Measure>,
    /// The later snapshot.
    pub target: Arc<Measure>,
}

impl Interval {
    /// `end - start`, positive.
    pub fn length(&self) -> f64 {
        self.end - self.start
    }
}

impl Scaling {
    /// The units in which networks see `snapshots`.
    ///
    /// Features are centred at the mean over all snapshots, each snapshot counting alike, and divided by one
    /// scale for all: the root of the mean variance. One scale keeps the geometry in which couplings and
    /// errors are measured, where a scale a feature would raise noise features to the rank of the others. Time
    /// is that of [`Clock::of`]: it starts at the first snapshot and counts mean intervals, so that the velocity
    /// from a snapshot to the next is of order one, and no interval is too short to be told from an instant.
    pub fn of(snapshots: &Snapshots) -> Self {
        let (d, count) = (snapshots.dim(), snapshots.len() as f64);
        let average = |f: &dyn Fn(&[f64], usize) -> f64| -> Vec<f64> {
            let mut sum = vec![0.0; d];
            for s in snapshots.items() {
                for (x, p) in s.measure.points().rows().zip(s.measure.probabilities()) {
                    sum.iter_mut().enumerate().for_each(|(k, v)| *v += p / count * f(x, k));
                }
            }
            sum
        };
        let mean = average(&|x, k| x[k]);
        let variance = average(&|x, k| (x[k] - mean[k]).powi(2)).iter().sum::<f64>() / d as f64;
        let scale = if variance.sqrt() > 0.0 { variance.sqrt() } else { 1.0 };
        Self { mean, scale: vec![scale], clock: Clock::of(&snapshots.times()) }
    }

    /// `snapshots` in these units.
    ///
    /// # Errors
    /// None for snapshots that the scaling was made of.
    pub fn apply(&self, snapshots: &Snapshots) -> Result<Snapshots> {
        let convert = |s: &Snapshot| -> Result<Snapshot> {
            let measure = Measure::new(self.standardised(s.measure.points()), s.measure.weights().to_vec())?;
            Ok(Snapshot { time: self.tau(s.time), measure })
        };
        let items = snapshots.items().iter().map(convert).collect::<Result<_>>()?;
        Snapshots::new(items, snapshots.features().to_vec())
    }

    /// `points` in these units.
    pub fn standardised(&self, points: &Points) -> Points {
        self.each(points, |k, v| (v - self.mean[k]) / self.scale_of(k))
    }

    /// Standardised `points` in data units.
    pub fn restored(&self, points: &Points) -> Points {
        self.each(points, |k, v| v * self.scale_of(k) + self.mean[k])
    }

    fn each(&self, points: &Points, f: impl Fn(usize, f64) -> f64) -> Points {
        let mut out = points.clone();
        for row in out.values_mut().chunks_exact_mut(self.mean.len()) {
            row.iter_mut().enumerate().for_each(|(k, v)| *v = f(k, *v));
        }
        out
    }
}

/// The intervals between consecutive snapshots, which are in standardised units already.
pub fn intervals(standardised: &Snapshots) -> Vec<Interval> {
    let shared: Vec<_> = standardised.items().iter().map(|s| (s.time, Arc::new(s.measure.clone()))).collect();
    let between = |w: &[(f64, Arc<Measure>)]| Interval {
        start: w[0].0,
        end: w[1].0,
        source: Arc::clone(&w[0].1),
        target: Arc::clone(&w[1].1),
    };
    shared.windows(2).map(between).collect()
}

/// How many of `batch` rows each of `parts` intervals gets at `step`: equal shares, at least one each, and the
/// remainder to a different interval at each step.
pub fn shares(batch: usize, parts: usize, step: u64) -> Vec<usize> {
    let first = (step % parts as u64) as usize;
    let (share, rest) = (batch / parts, batch % parts);
    (0..parts).map(|k| (share + usize::from((k + parts - first) % parts < rest)).max(1)).collect()
}

/// A checksum of the data of a training (FNV-1a over times, points and weights): part of what a checkpoint must
/// agree with. Not cryptographic.
pub fn fingerprint(snapshots: &Snapshots) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |v: &f64| hash = (hash ^ v.to_bits()).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    for s in snapshots.items() {
        take(&s.time);
        s.measure.points().values().iter().for_each(&mut take);
        s.measure.weights().iter().for_each(&mut take);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots() -> Snapshots {
        let points = Points::new(2, vec![0.0, 10.0, 2.0, 10.0, 4.0, 30.0, 8.0, 50.0, 6.0, 0.0]).unwrap();
        let names = vec!["x".into(), "y".into()];
        Snapshots::from_rows(&points, &[1.0, 1.0, 2.0, 4.0, 4.0], None, names).unwrap()
    }

    #[test]
    fn standardised_snapshots_have_unit_scale_and_mean_interval() {
        let data = snapshots();
        let scaling = Scaling::of(&data);
        let z = scaling.apply(&data).unwrap();
        assert_eq!(z.times(), [0.0, 2.0 / 3.0, 2.0]);
        let again = Scaling::of(&z);
        assert!(again.mean.iter().all(|m| m.abs() < 1e-12), "{again:?}");
        assert!((again.scale[0] - 1.0).abs() < 1e-12 && (again.clock.rate(0.0) - 1.0).abs() < 1e-12);
        let back = scaling.restored(z.get(2).measure.points());
        let truth = data.get(2).measure.points();
        assert!(back.values().iter().zip(truth.values()).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(intervals(&z).len(), 2);
    }

    #[test]
    fn a_population_of_one_point_has_a_scale() {
        let points = Points::new(1, vec![3.0, 3.0]).unwrap();
        let data = Snapshots::from_rows(&points, &[0.0, 1.0], None, vec!["x".into()]).unwrap();
        assert_eq!(Scaling::of(&data).scale, [1.0]);
    }

    #[test]
    fn shares_are_fair_over_the_steps() {
        let mut total = vec![0; 3];
        for step in 0..3 {
            let now = shares(11, 3, step);
            assert_eq!(now.iter().sum::<usize>(), 11);
            total.iter_mut().zip(now).for_each(|(t, n)| *t += n);
        }
        assert_eq!(total, [11, 11, 11]);
        assert_eq!(shares(2, 4, 0), [1, 1, 1, 1]);
    }

    #[test]
    fn fingerprints_see_every_number() {
        let data = snapshots();
        let changed = data.without(&[2.0]).unwrap();
        assert_eq!(fingerprint(&data), fingerprint(&data.clone()));
        assert_ne!(fingerprint(&data), fingerprint(&changed));
    }
}
