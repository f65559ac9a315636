//! What is read off a field: energy, momentum, charge, spectrum, entropies, the law of its values.

use super::{Potential, State, Wave};
use crate::line::{Gradient, Seam};
use num_complex::Complex64;
use rustfft::FftPlanner;
use std::f64::consts::PI;
use thalweg_core::{Error, Result};

/// Integrals of a field over the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// `int u_t^2 / 2 + u_x^2 / 2 + V(u)`.
    pub energy: f64,
    /// `-int u_t u_x`.
    pub momentum: f64,
    /// `int u_x` over the distance between neighbouring vacua: kinks less antikinks. Zero for a linear potential.
    pub charge: f64,
}

/// Reads observables off states of one wave.
pub struct Observer {
    potential: Potential,
    seam: Seam,
    spacing: f64,
    gradient: Gradient,
}

impl Observer {
    /// An observer of `wave`.
    pub fn new(wave: &Wave) -> Self {
        let line = wave.line();
        let (potential, spacing) = (wave.potential(), line.spacing());
        Self { potential, seam: line.seam(), spacing, gradient: Gradient::new(line) }
    }

    /// Energy, momentum and charge.
    pub fn observe(&self, state: &State) -> Observed {
        let slope = self.gradient.of(&state.u);
        let energy: f64 = self.density(state, &slope).iter().sum();
        let momentum: f64 = state.v.iter().zip(&slope).map(|(v, s)| -v * s).sum();
        let gap = match self.potential {
            Potential::Linear { .. } => f64::INFINITY,
            Potential::Quartic { vacuum, .. } => 2.0 * vacuum,
            Potential::SineGordon {} => 2.0 * PI,
        };
        let first = state.u[0];
        let beyond = match self.seam {
            Seam::Periodic {} => first,
            Seam::Antiperiodic {} => -first,
            Seam::Winding { rise } => first + rise,
        };
        let charge = (beyond - first) / gap;
        Observed { energy: energy * self.spacing, momentum: momentum * self.spacing, charge }
    }

    /// Energy at each point, per unit length.
    pub fn energy_density(&self, state: &State) -> Vec<f64> {
        self.density(state, &self.gradient.of(&state.u))
    }

    fn density(&self, state: &State, slope: &[f64]) -> Vec<f64> {
        let fields = state.u.iter().zip(&state.v).zip(slope);
        fields.map(|((u, v), s)| 0.5 * (v * v + s * s) + self.potential.value(*u)).collect()
    }
}

/// Entropies of where a density lies, taken as probabilities of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entropies {
    /// Shannon's, `-sum p ln p`.
    pub shannon: f64,
    /// Renyi's of order 2, `-ln sum p^2`.
    pub renyi: f64,
    /// Tsallis's of order 2, `1 - sum p^2`.
    pub tsallis: f64,
}

/// The entropies of a density that is not negative.
///
/// # Errors
/// Values that are negative or not finite, or all zero.
pub fn entropies(density: &[f64]) -> Result<Entropies> {
    if let Some(v) = density.iter().find(|v| !(**v >= 0.0 && v.is_finite())) {
        return Err(Error::input(format!("A density has the value {v}, but must be finite and not negative.")));
    }
    let sum: f64 = density.iter().sum();
    if sum <= 0.0 {
        return Err(Error::input("A density that is zero everywhere has no entropy."));
    }
    let p = || density.iter().map(|v| v / sum);
    let square: f64 = p().map(|p| p * p).sum();
    let shannon = p().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
    Ok(Entropies { shannon, renyi: -square.ln(), tsallis: 1.0 - square })
}

/// Power of the modes of a field, mode 0 (the mean) first: `|sum_j u_j e^(-2 pi i j k / n)|^2 / n^2`, `n / 2 + 1` of them.
pub fn spectrum(field: &[f64]) -> Vec<f64> {
    let n = field.len();
    let mut z: Vec<Complex64> = field.iter().map(|u| Complex64::new(*u, 0.0)).collect();
    if n > 0 {
        FftPlanner::new().plan_fft_forward(n).process(&mut z);
    }
    z.iter().take(n / 2 + 1).map(|z| z.norm_sqr() / (n * n) as f64).collect()
}

/// The density of `values` at each of `at`, by Gaussian kernels as wide as Scott's rule says (standard deviation times
/// `n^(-1/5)`).
///
/// # Errors
/// Fewer than two values, values that are not finite, or all values equal.
pub fn kernel_density(values: &[f64], at: &[f64]) -> Result<Vec<f64>> {
    let n = values.len() as f64;
    if values.len() < 2 || values.iter().any(|v| !v.is_finite()) {
        return Err(Error::input(format!(
            "{} values have no density: two or more are needed, all finite.",
            values.len()
        )));
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let width = variance.sqrt() * n.powf(-0.2);
    if width <= 0.0 {
        return Err(Error::input("All values are equal, so that they have no density."));
    }
    let scale = n * width * (2.0 * PI).sqrt();
    let density = |x: f64| values.iter().map(|v| (-0.5 * ((x - v) / width).powi(2)).exp()).sum::<f64>() / scale;
    Ok(at.iter().map(|x| density(*x)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropies_of_a_uniform_density_are_those_of_its_support() {
        let e = entropies(&[0.0, 3.0, 3.0, 3.0, 0.0, 3.0]).unwrap();
        assert!((e.shannon - 4f64.ln()).abs() < 1e-15 && (e.renyi - 4f64.ln()).abs() < 1e-15);
        assert!((e.tsallis - 0.75).abs() < 1e-15);
        assert!(entropies(&[0.0]).is_err() && entropies(&[1.0, -1.0]).is_err());
    }

    #[test]
    fn power_lies_in_the_modes_of_the_field() {
        let field: Vec<f64> = (0..16).map(|j| 2.0 + (2.0 * PI * 3.0 * f64::from(j) / 16.0).cos()).collect();
        let power = spectrum(&field);
        assert!((power[0] - 4.0).abs() < 1e-12 && (power[3] - 0.25).abs() < 1e-12 && power[5] < 1e-20);
        assert!(spectrum(&[]).is_empty());
    }

    #[test]
    fn the_density_is_that_of_scipy() {
        // scipy 1.17.1: stats.gaussian_kde(values, bw_method="scott").
        let density = kernel_density(&[9.0, 1.1, 4.4, 8.2, 7.7, 2.2], &[0.0, 2.5, 7.0]).unwrap();
        for (d, truth) in density.iter().zip([0.048_778_76, 0.076_908_3, 0.091_842_25]) {
            assert!((d - truth).abs() < 1e-8, "{d}");
        }
        assert!(kernel_density(&[1.0, 1.0], &[0.0]).is_err());
    }
}
