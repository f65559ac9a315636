//! The map of an elastic cost.

use super::prox::{Prox, elastic};
use crate::check_points;
use rayon::prelude::*;
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Result};

/// Points mapped by one task.
const BLOCK: usize = 16;

/// `T(x) = x - prox_tau(sum_j p_j(x) grad h(x - y_j))`.
#[derive(Clone)]
pub struct ElasticMap {
    target: Points,
    /// `g_j / epsilon + log b_j`.
    bias: Vec<f64>,
    epsilon: f64,
    tau: Arc<dyn Prox>,
}

impl ElasticMap {
    /// A map from targets with weights, the potential of each, and the epsilon of the elastic cost.
    ///
    /// # Errors
    /// A number of potentials that is not that of the targets, an epsilon that is not positive, or a dimension that the
    /// regulariser is not made for.
    pub fn new(target: &Measure, potential: &[f64], epsilon: f64, tau: &Arc<dyn Prox>) -> Result<Self> {
        if potential.len() != target.len() {
            let sentence = format!("{} targets came with {} potentials.", target.len(), potential.len());
            return Err(Error::input(sentence));
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return Err(Error::input(format!("The epsilon of a map is {epsilon}, but it must be positive.")));
        }
        tau.check(target.dim())?;
        let weighted: Vec<usize> = (0..target.len()).filter(|j| target.weights()[*j] > 0.0).collect();
        let bias = weighted.iter().map(|j| potential[*j] / epsilon + target.weights()[*j].ln()).collect();
        Ok(Self { target: target.points().select(&weighted), bias, epsilon, tau: Arc::clone(tau) })
    }

    /// The epsilon, in units of the cost.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// `T(x) - x` for each of `x` (k x d), with exact zeros where a coordinate does not move. O(k m d), parallel over
    /// blocks of rows.
    ///
    /// # Errors
    /// Another dimension than the targets have, coordinates that are not finite or overflow, interruption.
    pub fn displacement(&self, ctx: &Context, x: &Points) -> Result<Points> {
        check_points(x, self.target.dim())?;
        let d = x.dim();
        let mut moves = Points::zeros(x.len(), d);
        ctx.install(|| {
            moves.values_mut().par_chunks_mut(BLOCK * d).enumerate().try_for_each(|(block, out)| {
                ctx.check_stop()?;
                let mut weights = vec![0.0; self.target.len()];
                let (mut z, mut slope) = (vec![0.0; d], vec![0.0; d]);
                for (r, out) in out.chunks_exact_mut(d).enumerate() {
                    self.displace(x.row(block * BLOCK + r), &mut weights, &mut z, &mut slope, out);
                }
                Ok(())
            })
        })?;
        Ok(moves)
    }

    /// The images of `x` (k x d).
    ///
    /// # Errors
    /// As [`ElasticMap::displacement`].
    pub fn apply(&self, ctx: &Context, x: &Points) -> Result<Points> {
        let mut images = self.displacement(ctx, x)?;
        images.values_mut().iter_mut().zip(x.values()).for_each(|(t, x)| *t += x);
        Ok(images)
    }

    /// The fraction of the points `x` that each coordinate moves, d numbers; their sum is the mean number of active
    /// coordinates a point.
    ///
    /// # Errors
    /// As [`ElasticMap::displacement`].
    pub fn active(&self, ctx: &Context, x: &Points) -> Result<Vec<f64>> {
        let mut counts = vec![0_usize; x.dim()];
        for row in self.displacement(ctx, x)?.rows() {
            counts.iter_mut().zip(row).for_each(|(c, v)| *c += usize::from(*v != 0.0));
        }
        Ok(counts.iter().map(|c| *c as f64 / x.len() as f64).collect())
    }

    fn displace(&self, x: &[f64], weights: &mut [f64], z: &mut [f64], slope: &mut [f64], out: &mut [f64]) {
        for ((w, y), bias) in weights.iter_mut().zip(self.target.rows()).zip(&self.bias) {
            *w = bias - elastic(self.tau.as_ref(), x, y, z) / self.epsilon;
        }
        let top = weights.iter().fold(f64::NEG_INFINITY, |t, w| t.max(*w));
        weights.iter_mut().for_each(|w| *w = (*w - top).exp());
        let sum: f64 = weights.iter().sum();
        for (w, y) in weights.iter().zip(self.target.rows()).filter(|(w, _)| **w > 0.0) {
            z.iter_mut().zip(x.iter().zip(y)).for_each(|(z, (x, y))| *z = x - y);
            self.tau.gradient(z, slope);
            for (out, (z, slope)) in out.iter_mut().zip(z.iter().zip(&*slope)) {
                *out += w / sum * (z + slope);
            }
        }
        self.tau.prox(out);
        out.iter_mut().filter(|v| **v != 0.0).for_each(|v| *v = -*v);
    }
}
