//! Power spectra, how far two of them are apart, and what they say of time scales.

use crate::fourier::{Complex, Fourier};
use crate::series::{check, check_rows, column, mean, moments};
use thalweg_core::{Error, Points, Result};

/// A one-sided power spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Frequencies from 0 to half the rate of sampling, per unit of time.
    pub frequencies: Vec<f64>,
    /// Power per unit of frequency; times the distance of frequencies it sums to the variance.
    pub density: Vec<f64>,
}

impl Spectrum {
    /// The frequency of the largest power, zero left out.
    pub fn peak(&self) -> f64 {
        let best = (1..self.density.len()).max_by(|&a, &b| self.density[a].total_cmp(&self.density[b]));
        best.map_or(0.0, |k| self.frequencies[k])
    }

    /// The mean frequency, weighted by power.
    pub fn mean(&self) -> f64 {
        let total: f64 = self.density.iter().sum();
        self.frequencies.iter().zip(&self.density).map(|(f, p)| f * p).sum::<f64>() / total
    }
}

/// The periodogram of `x`, sampled every `dt`, its mean taken off; O(n log n).
///
/// # Errors
/// Fewer than two points, or one that is not finite; `dt` is not positive.
pub fn power_spectrum(x: &[f64], dt: f64) -> Result<Spectrum> {
    check(x, 2, "a power spectrum")?;
    if !(dt > 0.0 && dt.is_finite()) {
        return Err(Error::input(format!("The time between two points is {dt}, but it must be positive.")));
    }
    let n = x.len();
    let middle = mean(x);
    let centred: Vec<f64> = x.iter().map(|v| v - middle).collect();
    let mut density = squares(&centred);
    // The negative frequencies are folded onto the positive ones.
    let scale = dt / n as f64;
    for (k, p) in density.iter_mut().enumerate() {
        *p *= if k == 0 || 2 * k == n { scale } else { 2.0 * scale };
    }
    let frequencies = (0..density.len()).map(|k| k as f64 / (n as f64 * dt)).collect();
    Ok(Spectrum { frequencies, density })
}

/// `|sum_j x_j exp(-2 pi i j k / n)|^2` for `k` up to half of `n`.
fn squares(x: &[f64]) -> Vec<f64> {
    Fourier::new(x.len()).forward(x).iter().map(|v| v.norm_sqr()).collect()
}

/// The Hellinger distance of power spectra, from 0 to 1, averaged over the columns of `x` and `y` (`n x d`, `m x d`).
///
/// Columns are standardised, spectra smoothed by a Gaussian of `smoothing` frequencies (20 in the literature on
/// reconstruction: Mikhaeil, Monfared and Durstewitz, NeurIPS 2022) and normalised to sum 1, and the distance is
/// `sqrt(1 - sum sqrt(p q))`. The longer series is cut to the length of the shorter. A constant column has no spectrum,
/// and is as far as can be from one that has.
///
/// # Errors
/// Different numbers of columns; fewer than 8 rows, or a number that is not finite; a smoothing that is negative.
pub fn spectral_distance(x: &Points, y: &Points, smoothing: f64) -> Result<f64> {
    let n = x.len().min(y.len());
    if x.dim() != y.dim() {
        return Err(Error::input(format!("The series have {} and {} columns, but must agree.", x.dim(), y.dim())));
    }
    if !(smoothing >= 0.0 && smoothing.is_finite()) {
        return Err(Error::input(format!("The smoothing is {smoothing} frequencies, but it must not be negative.")));
    }
    check_rows(x, 8, "a distance of spectra")?;
    check_rows(y, 8, "a distance of spectra")?;
    let shape = |rows: &Points, k: usize| normalised(&column(rows, k)[..n], smoothing);
    let apart = |k: usize| match (shape(x, k), shape(y, k)) {
        (None, None) => 0.0,
        (Some(p), Some(q)) => {
            let overlap: f64 = p.iter().zip(&q).map(|(p, q)| (p * q).sqrt()).sum();
            (1.0 - overlap).max(0.0).sqrt()
        }
        _ => 1.0,
    };
    Ok((0..x.dim()).map(apart).sum::<f64>() / x.dim() as f64)
}

/// The smoothed spectrum of the standardised series, of sum 1; none of a constant one.
fn normalised(x: &[f64], smoothing: f64) -> Option<Vec<f64>> {
    let (middle, spread) = moments(x);
    if spread <= 1e-12 * middle.abs() || spread == 0.0 {
        return None;
    }
    let standard: Vec<f64> = x.iter().map(|v| (v - middle) / spread).collect();
    let smooth = smoothed(&squares(&standard), smoothing);
    let total: f64 = smooth.iter().sum();
    Some(smooth.iter().map(|v| v / total).collect())
}

/// A Gaussian filter of standard deviation `sigma`, cut at four of them, whose edges reflect (`d c b a | a b c d`).
fn smoothed(x: &[f64], sigma: f64) -> Vec<f64> {
    let reach = (4.0 * sigma + 0.5) as usize;
    if reach == 0 {
        return x.to_vec();
    }
    let kernel: Vec<f64> = (0..=reach).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let total = 2.0 * kernel[1..].iter().sum::<f64>() + kernel[0];
    let n = x.len() as i64;
    let at = |i: i64| {
        let folded = i.rem_euclid(2 * n);
        x[(if folded < n { folded } else { 2 * n - 1 - folded }) as usize]
    };
    let one = |i: i64| {
        let sides = (1..=reach).map(|k| kernel[k] * (at(i - k as i64) + at(i + k as i64)));
        (kernel[0] * at(i) + sides.sum::<f64>()) / total
    };
    (0..n).map(one).collect()
}

/// The autocorrelation at lags `0..=most`, by the Fourier transform; the sums of fewer pairs are not scaled up.
///
/// # Errors
/// Fewer than two points, one that is not finite, or all equal; lags beyond the series.
pub fn autocorrelation(x: &[f64], most: usize) -> Result<Vec<f64>> {
    check(x, most.saturating_add(2).max(2), &format!("the autocorrelation up to lag {most}"))?;
    let middle = mean(x);
    let mut padded: Vec<f64> = x.iter().map(|v| v - middle).collect();
    padded.resize((2 * x.len()).next_power_of_two(), 0.0);
    let fourier = Fourier::new(padded.len());
    let powers = fourier.forward(&padded).iter().map(|v| Complex::new(v.norm_sqr(), 0.0)).collect();
    let values = fourier.series(powers);
    if values[0] <= 0.0 {
        return Err(Error::input("All values of the series are equal, so that nothing in it is correlated."));
    }
    Ok(values[..=most].iter().map(|v| v / values[0]).collect())
}

/// The mean period in points: one over the mean frequency of the power spectrum, rounded up.
///
/// # Errors
/// As [`power_spectrum`].
pub fn mean_period(x: &[f64]) -> Result<usize> {
    let frequency = power_spectrum(x, 1.0)?.mean();
    Ok(if frequency > 0.0 { ((1.0 / frequency).ceil() as usize).min(x.len()) } else { x.len() })
}
