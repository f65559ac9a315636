//! The way a pair takes between its two snapshots.
//!
//! A straight line knows two snapshots and turns sharply at each. A curved course is the cubic Hermite polynomial whose
//! slope at a snapshot agrees with where the cell came from or goes to next. With the velocity `u` of the pair, the mean
//! velocity `w` of the cell in the neighbouring interval, and the lengths `h` and `k` of the two intervals,
//!
//! `c = (k u + h w) / (h + k)`, `slope = c · 2 (p q)⁺ / (p² + q²)`, `p = u·c`, `q = w·c`:
//!
//! the three-point slope times the limiter of van Albada, which keeps a course from overshooting: where the population
//! turns back the slope is zero. The limiter looks along `c` because there the scatter of the single cell, which enters
//! `u` and `w` with opposite signs, cancels; it does not depend on the axes. At the first and last snapshot the course
//! has no curvature, so that between two snapshots alone it is the straight line.
//!
//! References: van Albada, van Leer, Roberts, Astron. Astrophys. 108 (1982); Rohbeck et al., "Modeling complex system
//! dynamics with flow matching across time and conditions", ICLR 2025 (splines through chains of couplings).

use serde::{Deserialize, Serialize};

/// Straight or curved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// A line at constant velocity; it knows the two snapshots of its interval.
    Straight,
    /// A cubic that leaves a snapshot as the cell arrived there; it knows the two intervals beside its own as well.
    Curved,
}

/// Mean velocity of a cell in the interval beside that of its pair, and the length of that interval.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a> {
    pub(crate) velocity: &'a [f64],
    pub(crate) length: f64,
}

/// Velocities at both ends of the course of a pair, written into `first` and `last`: `secant` is the mean velocity of
/// the pair, `length` its interval.
pub(crate) fn slopes(
    secant: &[f64],
    length: f64,
    before: Option<Beside<'_>>,
    after: Option<Beside<'_>>,
    first: &mut [f64],
    last: &mut [f64],
) {
    let end = |inner: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(secant.iter().zip(inner)).for_each(|(o, (u, m))| *o = 1.5 * u - 0.5 * m);
    };
    match (before, after) {
        (None, None) => {
            first.copy_from_slice(secant);
            last.copy_from_slice(secant);
        }
        (Some(before), Some(after)) => {
            limited(secant, length, before, first);
            limited(secant, length, after, last);
        }
        (Some(before), None) => {
            limited(secant, length, before, first);
            end(first, last);
        }
        (None, Some(after)) => {
            limited(secant, length, after, last);
            end(last, first);
        }
    }
}

fn limited(secant: &[f64], length: f64, beside: Beside<'_>, out: &mut [f64]) {
    let share = length / (length + beside.length);
    out.iter_mut().zip(secant.iter().zip(beside.velocity)).for_each(|(c, (u, w))| *c = (1.0 - share) * u + share * w);
    let along = |a: &[f64]| a.iter().zip(&*out).map(|(a, c)| a * c).sum::<f64>();
    let (p, q) = (along(secant), along(beside.velocity));
    let size = p * p + q * q;
    let limiter = if size > 0.0 { 2.0 * (p * q).max(0.0) / size } else { 0.0 };
    out.iter_mut().for_each(|c| *c *= limiter);
}

/// One coordinate of the cubic at the share `s` of its interval, and its velocity there; `x` and `v` hold position and
/// velocity at both ends.
pub(crate) fn hermite(s: f64, length: f64, x: [f64; 2], v: [f64; 2]) -> (f64, f64) {
    let (r, rise) = (1.0 - s, x[1] - x[0]);
    let bend = [length * v[0] - rise, length * v[1] - rise];
    let position = r * x[0] + s * x[1] + s * r * (r * bend[0] - s * bend[1]);
    let change = rise + r * (r - 2.0 * s) * bend[0] + s * (s - 2.0 * r) * bend[1];
    (position, change / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_is_met_in_place_and_in_velocity() {
        let (p, q) = (|t: f64| 2.0 - t + 3.0 * t * t - 0.7 * t.powi(3), |t: f64| -1.0 + 6.0 * t - 2.1 * t * t);
        let (a, b) = (0.5, 2.0);
        for s in [0.0, 0.2, 0.5, 0.9, 1.0] {
            let (x, v) = hermite(s, b - a, [p(a), p(b)], [q(a), q(b)]);
            let t = a + s * (b - a);
            assert!((x - p(t)).abs() < 1e-12 && (v - q(t)).abs() < 1e-12, "at {t}: {x}, {v}");
        }
    }

    #[test]
    fn a_steady_motion_stays_straight_over_irregular_times() {
        let u = [1.0, -2.0];
        let beside = Beside { velocity: &u, length: 3.0 };
        let (mut first, mut last) = ([0.0; 2], [0.0; 2]);
        for (before, after) in [(None, None), (Some(beside), None), (None, Some(beside)), (Some(beside), Some(beside))]
        {
            slopes(&u, 0.5, before, after, &mut first, &mut last);
            for k in 0..2 {
                assert!((first[k] - u[k]).abs() < 1e-12 && (last[k] - u[k]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_course_never_overshoots_its_ends() {
        for w in [-5.0, -1.0, 0.0, 0.1, 0.5, 1.0, 2.0, 2.5, 7.0, 100.0] {
            let beside = |w| Some(Beside { velocity: w, length: 1.0 });
            let (mut first, mut last) = ([0.0], [0.0]);
            for (before, after) in [(beside(&[w]), beside(&[0.7])), (beside(&[w]), None), (None, beside(&[w]))] {
                slopes(&[1.0], 1.0, before, after, &mut first, &mut last);
                for k in 0..=50 {
                    let (x, v) = hermite(f64::from(k) / 50.0, 1.0, [0.0, 1.0], [first[0], last[0]]);
                    assert!((-1e-12..=1.0 + 1e-12).contains(&x) && v > -1e-12, "beside {w}: {x}, {v}");
                }
            }
        }
    }

    #[test]
    fn the_slope_turns_with_the_axes() {
        let turn = |x: [f64; 2]| [0.6 * x[0] - 0.8 * x[1], 0.8 * x[0] + 0.6 * x[1]];
        let at = |u: [f64; 2], w: [f64; 2]| {
            let mut out = [0.0; 2];
            limited(&u, 2.0, Beside { velocity: &w, length: 1.0 }, &mut out);
            out
        };
        let (u, w) = ([1.0, 0.3], [0.4, -0.2]);
        let (turned, expected) = (at(turn(u), turn(w)), turn(at(u, w)));
        assert!((0..2).all(|k| (turned[k] - expected[k]).abs() < 1e-12));
    }
}
