//! Gaussian to Gaussian: the law every method must reproduce.

use crate::linalg::{self, Cholesky};
use crate::{AffinePath, Path, Schedule};
use std::f64::consts::TAU;
use thalweg_core::{Error, Points, Result, Stream, VectorField};

/// A normal law.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Gaussian {
    /// A normal law from its mean (`d`) and covariance (`d x d`, row-major).
    ///
    /// # Errors
    /// Not a covariance of the dimension of the mean, or a mean that is not finite.
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Result<Self> {
        if mean.is_empty() || mean.iter().any(|v| !v.is_finite()) {
            return Err(Error::input(format!("The mean of a normal law must be finite numbers and is {mean:?}.")));
        }
        linalg::check_covariance(&covariance, mean.len())?;
        Ok(Self { mean, covariance })
    }

    /// Mean `mean` and covariance `variance I`.
    ///
    /// # Errors
    /// As [`Gaussian::new`].
    pub fn isotropic(mean: Vec<f64>, variance: f64) -> Result<Self> {
        let d = mean.len();
        let covariance = (0..d * d).map(|k| if k % (d + 1) == 0 { variance } else { 0.0 }).collect();
        Self::new(mean, covariance)
    }

    /// Mean zero and unit covariance in `dim >= 1` dimensions.
    pub fn standard(dim: usize) -> Self {
        let covariance = (0..dim * dim).map(|k| f64::from(k % (dim + 1) == 0)).collect();
        Self { mean: vec![0.0; dim], covariance }
    }

    /// Number of coordinates.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// The mean.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariance, row-major.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// Log density at a point of [`Gaussian::dim`] coordinates.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let still = AffinePath::new(Schedule::Mirror {});
        Moment::new(self, self, &still, 0.5).map_or(f64::NAN, |m| m.whiten(x, &mut vec![0.0; x.len()]))
    }

    /// `n` draws.
    pub fn sample(&self, n: usize, stream: &mut Stream) -> Points {
        let d = self.dim();
        let mut points = Points::zeros(n, d);
        let Some(factor) = Cholesky::new(&self.covariance, d) else { return points };
        let mut z = vec![0.0; d];
        for i in 0..n {
            stream.fill_normal(&mut z);
            let row = points.row_mut(i);
            factor.lower_times(&z, row);
            row.iter_mut().zip(&self.mean).for_each(|(x, m)| *x += m);
        }
        points
    }
}

/// Moments of the path between two normal laws at one time, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    mean: Vec<f64>,
    d_mean: Vec<f64>,
    covariance: Vec<f64>,
    half_d_covariance: Vec<f64>,
    precision: Vec<f64>,
    log_norm: f64,
}

impl Moment {
    /// Nothing where the path is degenerate.
    pub(crate) fn new(source: &Gaussian, target: &Gaussian, path: &AffinePath, t: f64) -> Option<Self> {
        let c = path.at(t);
        let d = source.dim();
        // A factor may be infinite at an end of the path where it multiplies a zero mean.
        let scaled = |factor: f64, m: f64| if m == 0.0 { 0.0 } else { factor * m };
        let mix = |a: f64, b: f64| -> Vec<f64> {
            source.mean.iter().zip(&target.mean).map(|(m0, m1)| scaled(b, *m0) + scaled(a, *m1)).collect()
        };
        let mix2 = |a: f64, b: f64, g: f64| -> Vec<f64> {
            let both = source.covariance.iter().zip(&target.covariance).enumerate();
            both.map(|(k, (c0, c1))| b * c0 + a * c1 + if k % (d + 1) == 0 { g } else { 0.0 }).collect()
        };
        let covariance = mix2(c.alpha * c.alpha, c.beta * c.beta, c.gamma * c.gamma);
        let factor = Cholesky::new(&covariance, d)?;
        let log_norm = -0.5 * (d as f64 * TAU.ln() + factor.log_determinant());
        Some(Self {
            mean: mix(c.alpha, c.beta),
            d_mean: mix(c.d_alpha, c.d_beta),
            half_d_covariance: mix2(c.alpha * c.d_alpha, c.beta_d_beta, c.gamma_d_gamma),
            precision: factor.inverse(),
            covariance,
            log_norm,
        })
    }

    /// Writes `C⁻¹ (x - m)` and returns the log density.
    pub(crate) fn whiten(&self, x: &[f64], out: &mut [f64]) -> f64 {
        let d = x.len();
        let mut squared = 0.0;
        for (i, o) in out.iter_mut().enumerate() {
            let row = &self.precision[i * d..(i + 1) * d];
            *o = row.iter().zip(x.iter().zip(&self.mean)).map(|(p, (x, m))| p * (x - m)).sum();
            squared += *o * (x[i] - self.mean[i]);
        }
        self.log_norm - 0.5 * squared
    }

    /// `½ tr(C' C⁻¹)`: the divergence of the velocity.
    pub(crate) fn divergence(&self) -> f64 {
        // Both are symmetric, so the trace of their product is the sum of products of entries.
        self.half_d_covariance.iter().zip(&self.precision).map(|(a, b)| a * b).sum()
    }

    /// Writes `m' + ½ C' w` for the whitened point `w`.
    pub(crate) fn velocity(&self, whitened: &[f64], out: &mut [f64]) {
        linalg::times(&self.half_d_covariance, whitened, out);
        out.iter_mut().zip(&self.d_mean).for_each(|(o, m)| *o += m);
    }
}

/// The law of the path between two independent normal laws, in closed form.
///
/// `m = beta m0 + alpha m1`, `C = beta² C0 + alpha² C1 + gamma² I`, velocity `m' + ½ C' C⁻¹ (x - m)`, score
/// `-C⁻¹ (x - m)`. Time runs over `[0, 1]`; where the path is degenerate the values are NaN.
#[derive(Clone, Debug)]
pub struct GaussianFlow {
    source: Gaussian,
    target: Gaussian,
    path: AffinePath,
}

impl GaussianFlow {
    /// The law between `source` and `target` along `path`.
    ///
    /// # Errors
    /// Different dimensions, or a path without a meaning.
    pub fn new(source: Gaussian, target: Gaussian, path: AffinePath) -> Result<Self> {
        path.validate()?;
        if source.dim() != target.dim() {
            return Err(Error::input(format!(
                "The source has {} coordinates and the target {}.",
                source.dim(),
                target.dim()
            )));
        }
        Ok(Self { source, target, path })
    }

    /// Mean and covariance at `t`.
    pub fn moments(&self, t: f64) -> Option<Gaussian> {
        let m = self.moment(t)?;
        Some(Gaussian { mean: m.mean, covariance: m.covariance })
    }

    /// Writes the score of each row of `x`.
    pub fn score(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let Some(m) = self.moment(t) else { return out.fill(f64::NAN) };
        for (x, o) in rows(x, out, self.dim()) {
            m.whiten(x, o);
            o.iter_mut().for_each(|v| *v = -*v);
        }
    }

    /// Writes the log density of each row of `x` into `out` (`n`).
    pub fn log_density(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let Some(m) = self.moment(t) else { return out.fill(f64::NAN) };
        let mut w = vec![0.0; self.dim()];
        x.chunks_exact(self.dim()).zip(out).for_each(|(x, o)| *o = m.whiten(x, &mut w));
    }

    /// Moves each row of `x` from time `s` to time `t` along the velocity:
    /// `m(t) + C(t)^½ C(s)^-½ (x - m(s))`, exact because the two covariances must commute.
    ///
    /// # Errors
    /// The covariances of source and target do not commute, or the path is degenerate at one of the times.
    pub fn flow_map(&self, s: f64, t: f64, x: &[f64], out: &mut [f64]) -> Result<()> {
        let d = self.dim();
        let (a, b) = (&self.source.covariance, &self.target.covariance);
        let (ab, ba) = (linalg::product(a, b, d), linalg::product(b, a, d));
        let scale = ab.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        if ab.iter().zip(&ba).any(|(p, q)| (p - q).abs() > 1e-10 * scale) {
            return Err(Error::input("The flow map is known in closed form only for covariances that commute.")
                .advise("Integrate the velocity instead."));
        }
        let (Some(from), Some(to)) = (self.moment(s), self.moment(t)) else {
            return Err(Error::input(format!("The path is degenerate at time {s} or {t}.")));
        };
        let map = linalg::product(
            &linalg::spectral_map(&to.covariance, d, f64::sqrt),
            &linalg::spectral_map(&from.covariance, d, |v| 1.0 / v.sqrt()),
            d,
        );
        let mut shifted = vec![0.0; d];
        for (x, o) in rows(x, out, d) {
            shifted.iter_mut().zip(x.iter().zip(&from.mean)).for_each(|(s, (x, m))| *s = x - m);
            linalg::times(&map, &shifted, o);
            o.iter_mut().zip(&to.mean).for_each(|(o, m)| *o += m);
        }
        Ok(())
    }

    fn moment(&self, t: f64) -> Option<Moment> {
        Moment::new(&self.source, &self.target, &self.path, t)
    }
}

impl VectorField for GaussianFlow {
    fn dim(&self) -> usize {
        self.source.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let Some(m) = self.moment(t) else { return out.fill(f64::NAN) };
        let mut w = vec![0.0; self.dim()];
        for (x, o) in rows(x, out, self.dim()) {
            m.whiten(x, &mut w);
            m.velocity(&w, o);
        }
    }

    fn divergence(&self, t: f64, _x: &[f64], out: &mut [f64]) {
        out.fill(self.moment(t).map_or(f64::NAN, |m| m.divergence()));
    }
}

pub(crate) fn rows<'a>(
    x: &'a [f64],
    out: &'a mut [f64],
    dim: usize,
) -> impl Iterator<Item = (&'a [f64], &'a mut [f64])> {
    x.chunks_exact(dim).zip(out.chunks_exact_mut(dim))
}
