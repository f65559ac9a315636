//! The discrete Fourier transform of real series.

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

pub(crate) type Complex = realfft::num_complex::Complex<f64>;

/// Transforms of one length `n`, forward `sum_j x_j exp(-2 pi i j k / n)` for `k` in `0..=n / 2` and back; the other modes
/// of a real series are the conjugates of these.
pub(crate) struct Fourier {
    there: Arc<dyn RealToComplex<f64>>,
    back: Arc<dyn ComplexToReal<f64>>,
}

impl Fourier {
    /// For series of any length, best a product of small primes.
    pub(crate) fn new(n: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        Self { there: planner.plan_fft_forward(n), back: planner.plan_fft_inverse(n) }
    }

    /// The transform of a series of length `n`.
    pub(crate) fn forward(&self, x: &[f64]) -> Vec<Complex> {
        let mut modes = self.there.make_output_vec();
        // It fails on other lengths only, and overwrites what it is given.
        let _ = self.there.process(&mut x.to_vec(), &mut modes);
        modes
    }

    /// The series of a transform. The mode at 0, and for even `n` the last, count by their real parts: those of a real series
    /// have no others.
    pub(crate) fn series(&self, mut modes: Vec<Complex>) -> Vec<f64> {
        let mut series = self.back.make_output_vec();
        // It tells of imaginary parts that do not count.
        let _ = self.back.process(&mut modes, &mut series);
        let scale = 1.0 / series.len() as f64;
        series.iter_mut().for_each(|v| *v *= scale);
        series
    }
}
