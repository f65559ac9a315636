//! The time that networks see.

use serde::{Deserialize, Serialize};

/// Longest interval over shortest, at most, in the time that networks see.
const LONGEST_TO_SHORTEST: f64 = 4.0;

/// Standardised time `tau(t)`: increasing, linear between knots and beyond the first and the last.
///
/// Evenly timed snapshots need two knots. Where the intervals between snapshots differ by orders of magnitude
/// (hours 0, 1, 2, 24, 168), a clock linear over the whole span would put the first three at 0, 0.006 and 0.012 of
/// it, and no network could tell them apart; so short intervals are stretched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Data times of the knots, at least two, increasing.
    pub times: Vec<f64>,
    /// Standardised time at each knot, increasing.
    pub taus: Vec<f64>,
}

impl Clock {
    /// `tau = (t - origin) / unit`, `unit` positive.
    pub fn uniform(origin: f64, unit: f64) -> Self {
        Self { times: vec![origin, origin + unit], taus: vec![0.0, 1.0] }
    }

    /// The clock for snapshots at `times` (at least two, increasing): it starts at the first and counts mean
    /// intervals. No interval is shorter than a quarter of the longest; where none is in the data, the clock is
    /// uniform.
    pub fn of(times: &[f64]) -> Self {
        let count = (times.len() - 1) as f64;
        let lengths: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        let least = lengths.iter().copied().fold(0.0, f64::max) / LONGEST_TO_SHORTEST;
        if lengths.iter().all(|l| *l >= least) {
            return Self::uniform(times[0], (times[times.len() - 1] - times[0]) / count);
        }
        let stretched: Vec<f64> = lengths.iter().map(|l| l.max(least)).collect();
        let unit = stretched.iter().sum::<f64>() / count;
        let sums = stretched.iter().scan(0.0, |sum, l| {
            *sum += l;
            Some(*sum / unit)
        });
        Self { times: times.to_vec(), taus: std::iter::once(0.0).chain(sums).collect() }
    }

    /// Standardised time.
    pub fn tau(&self, t: f64) -> f64 {
        let k = self.piece(t);
        let share = (t - self.times[k]) / (self.times[k + 1] - self.times[k]);
        self.taus[k] + share * (self.taus[k + 1] - self.taus[k])
    }

    /// `d tau / dt`, positive; at a knot, that of the piece which begins there.
    pub fn rate(&self, t: f64) -> f64 {
        let k = self.piece(t);
        (self.taus[k + 1] - self.taus[k]) / (self.times[k + 1] - self.times[k])
    }

    /// The knots at which the rate may jump.
    pub fn kinks(&self) -> &[f64] {
        &self.times[1..self.times.len() - 1]
    }

    /// Whether the knots make an increasing function.
    pub(super) fn is_valid(&self) -> bool {
        let increasing = |v: &[f64]| v.iter().all(|x| x.is_finite()) && v.windows(2).all(|p| p[0] < p[1]);
        self.times.len() >= 2
            && self.times.len() == self.taus.len()
            && increasing(&self.times)
            && increasing(&self.taus)
            && self.times.windows(2).zip(self.taus.windows(2)).all(|(t, s)| {
                let rate = (s[1] - s[0]) / (t[1] - t[0]);
                rate > 0.0 && rate.is_finite()
            })
    }

    /// Index of the knot that begins the piece of `t`.
    fn piece(&self, t: f64) -> usize {
        self.times.partition_point(|knot| *knot <= t).clamp(1, self.times.len() - 1) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_times_and_moderate_ones_make_a_uniform_clock() {
        assert_eq!(Clock::of(&[3.0, 5.0, 7.0]), Clock::uniform(3.0, 2.0));
        let clock = Clock::of(&[0.0, 1.0, 5.0]);
        assert_eq!(clock, Clock::uniform(0.0, 2.5));
        assert_eq!((clock.tau(1.0), clock.tau(10.0), clock.rate(-3.0)), (0.4, 4.0, 0.4));
        assert!(clock.kinks().is_empty());
    }

    /// Lengths 1, 1, 22, 144 become 36, 36, 36, 144: a mean of 63.
    #[test]
    fn short_intervals_are_stretched_to_a_quarter_of_the_longest() {
        let times = [0.0, 1.0, 2.0, 24.0, 168.0];
        let clock = Clock::of(&times);
        let expected = [0.0, 36.0 / 63.0, 72.0 / 63.0, 108.0 / 63.0, 4.0];
        for (t, tau) in times.into_iter().zip(expected) {
            assert!((clock.tau(t) - tau).abs() < 1e-15, "{t}: {} is not {tau}", clock.tau(t));
        }
        assert!((clock.tau(13.0) - 0.5 * (expected[2] + expected[3])).abs() < 1e-15);
        assert!((clock.rate(1.0) - 36.0 / 63.0).abs() < 1e-15 && (clock.rate(500.0) - 1.0 / 63.0).abs() < 1e-15);
        assert_eq!(clock.kinks(), [1.0, 2.0, 24.0]);
    }

    #[test]
    fn knots_that_make_no_clock_are_known() {
        for (times, taus) in [
            (vec![0.0], vec![0.0]),
            (vec![0.0, 1.0], vec![0.0]),
            (vec![0.0, 0.0], vec![0.0, 1.0]),
            (vec![0.0, 1.0], vec![1.0, 1.0]),
            (vec![0.0, f64::NAN], vec![0.0, 1.0]),
            (vec![0.0, 1e-320], vec![0.0, 1.0]),
        ] {
            assert!(!Clock { times, taus }.is_valid());
        }
        assert!(Clock::of(&[0.0, 1e-3, 1e9]).is_valid());
    }
}
