//! Regularisers of a displacement: value, gradient, proximal operator.

use thalweg_core::{Error, Result};

/// A regulariser `tau` of a displacement `z` in R^d, with `|z|^2 / 2 + tau(z)` convex.
pub trait Prox: Send + Sync {
    /// `tau(z)`.
    fn value(&self, z: &[f64]) -> f64;

    /// Writes a gradient of `tau` at `z`, with 0 where a coordinate is at a kink.
    fn gradient(&self, z: &[f64], out: &mut [f64]);

    /// Replaces `v` by the minimiser of `|z - v|^2 / 2 + tau(z)`.
    fn prox(&self, v: &mut [f64]);

    /// Refuses points of a dimension that the regulariser is not made for.
    ///
    /// # Errors
    /// As said.
    fn check(&self, _dim: usize) -> Result<()> {
        Ok(())
    }
}

/// `|x - y|^2 / 2 + tau(x - y)`; leaves the displacement in `z`.
pub(super) fn elastic(tau: &dyn Prox, x: &[f64], y: &[f64], z: &mut [f64]) -> f64 {
    let mut square = 0.0;
    for (z, (x, y)) in z.iter_mut().zip(x.iter().zip(y)) {
        *z = x - y;
        square += *z * *z;
    }
    0.5 * square + tau.value(z)
}

/// Refuses a strength that is negative or not finite.
pub(super) fn check_strength(gamma: f64) -> Result<()> {
    if gamma >= 0.0 && gamma.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!(
        "The strength gamma of a regulariser is {gamma}, but it must be finite and not negative."
    )))
}

/// Nothing: the map of the squared Euclidean cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zero;

impl Prox for Zero {
    fn value(&self, _z: &[f64]) -> f64 {
        0.0
    }

    fn gradient(&self, _z: &[f64], out: &mut [f64]) {
        out.fill(0.0);
    }

    fn prox(&self, _v: &mut [f64]) {}
}

/// `gamma |z|_1`: displacements below gamma vanish, others shrink by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    gamma: f64,
}

impl L1 {
    /// `gamma` in units of the data.
    ///
    /// # Errors
    /// A strength that is negative or not finite.
    pub fn new(gamma: f64) -> Result<Self> {
        check_strength(gamma).map(|()| Self { gamma })
    }
}

impl Prox for L1 {
    fn value(&self, z: &[f64]) -> f64 {
        self.gamma * z.iter().map(|v| v.abs()).sum::<f64>()
    }

    fn gradient(&self, z: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(z).for_each(|(g, z)| *g = self.gamma * sign(*z));
    }

    fn prox(&self, v: &mut [f64]) {
        v.iter_mut().for_each(|v| *v = sign(*v) * (v.abs() - self.gamma).max(0.0));
    }
}

/// `gamma^2 sum (a + 1/2 - exp(-2 a) / 2)` with `a = asinh(|z| / (2 gamma))`: displacements below gamma vanish, and large
/// ones hardly shrink, `v (1 - gamma^2 / v^2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stvs {
    gamma: f64,
}

impl Stvs {
    /// `gamma` in units of the data.
    ///
    /// # Errors
    /// A strength that is negative or not finite.
    pub fn new(gamma: f64) -> Result<Self> {
        check_strength(gamma).map(|()| Self { gamma })
    }

    fn angle(&self, z: f64) -> f64 {
        (z.abs() / (2.0 * self.gamma)).asinh()
    }
}

impl Prox for Stvs {
    fn value(&self, z: &[f64]) -> f64 {
        if self.gamma == 0.0 {
            return 0.0;
        }
        let term = |z: &f64| {
            let a = self.angle(*z);
            a + 0.5 - 0.5 * (-2.0 * a).exp()
        };
        self.gamma * self.gamma * z.iter().map(term).sum::<f64>()
    }

    fn gradient(&self, z: &[f64], out: &mut [f64]) {
        let slope = |z: f64| if self.gamma == 0.0 { 0.0 } else { self.gamma * (-self.angle(z)).exp() * sign(z) };
        out.iter_mut().zip(z).for_each(|(g, z)| *g = slope(*z));
    }

    fn prox(&self, v: &mut [f64]) {
        let square = self.gamma * self.gamma;
        let shrink = |v: f64| if v * v <= square { 0.0 } else { v * (1.0 - square / (v * v)) };
        v.iter_mut().for_each(|v| *v = shrink(*v));
    }
}

/// `gamma / 2` times the squared k-overlap norm, `min sum z_i^2 / theta_i` over weights `theta` in [0, 1] that sum to k:
/// at most k coordinates are free, others pay for their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KOverlap {
    k: usize,
    gamma: f64,
}

impl KOverlap {
    /// `k` coordinates, `gamma` a pure number.
    ///
    /// # Errors
    /// `k` zero, or a strength that is negative or not finite.
    pub fn new(k: usize, gamma: f64) -> Result<Self> {
        if k == 0 {
            return Err(Error::input("The k-overlap norm needs k of at least 1 and got 0."));
        }
        check_strength(gamma).map(|()| Self { k, gamma })
    }

    /// The weights are `clamp(|v_i| s - lambda, 0, 1)`; this is the `s` at which they sum to k. None where all can be 1.
    fn level(&self, v: &[f64], lambda: f64) -> Option<f64> {
        let smallest = v.iter().map(|v| v.abs()).filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
        if v.iter().filter(|v| **v != 0.0).count() <= self.k {
            return None;
        }
        let weight = |v: f64, s: f64| (v.abs() * s - lambda).clamp(0.0, 1.0);
        let (mut low, mut high) = (0.0, (1.0 + lambda) / smallest);
        for _ in 0..200 {
            let s = 0.5 * (low + high);
            if s <= low || s >= high {
                break;
            }
            if v.iter().map(|v| weight(*v, s)).sum::<f64>() < self.k as f64 { low = s } else { high = s }
        }
        Some(high)
    }

    fn weight(level: Option<f64>, v: f64, lambda: f64) -> f64 {
        level.map_or(1.0, |s| (v.abs() * s - lambda).clamp(0.0, 1.0))
    }
}

impl Prox for KOverlap {
    fn value(&self, z: &[f64]) -> f64 {
        let level = self.level(z, 0.0);
        let term = |z: f64| if z == 0.0 { 0.0 } else { z * z / Self::weight(level, z, 0.0) };
        0.5 * self.gamma * z.iter().map(|z| term(*z)).sum::<f64>()
    }

    fn gradient(&self, z: &[f64], out: &mut [f64]) {
        let level = self.level(z, 0.0);
        let slope = |z: f64| if z == 0.0 { 0.0 } else { self.gamma * z / Self::weight(level, z, 0.0) };
        out.iter_mut().zip(z).for_each(|(g, z)| *g = slope(*z));
    }

    fn prox(&self, v: &mut [f64]) {
        if self.gamma == 0.0 {
            return;
        }
        let level = self.level(v, self.gamma);
        for v in v {
            let weight = Self::weight(level, *v, self.gamma);
            *v *= weight / (weight + self.gamma);
        }
    }
}

/// The sign with 0 at 0.
fn sign(v: f64) -> f64 {
    if v == 0.0 { 0.0 } else { v.signum() }
}

#[cfg(test)]
mod tests {
    use super::super::Quadratic;
    use super::*;
    use thalweg_core::{Points, Stream};

    fn all(dim: usize, stream: &mut Stream) -> Vec<Box<dyn Prox>> {
        let directions = Points::new(dim, (0..2 * dim).map(|_| stream.normal()).collect()).unwrap();
        vec![
            Box::new(Zero),
            Box::new(L1::new(0.4).unwrap()),
            Box::new(Stvs::new(0.4).unwrap()),
            Box::new(KOverlap::new(2, 0.7).unwrap()),
            Box::new(KOverlap::new(dim, 0.7).unwrap()),
            Box::new(Quadratic::off_subspace(&directions, 3.0).unwrap()),
        ]
    }

    #[test]
    fn the_proximal_operator_inverts_the_gradient_and_minimises() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "prox", 0);
            for tau in all(6, &mut stream) {
                let z: Vec<f64> = (0..6).map(|_| stream.normal()).collect();
                let mut v = vec![0.0; 6];
                tau.gradient(&z, &mut v);
                v.iter_mut().zip(&z).for_each(|(v, z)| *v += z);
                tau.prox(&mut v);
                assert!(v.iter().zip(&z).all(|(a, b)| (a - b).abs() < 1e-9), "{v:?} is not {z:?}");

                let mut best = z.clone();
                tau.prox(&mut best);
                let objective =
                    |u: &[f64]| tau.value(u) + 0.5 * u.iter().zip(&z).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                for _ in 0..200 {
                    let scale = 10.0_f64.powf(-4.0 * stream.uniform());
                    let other: Vec<f64> = best.iter().map(|v| v + scale * stream.normal()).collect();
                    assert!(objective(&best) <= objective(&other) + 1e-12);
                }
            }
        }
    }

    #[test]
    fn gradients_are_those_of_the_values() {
        let mut stream = Stream::new(0, "prox-gradient", 0);
        for tau in all(5, &mut stream) {
            let z: Vec<f64> = (0..5).map(|_| stream.normal()).collect();
            let mut gradient = vec![0.0; 5];
            tau.gradient(&z, &mut gradient);
            for k in 0..5 {
                let moved = |h: f64| {
                    let mut z = z.clone();
                    z[k] += h;
                    tau.value(&z)
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((slope - gradient[k]).abs() < 1e-7, "{slope} {}", gradient[k]);
            }
        }
    }

    /// With k = 1 the norm is the l1 norm, with k = d the Euclidean norm.
    #[test]
    fn the_overlap_norm_has_its_known_ends() {
        let z = [3.0, -4.0, 0.0, 1.0];
        assert!((KOverlap::new(1, 1.0).unwrap().value(&z) - 0.5 * 64.0).abs() < 1e-12);
        assert!((KOverlap::new(4, 1.0).unwrap().value(&z) - 0.5 * 26.0).abs() < 1e-12);
        assert!(KOverlap::new(0, 1.0).is_err() && L1::new(f64::NAN).is_err() && Stvs::new(-1.0).is_err());
    }

    #[test]
    fn strength_zero_is_no_regulariser() {
        for tau in [Box::new(Stvs::new(0.0).unwrap()) as Box<dyn Prox>, Box::new(KOverlap::new(1, 0.0).unwrap())] {
            let mut v = [0.5, -2.0];
            tau.prox(&mut v);
            assert_eq!((v, tau.value(&v)), ([0.5, -2.0], 0.0));
        }
    }
}
