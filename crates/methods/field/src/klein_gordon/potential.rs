//! Potentials and their slopes.

use crate::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::Result;

/// The potential `V` of the field.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Potential {
    /// `m^2 u^2 / 2`: free waves.
    Linear {
        /// The mass `m`, not negative.
        mass: f64,
    },
    /// `coupling (u^2 - vacuum^2)^2 / 4`: kinks between two vacua.
    Quartic {
        /// The coupling, positive.
        coupling: f64,
        /// The vacuum, positive.
        vacuum: f64,
    },
    /// `1 - cos u`: kinks and breathers that pass through each other.
    SineGordon {},
}

impl Potential {
    /// Refuses parameters out of range.
    pub(super) fn check(&self) -> Result<()> {
        match *self {
            Self::Linear { mass } => {
                demand(mass >= 0.0 && mass.is_finite(), super::NAME, "potential.mass", mass, "finite and not negative")
            }
            Self::Quartic { coupling, vacuum } => {
                let positive = |v: f64| v > 0.0 && v.is_finite();
                demand(positive(coupling), super::NAME, "potential.coupling", coupling, "positive and finite")?;
                demand(positive(vacuum), super::NAME, "potential.vacuum", vacuum, "positive and finite")
            }
            Self::SineGordon {} => Ok(()),
        }
    }

    /// `V(u)`.
    pub fn value(&self, u: f64) -> f64 {
        match *self {
            Self::Linear { mass } => 0.5 * mass * mass * u * u,
            Self::Quartic { coupling, vacuum } => 0.25 * coupling * (u * u - vacuum * vacuum).powi(2),
            // 1 - cos u without cancellation.
            Self::SineGordon {} => 2.0 * (0.5 * u).sin().powi(2),
        }
    }

    /// The largest `V''` of values up to `most` in size, which bounds the step.
    pub fn stiffness(&self, most: f64) -> f64 {
        match *self {
            Self::Linear { mass } => mass * mass,
            Self::Quartic { coupling, vacuum } => coupling * (3.0 * most * most - vacuum * vacuum).max(0.0),
            Self::SineGordon {} => 1.0,
        }
    }

    /// `v += kick (curvature - V'(u))`, then `u += drift v`, point by point.
    pub(super) fn kick_drift(&self, kick: f64, drift: f64, curvature: &[f64], u: &mut [f64], v: &mut [f64]) {
        match *self {
            Self::Linear { mass } => sweep(kick, drift, curvature, u, v, |u| mass * mass * u),
            Self::Quartic { coupling, vacuum } => {
                let square = vacuum * vacuum;
                sweep(kick, drift, curvature, u, v, |u| coupling * u * (u * u - square));
            }
            Self::SineGordon {} => sweep(kick, drift, curvature, u, v, sine),
        }
    }
}

#[inline(always)]
fn sweep(kick: f64, drift: f64, curvature: &[f64], u: &mut [f64], v: &mut [f64], slope: impl Fn(f64) -> f64) {
    for ((u, v), c) in u.iter_mut().zip(v).zip(curvature) {
        *v += kick * (c - slope(*u));
        *u += drift * *v;
    }
}

/// Adding this rounds to a whole number, whose parity is then the last bit.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Pi in parts, the first two of 33 bits, so that their products with whole numbers below a million are exact.
const PI: (f64, f64, f64) = (3.141_592_653_468_251_2, 1.215_420_101_260_793_2e-10, 4.044_532_497_591_901e-21);

/// The sine, without branches or calls, so that a sweep over a field is vectorised: the nearest multiple of pi is taken off in
/// three parts, and a Taylor series does the rest. Within 3e-16 of the sine for fields up to 1e5; beyond 1e9, where a field
/// has left any orbit of interest, it loses its meaning.
#[inline(always)]
fn sine(x: f64) -> f64 {
    let shifted = x * std::f64::consts::FRAC_1_PI + ROUND;
    let turns = shifted - ROUND;
    let r = ((x - turns * PI.0) - turns * PI.1) - turns * PI.2;
    let s = r * r;
    let mut p = 1.0 / 51_090_942_171_709_440_000.0;
    for inverse in [
        -1.0 / 121_645_100_408_832_000.0,
        1.0 / 355_687_428_096_000.0,
        -1.0 / 1_307_674_368_000.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        -1.0 / 5_040.0,
        1.0 / 120.0,
        -1.0 / 6.0,
    ] {
        p = p * s + inverse;
    }
    let value = r + r * s * p;
    f64::from_bits(value.to_bits() ^ (shifted.to_bits() << 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_that_of_the_standard_library() {
        let worst = (-200_000..200_000).map(|i| f64::from(i) * 0.123_456_789);
        let worst = worst.map(|x| (sine(x) - x.sin()).abs()).fold(0.0, f64::max);
        assert!(worst < 4e-16, "{worst:e}");
        assert!(sine(f64::NAN).is_nan() && sine(1e-200) == 1e-200);
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        for potential in [
            Potential::Linear { mass: 1.3 },
            Potential::Quartic { coupling: 0.7, vacuum: 1.2 },
            Potential::SineGordon {},
        ] {
            for i in -20..20 {
                let (u, h) = (0.17 * f64::from(i), 1e-5);
                let mut kicked = [0.0];
                potential.kick_drift(-1.0, 0.0, &[0.0], &mut [u], &mut kicked);
                let slope = (potential.value(u + h) - potential.value(u - h)) / (2.0 * h);
                assert!((kicked[0] - slope).abs() < 1e-8, "{potential:?} at {u}");
            }
        }
    }
}
