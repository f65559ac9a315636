//! Counter-based random streams.
//!
//! Every random draw in thalweg comes from a stream keyed by (seed, purpose, index), so results depend
//! neither on the number of threads nor on the order in which work is done.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A stream of random numbers, a pure function of (seed, purpose, index).
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `purpose` (for example `"batch"`) number `index` under `seed`.
    pub fn new(seed: u64, purpose: &str, index: u64) -> Self {
        let mut rng = ChaCha8Rng::from_seed(key(seed, purpose));
        rng.set_stream(index);
        Self(rng)
    }

    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Fills with standard normals.
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        out.iter_mut().for_each(|v| *v = self.normal());
    }

    /// Fills with standard normals in single precision.
    pub fn fill_normal_f32(&mut self, out: &mut [f32]) {
        out.iter_mut().for_each(|v| *v = StandardNormal.sample(&mut self.0));
    }

    /// Uniform on `0..n`. `n` must be positive.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A random permutation of `0..n` (Fisher and Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

/// The key of the cipher: seed and purpose.
pub(crate) fn key(seed: u64, purpose: &str) -> [u8; 32] {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&fnv1a(purpose.as_bytes()).to_le_bytes());
    key
}

/// FNV-1a, 64 bits: purposes are few and short, so spread is all that is needed.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_depend_on_every_part_of_their_key() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).bits();
        assert_eq!(first(1, "batch", 2), first(1, "batch", 2));
        assert_ne!(first(1, "batch", 2), first(2, "batch", 2));
        assert_ne!(first(1, "batch", 2), first(1, "noise", 2));
        assert_ne!(first(1, "batch", 2), first(1, "batch", 3));
    }

    #[test]
    fn normals_have_the_moments_of_a_normal() {
        for seed in 0..3 {
            let mut v = vec![0.0; 100_000];
            Stream::new(seed, "moments", 0).fill_normal(&mut v);
            let n = v.len() as f64;
            let mean = v.iter().sum::<f64>() / n;
            let var = v.iter().map(|x| x * x).sum::<f64>() / n;
            // Four standard errors: 4/sqrt(n) and 4 sqrt(2/n).
            assert!(mean.abs() < 0.0127, "mean {mean}");
            assert!((var - 1.0).abs() < 0.0179, "variance {var}");
        }
    }
}
