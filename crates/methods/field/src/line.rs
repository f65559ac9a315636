//! A uniform line whose ends are joined, and derivatives on it by Fourier series.
//!
//! The far end is the near end and is not a point of its own: `n` points at distance `length / n`.

use num_complex::Complex64;
use rustfft::{Fft, FftPlanner};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::sync::Arc;
use thalweg_core::{Error, Result};

/// What a field does across the seam, from `x` to `x + length`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Seam {
    /// It returns to itself.
    Periodic {},
    /// It changes sign, as around one kink between two vacua of opposite sign.
    Antiperiodic {},
    /// It has risen by `rise`, as around one kink between neighbouring vacua of a periodic potential.
    Winding {
        /// The rise, finite.
        rise: f64,
    },
}

/// Points on a line and what joins its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    points: usize,
    length: f64,
    seam: Seam,
}

impl Line {
    /// `points` points on `[-length / 2, length / 2)`.
    ///
    /// # Errors
    /// An odd number of points or fewer than 4, a length that is not positive and finite, a rise that is not finite.
    pub fn new(points: usize, length: f64, seam: Seam) -> Result<Self> {
        if points < 4 || !points.is_multiple_of(2) {
            return Err(Error::input(format!("A line needs an even number of at least 4 points and got {points}.")));
        }
        if !(length > 0.0 && length.is_finite()) {
            return Err(Error::input(format!(
                "A line cannot be {length} long; its length must be positive and finite."
            )));
        }
        match seam {
            Seam::Winding { rise } if !rise.is_finite() => {
                Err(Error::input(format!("The rise across the seam is {rise}, which is not a finite number.")))
            }
            _ => Ok(Self { points, length, seam }),
        }
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Distance after which the line returns.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// What joins the ends.
    pub fn seam(&self) -> Seam {
        self.seam
    }

    /// Distance between neighbours.
    pub fn spacing(&self) -> f64 {
        self.length / self.points as f64
    }

    /// Where the points are.
    pub fn positions(&self) -> Vec<f64> {
        (0..self.points).map(|i| (i as f64 - (self.points / 2) as f64) * self.spacing()).collect()
    }

    /// The largest wavenumber of a mode.
    pub fn largest_wavenumber(&self) -> f64 {
        PI / self.spacing()
    }

    /// The part of a field that rises across the seam, at each point; zero for other seams.
    fn ramp(&self) -> Vec<f64> {
        match self.seam {
            Seam::Winding { rise } => self.positions().iter().map(|x| rise * x / self.length).collect(),
            _ => Vec::new(),
        }
    }
}

/// Second derivatives, one pair of transforms of half the length each.
///
/// A real field of `n` points is a complex one of `n / 2`: its even and odd points where the seam is periodic, its halves
/// where it is antiperiodic. The multiplier `-k^2` is applied between the transforms without forming the real spectrum.
pub struct SecondDerivative {
    forward: Arc<dyn Fft<f64>>,
    backward: Arc<dyn Fft<f64>>,
    scratch: Vec<Complex64>,
    packed: Vec<Complex64>,
    kind: Kind,
}

/// What the seam asks for.
enum Kind {
    /// `Z_k <- own_k Z_k + i mirror_k conj(Z_{-k})`, with the ramp taken off first.
    Even { own: Vec<f64>, mirror: Vec<f64>, ramp: Vec<f64> },
    /// `Z_k <- own_k Z_k` between multiplications with `twist` and its conjugate.
    Odd { own: Vec<f64>, twist: Vec<Complex64>, unpacked: Vec<f64> },
}

impl SecondDerivative {
    /// The operator on `line`.
    pub fn new(line: &Line) -> Self {
        let half = line.points / 2;
        let mut planner = FftPlanner::new();
        let (forward, backward) = (planner.plan_fft_forward(half), planner.plan_fft_inverse(half));
        let scratch = forward.get_inplace_scratch_len().max(backward.get_inplace_scratch_len());
        let kind = match line.seam {
            Seam::Antiperiodic {} => odd(line),
            Seam::Periodic {} | Seam::Winding { .. } => even(line),
        };
        let zeros = |n| vec![Complex64::default(); n];
        Self { forward, backward, scratch: zeros(scratch), packed: zeros(half), kind }
    }

    /// The second derivative of `field` at every point; `field` has as many values as the line has points.
    pub fn of(&mut self, field: &[f64]) -> &[f64] {
        match &mut self.kind {
            Kind::Even { own, mirror, ramp } => {
                let flat: &mut [f64] = bytemuck::cast_slice_mut(&mut self.packed);
                flat.copy_from_slice(field);
                flat.iter_mut().zip(ramp.iter()).for_each(|(u, r)| *u -= r);
                self.forward.process_with_scratch(&mut self.packed, &mut self.scratch);
                reflect(&mut self.packed, own, mirror);
                self.backward.process_with_scratch(&mut self.packed, &mut self.scratch);
                bytemuck::cast_slice(&self.packed)
            }
            Kind::Odd { own, twist, unpacked } => {
                let (near, far) = field.split_at(field.len() / 2);
                for (z, ((a, b), w)) in self.packed.iter_mut().zip(near.iter().zip(far).zip(twist.iter())) {
                    *z = Complex64::new(*a, -b) * w;
                }
                self.forward.process_with_scratch(&mut self.packed, &mut self.scratch);
                self.packed.iter_mut().zip(own.iter()).for_each(|(z, m)| *z *= m);
                self.backward.process_with_scratch(&mut self.packed, &mut self.scratch);
                let (near, far) = unpacked.split_at_mut(field.len() / 2);
                for (z, ((a, b), w)) in self.packed.iter().zip(near.iter_mut().zip(far).zip(twist.iter())) {
                    let z = z * w.conj();
                    (*a, *b) = (z.re, -z.im);
                }
                unpacked
            }
        }
    }
}

/// Multipliers of a field packed by even and odd points.
///
/// With `z_j = u_2j + i u_2j+1` the spectra of the two are `(Z_k + conj Z_-k) / 2` and `(Z_k - conj Z_-k) / 2i`, the modes
/// of `u` their sum and difference after a turn by `theta = pi k / half`. Multiplying mode `k` by `m_k` and going back gives
/// `(s - d sin theta) Z_k + i d cos theta conj Z_-k`, with `s` and `d` half the sum and the difference of `m_k` and `m_half-k`.
fn even(line: &Line) -> Kind {
    let half = line.points / 2;
    // The transforms are not normalised.
    let multiplier = |k: usize| -(2.0 * PI * k as f64 / line.length).powi(2) / half as f64;
    let term = |k: usize| {
        let (s, d) = (multiplier(k) + multiplier(half - k), multiplier(k) - multiplier(half - k));
        let theta = PI * k as f64 / half as f64;
        (0.5 * (s - d * theta.sin()), 0.5 * d * theta.cos())
    };
    let (own, mirror) = (0..half).map(term).unzip();
    Kind::Even { own, mirror, ramp: line.ramp() }
}

/// Multipliers of a field packed by halves: `(u_j - i u_j+half) e^(-i pi j / n)` has the modes of wavenumber
/// `pi (4 l + 1) / length`, and those of the opposite sign are their conjugates.
fn odd(line: &Line) -> Kind {
    let (n, half) = (line.points, line.points / 2);
    let multiplier = |l: usize| {
        let signed = if 4 * l < n { 4.0 * l as f64 + 1.0 } else { 4.0 * l as f64 + 1.0 - 2.0 * n as f64 };
        -(PI * signed / line.length).powi(2) / half as f64
    };
    let twist = (0..half).map(|j| Complex64::cis(-PI * j as f64 / n as f64)).collect();
    Kind::Odd { own: (0..half).map(multiplier).collect(), twist, unpacked: vec![0.0; n] }
}

/// `Z_k <- own_k Z_k + i mirror_k conj(Z_-k)` for all `k` at once.
fn reflect(z: &mut [Complex64], own: &[f64], mirror: &[f64]) {
    let turned = |z: Complex64, m: f64| Complex64::new(m * z.im, m * z.re);
    z[0] = own[0] * z[0] + turned(z[0], mirror[0]);
    let (mut low, mut high) = (1, z.len() - 1);
    while low < high {
        let (a, b) = (z[low], z[high]);
        z[low] = own[low] * a + turned(b, mirror[low]);
        z[high] = own[high] * b + turned(a, mirror[high]);
        (low, high) = (low + 1, high - 1);
    }
    if low == high {
        z[low] = own[low] * z[low] + turned(z[low], mirror[low]);
    }
}

/// First derivatives; for observables, not for inner loops.
pub struct Gradient {
    line: Line,
    forward: Arc<dyn Fft<f64>>,
    backward: Arc<dyn Fft<f64>>,
}

impl Gradient {
    /// The operator on `line`.
    pub fn new(line: &Line) -> Self {
        let mut planner = FftPlanner::new();
        let (forward, backward) = (planner.plan_fft_forward(line.points), planner.plan_fft_inverse(line.points));
        Self { line: *line, forward, backward }
    }

    /// The derivative of `field` at every point; `field` has as many values as the line has points.
    pub fn of(&self, field: &[f64]) -> Vec<f64> {
        let (n, length) = (self.line.points, self.line.length);
        let (shift, slope) = match self.line.seam {
            Seam::Periodic {} => (0.0, 0.0),
            Seam::Antiperiodic {} => (0.5, 0.0),
            Seam::Winding { rise } => (0.0, rise / length),
        };
        let twist = |j: usize| Complex64::cis(-2.0 * PI * shift * j as f64 / n as f64);
        let ramp = self.line.ramp();
        let part = |j: usize| field[j] - ramp.get(j).copied().unwrap_or(0.0);
        let mut z: Vec<Complex64> = (0..n).map(|j| twist(j) * part(j)).collect();
        self.forward.process(&mut z);
        for (k, z) in z.iter_mut().enumerate() {
            let signed = if k < n / 2 { k as f64 } else { k as f64 - n as f64 };
            // The mode that has no partner of the opposite sign has no derivative.
            let alone = shift == 0.0 && 2 * k == n;
            let wavenumber = if alone { 0.0 } else { 2.0 * PI * (signed + shift) / length };
            *z *= Complex64::new(0.0, wavenumber / n as f64);
        }
        self.backward.process(&mut z);
        z.iter().enumerate().map(|(j, z)| (z * twist(j).conj()).re + slope).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modes that the seam allows, with amplitudes and phases without a pattern.
    fn sum(line: &Line, order: i32) -> Vec<f64> {
        let (shift, rise) = match line.seam() {
            Seam::Periodic {} => (0.0, 0.0),
            Seam::Antiperiodic {} => (0.5, 0.0),
            Seam::Winding { rise } => (0.0, rise),
        };
        let ramp = |x: f64| match order {
            0 => rise * x / line.length(),
            1 => rise / line.length(),
            _ => 0.0,
        };
        let mode = |m: usize, x: f64| {
            let k = 2.0 * PI * (m as f64 + shift) / line.length();
            (1.0 + m as f64).sin() * k.powi(order) * (k * x + m as f64 + f64::from(order) * PI / 2.0).sin()
        };
        line.positions().iter().map(|x| ramp(*x) + (1..line.points() / 2).map(|m| mode(m, *x)).sum::<f64>()).collect()
    }

    #[test]
    fn derivatives_of_sums_of_modes_are_exact() {
        for seam in [Seam::Periodic {}, Seam::Antiperiodic {}, Seam::Winding { rise: 7.0 }] {
            for n in [4, 6, 10, 16, 30, 64] {
                let line = Line::new(n, 5.0, seam).unwrap();
                let size = line.largest_wavenumber().powi(2) * n as f64;
                let far = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let mut second = SecondDerivative::new(&line);
                assert!(far(second.of(&sum(&line, 0)), &sum(&line, 2)) < 1e-14 * size, "{seam:?} {n}");
                assert!(far(&Gradient::new(&line).of(&sum(&line, 0)), &sum(&line, 1)) < 1e-13 * size, "{seam:?} {n}");
            }
        }
    }

    #[test]
    fn bad_lines_are_refused() {
        for (n, length, seam) in [
            (3, 1.0, Seam::Periodic {}),
            (5, 1.0, Seam::Periodic {}),
            (8, 0.0, Seam::Periodic {}),
            (8, f64::INFINITY, Seam::Antiperiodic {}),
            (8, 1.0, Seam::Winding { rise: f64::NAN }),
        ] {
            assert!(Line::new(n, length, seam).is_err());
        }
    }
}
