//! Diffusion in flux form: five points, second order, with the pole fed through the faces of its cap.

use super::{Sphere, Tendency};
use std::ops::Range;
use thalweg_core::wide;

/// The rate at which a diffusivity that depends on the colatitude smooths a field.
///
/// Source: Caplan et al. 2025, section 3.3.
#[derive(Clone, Debug)]
pub struct Diffusion<'a> {
    sphere: &'a Sphere,
    /// Per row: what a unit difference to the northern, the southern, and to each of the neighbours along the row is worth.
    weights: Vec<[f64; 3]>,
}

impl<'a> Diffusion<'a> {
    /// Diffusion with `diffusivity(colatitude)`, in squared radians an hour.
    pub fn new(sphere: &'a Sphere, diffusivity: impl Fn(f64) -> f64) -> Self {
        let rows = sphere.rows();
        // What a unit difference drives through a whole face, by its extent in longitude.
        let through = |face: usize| diffusivity(sphere.face(face).abs()) * sphere.face_sine(face) / sphere.gap(face);
        let weights = (0..rows).map(|j| {
            let share = sphere.width() / sphere.area(j);
            if j == 0 {
                return [0.0, share * through(1), 0.0];
            }
            if j + 1 == rows {
                return [share * through(j), 0.0, 0.0];
            }
            let beside = 0.5 * (diffusivity(sphere.face(j).abs()) + diffusivity(sphere.face(j + 1).abs()));
            let along = beside / (sphere.sine(j) * sphere.width()).powi(2);
            [share * through(j), share * through(j + 1), along]
        });
        Self { sphere, weights: weights.collect() }
    }

    /// The longest stable forward Euler step in hours, by the circles of Gershgorin.
    pub fn step_limit(&self) -> f64 {
        let inner = &self.weights[1..self.weights.len() - 1];
        1.0 / inner.iter().map(|[n, s, a]| n + s + 2.0 * a).fold(f64::MIN_POSITIVE, f64::max)
    }
}

impl Tendency for Diffusion<'_> {
    fn sphere(&self) -> &Sphere {
        self.sphere
    }

    fn rows(&self, field: &[f64], rows: Range<usize>, take: &mut dyn FnMut(usize, &[f64])) {
        let (n, last) = (self.sphere.columns(), self.sphere.rows() - 1);
        let mut rate = vec![0.0; n];
        for j in rows {
            let here = &field[j * n..][..n];
            if self.sphere.is_pole(j) {
                let beside = &field[if j == 0 { n } else { (last - 1) * n }..][..n];
                let weight = self.weights[j][0] + self.weights[j][1];
                let mean = beside.iter().zip(here).map(|(b, h)| b - h).sum::<f64>() / n as f64;
                rate.fill(weight * mean);
            } else {
                five_points(self.weights[j], &field[(j - 1) * n..(j + 2) * n], &mut rate);
            }
            take(j, &rate);
        }
    }
}

wide! {
    /// The rate of the middle one of three rows.
    fn five_points(weights: [f64; 3], rows: &[f64], out: &mut [f64]) {
        let n = out.len();
        let [north, here, south] = [0, 1, 2].map(|i| &rows[i * n..][..n]);
        let at = |k: usize, west: usize, east: usize| {
            let across = weights[0] * (north[k] - here[k]) + weights[1] * (south[k] - here[k]);
            across + weights[2] * ((here[west] - here[k]) + (here[east] - here[k]))
        };
        out[0] = at(0, n - 1, 1);
        for k in 1..n - 1 {
            out[k] = at(k, k - 1, k + 1);
        }
        out[n - 1] = at(n - 1, n - 2, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// The widest registers give the bits of a plain loop, and a constant does not change.
    #[test]
    fn wide_rates_are_plain_rates() {
        for n in [6, 8, 9, 31] {
            let mut rows = vec![0.0; 3 * n];
            Stream::new(3, "diffusion-test", n as u64).fill_normal(&mut rows);
            let mut out = vec![0.0; n];
            let [north, south, beside] = [0.3, 0.7, 1.1];
            five_points([north, south, beside], &rows, &mut out);
            for k in 0..n {
                let at = |row: usize, k: usize| rows[row * n + k % n];
                let here = at(1, k);
                let across = north * (at(0, k) - here) + south * (at(2, k) - here);
                let plain = across + beside * ((at(1, k + n - 1) - here) + (at(1, k + 1) - here));
                assert_eq!(out[k].to_bits(), plain.to_bits());
            }
            five_points([north, south, beside], &vec![5.0; 3 * n], &mut out);
            assert!(out.iter().all(|r| *r == 0.0));
        }
    }
}
