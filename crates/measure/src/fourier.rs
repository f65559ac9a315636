//! The discrete Fourier transform of real series.

use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

pub(crate) type Complex = rustfft::num_complex::Complex<f64>;

/// Transforms of one length, forward `sum_j x_j exp(-2 pi i j k / n)` and back.
pub(crate) struct Fourier {
    there: Arc<dyn Fft<f64>>,
    back: Arc<dyn Fft<f64>>,
}

impl Fourier {
    /// For series of any length, best a product of small primes.
    pub(crate) fn new(n: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self { there: planner.plan_fft_forward(n), back: planner.plan_fft_inverse(n) }
    }

    /// The transform of a series.
    pub(crate) fn forward(&self, x: &[f64]) -> Vec<Complex> {
        let mut modes: Vec<Complex> = x.iter().map(|v| Complex::new(*v, 0.0)).collect();
        self.there.process(&mut modes);
        modes
    }

    /// The series of a transform, of which the real part is taken.
    pub(crate) fn series(&self, mut modes: Vec<Complex>) -> Vec<f64> {
        self.back.process(&mut modes);
        let scale = 1.0 / modes.len() as f64;
        modes.iter().map(|m| m.re * scale).collect()
    }
}
