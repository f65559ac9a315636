//! Fourier operators on boxes.

use num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};
use std::f64::consts::TAU;
use std::sync::Arc;
use thalweg_core::{Error, Result};

/// What a function does at the two ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// It goes on at the other end.
    Periodic,
    /// Its slope is zero: it is continued evenly (a cosine series).
    Neumann,
    /// It is zero: it is continued oddly (a sine series).
    Dirichlet,
}

/// One axis of the grid.
#[derive(Clone, Copy, Debug)]
struct Axis {
    /// Values given.
    n: usize,
    /// Values transformed: those and their mirror images.
    full: usize,
    wall: Wall,
    /// Base wavenumber of the full axis.
    base: f64,
}

/// Fourier series on a box of one to three dimensions: transforms, derivatives, Poisson's equation.
///
/// Values lie on a grid of `shape`, row-major, the last axis fastest. A periodic axis of length `L` has its points
/// at `j L/n`; an axis with walls at `(j + 1/2) L/n`, and is continued to twice its length by mirror images, so that
/// its series is one of cosines ([`Wall::Neumann`]) or sines ([`Wall::Dirichlet`]) at twice the cost an axis.
/// Derivatives of band-limited functions are exact to rounding. Any length is fast; powers of small primes are fastest.
#[derive(Clone)]
pub struct Spectral {
    axes: Vec<Axis>,
    real: Arc<dyn RealToComplex<f64>>,
    back: Arc<dyn ComplexToReal<f64>>,
    /// Forward and inverse transform of each axis but the last.
    others: Vec<[Arc<dyn Fft<f64>>; 2]>,
}

impl Spectral {
    /// Periodic functions on a grid of `shape` over a box of these `lengths`.
    ///
    /// # Errors
    /// Other than one to three axes, an axis without points, a length that is not positive.
    pub fn periodic(shape: &[usize], lengths: &[f64]) -> Result<Self> {
        Self::new(shape, lengths, &vec![Wall::Periodic; shape.len()])
    }

    /// Functions on a grid of `shape` over a box of these `lengths`, with a rule for the ends of each axis.
    ///
    /// # Errors
    /// Other than one to three axes, lists of different lengths, an axis without points, a length that is not positive.
    pub fn new(shape: &[usize], lengths: &[f64], walls: &[Wall]) -> Result<Self> {
        if !(1..=3).contains(&shape.len()) || lengths.len() != shape.len() || walls.len() != shape.len() {
            return Err(Error::input(format!(
                "A grid of {} axes with {} lengths and {} walls was asked for, but there must be one to three of each.",
                shape.len(),
                lengths.len(),
                walls.len()
            )));
        }
        if let Some(k) = (0..shape.len()).find(|&k| shape[k] == 0 || !(lengths[k].is_finite() && lengths[k] > 0.0)) {
            return Err(Error::input(format!(
                "Axis {k} has {} points over the length {}, but needs at least 1 over a positive length.",
                shape[k], lengths[k]
            )));
        }
        let axes: Vec<Axis> = (0..shape.len())
            .map(|k| {
                let images = if walls[k] == Wall::Periodic { 1 } else { 2 };
                let (n, full) = (shape[k], images * shape[k]);
                Axis { n, full, wall: walls[k], base: TAU / (images as f64 * lengths[k]) }
            })
            .collect();
        let (mut real, mut complex) = (RealFftPlanner::new(), FftPlanner::new());
        let last = axes[axes.len() - 1].full;
        let others = axes[..axes.len() - 1]
            .iter()
            .map(|axis| [complex.plan_fft_forward(axis.full), complex.plan_fft_inverse(axis.full)])
            .collect();
        Ok(Self { real: real.plan_fft_forward(last), back: real.plan_fft_inverse(last), others, axes })
    }

    /// Number of values on the grid.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.n).product()
    }

    /// Whether the grid has no points: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of complex amplitudes: half of the last axis suffices for real functions.
    pub fn modes(&self) -> usize {
        self.mode_shape().iter().product()
    }

    fn mode_shape(&self) -> Vec<usize> {
        let mut shape: Vec<usize> = self.axes.iter().map(|axis| axis.full).collect();
        if let Some(last) = shape.last_mut() {
            *last = *last / 2 + 1;
        }
        shape
    }

    /// Wavenumber along each axis (missing ones zero) of each amplitude, in the order of [`Spectral::forward`]. That
    /// of the highest mode of an even axis is given as positive, though its sign is not defined.
    pub fn wavenumbers(&self) -> Vec<[f64; 3]> {
        let shape = self.mode_shape();
        (0..self.modes())
            .map(|mut i| {
                let mut k = [0.0; 3];
                for axis in (0..shape.len()).rev() {
                    k[axis] = self.axes[axis].base * self.signed(axis, i % shape[axis]) as f64;
                    i /= shape[axis];
                }
                k
            })
            .collect()
    }

    fn signed(&self, axis: usize, j: usize) -> isize {
        let full = self.axes[axis].full;
        if j <= full / 2 { j as isize } else { j as isize - full as isize }
    }

    /// Amplitudes of `values`, unnormalised: the sum over all points (and images) of `value exp(-i k x)`, positions
    /// from the first point on.
    pub fn forward(&self, values: &[f64], out: &mut [Complex64]) {
        let full = self.continued(values);
        let width = self.axes[self.axes.len() - 1].full;
        let mut row = vec![0.0; width];
        for (from, to) in full.chunks_exact(width).zip(out.chunks_exact_mut(width / 2 + 1)) {
            row.copy_from_slice(from);
            // Lengths are those of the plan, so this cannot fail.
            let _ = self.real.process(&mut row, to);
        }
        self.along_others(out, 0);
    }

    /// Values of a real function with these amplitudes: the inverse of [`Spectral::forward`].
    pub fn inverse(&self, modes: &[Complex64], out: &mut [f64]) {
        let mut modes = modes.to_vec();
        self.along_others(&mut modes, 1);
        let width = self.axes[self.axes.len() - 1].full;
        let count: usize = self.axes.iter().map(|axis| axis.full).product();
        let mut full = vec![0.0; count];
        for (from, to) in modes.chunks_exact_mut(width / 2 + 1).zip(full.chunks_exact_mut(width)) {
            // What a real function cannot have is dropped, as rounding may have left some.
            from[0].im = 0.0;
            if width.is_multiple_of(2) {
                from[width / 2].im = 0.0;
            }
            let _ = self.back.process(from, to);
        }
        self.restrict(&full, 1.0 / count as f64, out);
    }

    /// The derivative of this `order` along `axis`.
    pub fn derivative(&self, values: &[f64], axis: usize, order: u32, out: &mut [f64]) {
        let highest = self.axes[axis].base * (self.axes[axis].full as f64 / 2.0);
        self.multiply(values, out, |k| {
            // The highest mode is a cosine on the grid: its odd derivatives vanish there.
            if order % 2 == 1 && k[axis] == highest {
                return Complex64::new(0.0, 0.0);
            }
            Complex64::new(0.0, k[axis]).powu(order)
        });
    }

    /// The Laplacian.
    pub fn laplacian(&self, values: &[f64], out: &mut [f64]) {
        self.multiply(values, out, |k| Complex64::new(-square(k), 0.0));
    }

    /// The solution of `laplacian u = values` whose mean is zero where the mean is free; the mean of `values` is then
    /// ignored, as no solution has one.
    pub fn poisson(&self, values: &[f64], out: &mut [f64]) {
        self.multiply(values, out, |k| Complex64::new(if square(k) == 0.0 { 0.0 } else { -1.0 / square(k) }, 0.0));
    }

    /// Applies an operator that multiplies the mode of wavenumber `k` by `symbol(k)`.
    pub fn multiply(&self, values: &[f64], out: &mut [f64], symbol: impl Fn([f64; 3]) -> Complex64) {
        let mut modes = vec![Complex64::default(); self.modes()];
        self.forward(values, &mut modes);
        modes.iter_mut().zip(self.wavenumbers()).for_each(|(m, k)| *m *= symbol(k));
        self.inverse(&modes, out);
    }

    /// Zeroes the highest third of the modes of each axis, so that the product of two functions treated so is free of
    /// aliasing in what is kept (Orszag's rule).
    pub fn dealias(&self, modes: &mut [Complex64]) {
        let limits: Vec<f64> = self.axes.iter().map(|axis| axis.base * (axis.full as f64 / 3.0)).collect();
        for (mode, k) in modes.iter_mut().zip(self.wavenumbers()) {
            if limits.iter().zip(k).any(|(limit, k)| k.abs() >= *limit) {
                *mode = Complex64::default();
            }
        }
    }

    /// The values with their mirror images.
    fn continued(&self, values: &[f64]) -> Vec<f64> {
        let mut now = values.to_vec();
        let mut inner: usize = self.axes.iter().map(|axis| axis.n).product();
        let mut outer = 1;
        for axis in &self.axes {
            inner /= axis.n;
            if axis.wall != Wall::Periodic {
                let sign = if axis.wall == Wall::Neumann { 1.0 } else { -1.0 };
                let mut next = Vec::with_capacity(2 * now.len());
                for block in now.chunks_exact(axis.n * inner).take(outer) {
                    next.extend_from_slice(block);
                    for line in block.chunks_exact(inner).rev() {
                        next.extend(line.iter().map(|v| sign * v));
                    }
                }
                now = next;
            }
            outer *= axis.full;
        }
        now
    }

    /// The given part of a continued grid, times `scale`.
    fn restrict(&self, full: &[f64], scale: f64, out: &mut [f64]) {
        for (mut i, o) in out.iter_mut().enumerate() {
            let (mut at, mut stride) = (0, 1);
            for axis in self.axes.iter().rev() {
                at += (i % axis.n) * stride;
                i /= axis.n;
                stride *= axis.full;
            }
            *o = scale * full[at];
        }
    }

    /// Complex transforms along all axes but the last, `which` 0 forward and 1 inverse.
    fn along_others(&self, modes: &mut [Complex64], which: usize) {
        let shape = self.mode_shape();
        for (axis, plans) in self.others.iter().enumerate() {
            let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
            let mut line = vec![Complex64::default(); n];
            let mut scratch = vec![Complex64::default(); plans[which].get_inplace_scratch_len()];
            for block in modes.chunks_exact_mut(n * inner) {
                for offset in 0..inner {
                    line.iter_mut().enumerate().for_each(|(j, v)| *v = block[j * inner + offset]);
                    plans[which].process_with_scratch(&mut line, &mut scratch);
                    line.iter().enumerate().for_each(|(j, v)| block[j * inner + offset] = *v);
                }
            }
        }
    }
}

fn square(k: [f64; 3]) -> f64 {
    k.iter().map(|k| k * k).sum()
}
