//! Points that the instrument missed.

use thalweg_core::{Error, Result, Stream};

/// Refuses shares and lengths that no gaps can have.
pub(super) fn check(share: f64, length: Option<f64>) -> Result<()> {
    if !(0.0..1.0).contains(&share) {
        return Err(Error::input(format!("The share of missing points is {share}, but must be from 0 to below 1.")));
    }
    let Some(length) = length else { return Ok(()) };
    if !(length.is_finite() && length >= 1.0) {
        return Err(Error::input(format!("The mean length of a gap is {length} points, but must be at least 1.")));
    }
    if entered(share, length) > 1.0 {
        return Err(Error::input(format!(
            "Gaps of {length} points in the mean cannot take {share} of all points: between two gaps there is at least one."
        ))
        .advise(format!("Let them be {:.1} points long, or longer.", share / (1.0 - share))));
    }
    Ok(())
}

/// The chance that a gap begins after a point that was seen, so that `share` of all are missed.
fn entered(share: f64, length: f64) -> f64 {
    share / (1.0 - share) / length
}

/// Which of `points` points of trajectory `row` were missed: a chain of two states in its stationary law, in which gaps
/// have geometric lengths.
pub(super) fn missed(points: usize, share: f64, length: Option<f64>, seed: u64, row: u64) -> Vec<bool> {
    // Independent points have gaps of this mean length.
    let length = length.unwrap_or(1.0 / (1.0 - share));
    let (enter, leave) = (entered(share, length), 1.0 / length);
    let mut stream = Stream::new(seed, "simulation/gaps", row);
    let mut missing = stream.uniform() < share;
    (0..points)
        .map(|_| {
            let now = missing;
            let draw = stream.uniform();
            missing = if now { draw >= leave } else { draw < enter };
            now
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_lengths_are_those_asked_for() {
        for (share, length) in [(0.3, None), (0.3, Some(5.0)), (0.5, Some(1.0))] {
            check(share, length).unwrap();
            for seed in 0..3 {
                let n = 200_000;
                let missed = missed(n, share, length, seed, 0);
                let count = missed.iter().filter(|m| **m).count() as f64;
                let gaps = missed.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
                let mean = length.unwrap_or(1.0 / (1.0 - share));
                // Five standard errors; a chain with gaps this long has at most about 2 length independent draws fewer.
                let error = 5.0 * (2.0 * mean * share * (1.0 - share) / n as f64).sqrt();
                assert!((count / n as f64 - share).abs() < error, "{share} {length:?} {count}");
                assert!((count / gaps / mean - 1.0).abs() < 5.0 * (2.0 / gaps).sqrt(), "{mean} {}", count / gaps);
            }
        }
    }

    #[test]
    fn impossible_gaps_are_refused() {
        for (share, length) in [(1.0, None), (-0.1, None), (f64::NAN, None), (0.9, Some(1.0)), (0.1, Some(0.5))] {
            assert!(check(share, length).is_err(), "{share} {length:?}");
        }
    }
}
