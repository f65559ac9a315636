//! Periodic boxes of one to three dimensions.

use super::Space;
use num_complex::Complex64;
use thalweg_core::Result;
use thalweg_solve::Spectral;

/// A periodic box with Fourier derivatives.
pub struct Plane {
    spectral: Spectral,
    squares: Vec<f64>,
    volume: f64,
}

impl Plane {
    /// A grid of `shape` over a box of these `lengths`.
    ///
    /// # Errors
    /// Other than one to three axes, lists of different lengths, an axis without points, a length that is not positive.
    pub fn new(shape: &[usize], lengths: &[f64]) -> Result<Self> {
        let spectral = Spectral::periodic(shape, lengths)?;
        let squares = spectral.wavenumbers().iter().map(|k| k.iter().map(|k| k * k).sum()).collect();
        let volume = lengths.iter().product::<f64>() / spectral.len() as f64;
        Ok(Self { spectral, squares, volume })
    }

    fn multiply(&self, values: &[f64], out: &mut [f64], symbol: impl Fn(f64) -> f64) {
        let mut modes = vec![Complex64::default(); self.squares.len()];
        self.spectral.forward(values, &mut modes);
        modes.iter_mut().zip(&self.squares).for_each(|(m, k)| *m *= symbol(*k));
        self.spectral.inverse(&modes, out);
    }
}

impl Space for Plane {
    fn len(&self) -> usize {
        self.spectral.len()
    }

    fn volume(&self) -> f64 {
        self.volume
    }

    fn stiffness(&self, u: &[f64], out: &mut [f64]) {
        self.multiply(u, out, |k| k);
    }

    fn solve(&self, shift: &[f64], weight: f64, right: &[f64], out: &mut [f64]) -> Result<()> {
        self.multiply(right, out, |k| 1.0 / (shift[0] + weight * k));
        Ok(())
    }

    fn takes_labels(&self) -> bool {
        false
    }
}
