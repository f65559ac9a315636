//! Mixtures of normal laws, and the law between two of them.

use crate::gaussian::{Moment, rows};
use crate::{AffinePath, Gaussian};
use thalweg_core::{Error, Points, Result, Stream, VectorField};

/// A mixture of normal laws.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    components: Vec<Gaussian>,
}

impl Mixture {
    /// A mixture from positive weights (normalised here) and as many components of one dimension.
    ///
    /// # Errors
    /// No components, different counts or dimensions, or weights that are not positive and finite.
    pub fn new(weights: Vec<f64>, components: Vec<Gaussian>) -> Result<Self> {
        if components.is_empty() || weights.len() != components.len() {
            return Err(Error::input(format!(
                "A mixture needs one weight a component and got {} for {}.",
                weights.len(),
                components.len()
            )));
        }
        if let Some(w) = weights.iter().find(|w| !(**w > 0.0 && w.is_finite())) {
            return Err(Error::input(format!("A weight of the mixture is {w}, but all must be positive and finite.")));
        }
        let dim = components[0].dim();
        if let Some(c) = components.iter().find(|c| c.dim() != dim) {
            return Err(Error::input(format!("The components of a mixture have {dim} and {} coordinates.", c.dim())));
        }
        let total: f64 = weights.iter().sum();
        Ok(Self { weights: weights.iter().map(|w| w / total).collect(), components })
    }

    /// Components of equal weight.
    ///
    /// # Errors
    /// As [`Mixture::new`].
    pub fn equal(components: Vec<Gaussian>) -> Result<Self> {
        Self::new(vec![1.0; components.len()], components)
    }

    /// Number of coordinates.
    pub fn dim(&self) -> usize {
        self.components[0].dim()
    }

    /// The weights, which sum to one.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The components.
    pub fn components(&self) -> &[Gaussian] {
        &self.components
    }

    /// `n` draws.
    pub fn sample(&self, n: usize, stream: &mut Stream) -> Points {
        let mut values = Vec::with_capacity(n * self.dim());
        for _ in 0..n {
            let mut left = stream.uniform();
            let inside = |w: &f64| {
                left -= w;
                left < 0.0
            };
            let k = self.weights.iter().position(inside).unwrap_or(self.weights.len() - 1);
            values.extend(self.components[k].sample(1, stream).into_values());
        }
        let mut points = Points::zeros(n, self.dim());
        points.values_mut().copy_from_slice(&values);
        points
    }

    /// Log density at a point of [`Mixture::dim`] coordinates.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let parts = self.weights.iter().zip(&self.components);
        log_sum_exp(&parts.map(|(w, c)| w.ln() + c.log_density(x)).collect::<Vec<_>>())
    }

    /// Mean of the whole.
    pub fn mean(&self) -> Vec<f64> {
        let parts = self.weights.iter().zip(&self.components);
        (0..self.dim()).map(|k| parts.clone().map(|(w, c)| w * c.mean()[k]).sum()).collect()
    }

    /// Covariance of the whole, row-major.
    pub fn covariance(&self) -> Vec<f64> {
        let (d, mean) = (self.dim(), self.mean());
        let parts = self.weights.iter().zip(&self.components);
        let entry = |k: usize| {
            let (i, j) = (k / d, k % d);
            let spread = |c: &Gaussian| (c.mean()[i] - mean[i]) * (c.mean()[j] - mean[j]);
            parts.clone().map(|(w, c)| w * (c.covariance()[k] + spread(c))).sum()
        };
        (0..d * d).map(entry).collect()
    }
}

impl From<Gaussian> for Mixture {
    fn from(component: Gaussian) -> Self {
        Self { weights: vec![1.0], components: vec![component] }
    }
}

/// The law of the path between two independent mixtures, in closed form.
///
/// Every pair of components is a Gaussian path; the velocity and the score at a point are theirs, averaged
/// with the posterior weights of the pairs. Time runs over `[0, 1]`. A call costs `K0 K1 (d³ + n d²)`.
#[derive(Clone, Debug)]
pub struct MixtureFlow {
    source: Mixture,
    target: Mixture,
    path: AffinePath,
}

impl MixtureFlow {
    /// The law between `source` and `target` along `path`.
    ///
    /// # Errors
    /// Different dimensions, or a path without a meaning.
    pub fn new(source: impl Into<Mixture>, target: impl Into<Mixture>, path: AffinePath) -> Result<Self> {
        let (source, target) = (source.into(), target.into());
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

    /// Writes the score of each row of `x`.
    pub fn score(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.average(t, x, out, |_, whitened, part| {
            part.iter_mut().zip(whitened).for_each(|(p, w)| *p = -w);
        });
    }

    /// Writes the log density of each row of `x` into `out` (`n`).
    pub fn log_density(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let Some(pairs) = self.pairs(t) else { return out.fill(f64::NAN) };
        let mut w = vec![0.0; self.dim()];
        let mut logs = vec![0.0; pairs.len()];
        for (x, o) in x.chunks_exact(self.dim()).zip(out) {
            logs.iter_mut().zip(&pairs).for_each(|(l, (log_weight, m))| *l = log_weight + m.whiten(x, &mut w));
            *o = log_sum_exp(&logs);
        }
    }

    /// Log weight and moments of every pair of components.
    fn pairs(&self, t: f64) -> Option<Vec<(f64, Moment)>> {
        let mut pairs = Vec::new();
        for (p, a) in self.source.weights.iter().zip(&self.source.components) {
            for (q, b) in self.target.weights.iter().zip(&self.target.components) {
                pairs.push(((p * q).ln(), Moment::new(a, b, &self.path, t)?));
            }
        }
        Some(pairs)
    }

    /// Posterior average of `part(moment, whitened point)`.
    fn average(&self, t: f64, x: &[f64], out: &mut [f64], part: impl Fn(&Moment, &[f64], &mut [f64])) {
        let Some(pairs) = self.pairs(t) else { return out.fill(f64::NAN) };
        let d = self.dim();
        let mut whitened = vec![0.0; d * pairs.len()];
        let mut weights = vec![0.0; pairs.len()];
        let mut one = vec![0.0; d];
        for (x, o) in rows(x, out, d) {
            self.posterior(&pairs, x, &mut whitened, &mut weights);
            o.fill(0.0);
            for (k, (_, m)) in pairs.iter().enumerate() {
                part(m, &whitened[k * d..(k + 1) * d], &mut one);
                o.iter_mut().zip(&one).for_each(|(o, v)| *o += weights[k] * v);
            }
        }
    }

    /// Writes the whitened point and the posterior weight of each pair of components at `x`.
    fn posterior(&self, pairs: &[(f64, Moment)], x: &[f64], whitened: &mut [f64], weights: &mut [f64]) {
        let d = self.dim();
        for (k, (log_weight, m)) in pairs.iter().enumerate() {
            weights[k] = log_weight + m.whiten(x, &mut whitened[k * d..(k + 1) * d]);
        }
        let total = log_sum_exp(weights);
        weights.iter_mut().for_each(|w| *w = (*w - total).exp());
    }
}

impl VectorField for MixtureFlow {
    fn dim(&self) -> usize {
        self.source.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.average(t, x, out, Moment::velocity);
    }

    /// Exact: with posterior weights `w_k`, scores `s_k` and velocities `b_k` of the pairs of components,
    /// `div b = Σ w_k (div b_k + b_k · (s_k - s))`, because `∇ log w_k = s_k - s`.
    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let Some(pairs) = self.pairs(t) else { return out.fill(f64::NAN) };
        let d = self.dim();
        let traces: Vec<f64> = pairs.iter().map(|(_, m)| m.divergence()).collect();
        let mut whitened = vec![0.0; d * pairs.len()];
        let mut weights = vec![0.0; pairs.len()];
        let (mut score, mut velocity) = (vec![0.0; d], vec![0.0; d]);
        for (x, o) in x.chunks_exact(d).zip(out) {
            self.posterior(&pairs, x, &mut whitened, &mut weights);
            score.fill(0.0);
            for (w, white) in weights.iter().zip(whitened.chunks_exact(d)) {
                score.iter_mut().zip(white).for_each(|(s, v)| *s -= w * v);
            }
            *o = 0.0;
            for (k, (_, m)) in pairs.iter().enumerate() {
                let white = &whitened[k * d..(k + 1) * d];
                m.velocity(white, &mut velocity);
                let along: f64 = velocity.iter().zip(white).zip(&score).map(|((b, w), s)| b * (-w - s)).sum();
                *o += weights[k] * (traces[k] + along);
            }
        }
    }
}

/// `log Σ exp`, without overflow.
pub(crate) fn log_sum_exp(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + logs.iter().map(|l| (l - top).exp()).sum::<f64>().ln()
}
