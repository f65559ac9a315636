//! The potential from an unlimited supply of samples, by averaged stochastic gradients on the semi-dual.

use super::NAME;
use super::map::{EntropicMap, merged, softmax};
use crate::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Measure, Result, Stream};

/// Draws from which the scale of the step size is read.
const PROBE: usize = 256;

/// Settings of [`fit_stream`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamConfig {
    /// In squared units of the data, positive.
    pub epsilon: f64,
    /// The first step size as a multiple of the mean cost, positive.
    pub rate: f64,
    /// Gradient steps, at least 2; the potential is the mean over the second half.
    pub steps: u64,
    /// Draws a step, at least 1.
    pub batch: usize,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self { epsilon: 0.05, rate: 1.0, steps: 20_000, batch: 8 }
    }
}

impl StreamConfig {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.epsilon > 0.0 && self.epsilon.is_finite(), NAME, "epsilon", self.epsilon, "positive and finite")?;
        demand(self.rate > 0.0 && self.rate.is_finite(), NAME, "rate", self.rate, "positive and finite")?;
        demand(self.steps >= 2, NAME, "steps", self.steps, "at least 2")?;
        demand(self.batch >= 1, NAME, "batch", self.batch, "at least 1")
    }
}

/// The map to `sites` of the law that `draw` samples: it writes one point of the sites' dimension, with all randomness
/// from the stream. O(steps batch J d), memory O(J).
///
/// # Errors
/// A setting out of range; a draw that is not finite; interruption.
pub fn fit_stream(
    ctx: &Context,
    draw: &dyn Fn(&mut Stream, &mut [f64]),
    sites: &Measure,
    config: &StreamConfig,
) -> Result<EntropicMap> {
    config.check()?;
    let merged = merged(sites)?;
    let sites = Measure::new(merged.points().clone(), merged.probabilities())?;
    let (b, mut x) = (sites.weights(), vec![0.0; sites.dim()]);
    let mut sample = |stream: &mut Stream| {
        draw(stream, &mut x);
        match x.iter().find(|v| !v.is_finite()) {
            Some(v) => Err(Error::failed(format!("A draw has the coordinate {v}, but it must be finite."))),
            None => Ok(x.clone()),
        }
    };
    let mut scale = 0.0;
    let mut stream = Stream::new(ctx.seed(), "semi-discrete-probe", 0);
    for _ in 0..PROBE {
        let x = sample(&mut stream)?;
        let cost = |y: &[f64]| 0.5 * x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        scale += sites.points().rows().zip(b).map(|(y, w)| w * cost(y)).sum::<f64>() / PROBE as f64;
    }
    let constant: Vec<f64> = b.iter().map(|w| config.epsilon * w.ln()).collect();
    let (mut g, mut mean) = (vec![0.0; sites.len()], vec![0.0; sites.len()]);
    let (mut bias, mut weights) = (constant.clone(), Vec::new());
    let averaged = (config.steps - config.steps / 2) as f64;
    for k in 1..=config.steps {
        ctx.check_stop()?;
        let mut stream = Stream::new(ctx.seed(), "semi-discrete-stream", k);
        let step = config.rate * scale / (k as f64).sqrt();
        let mut gradient = b.to_vec();
        for _ in 0..config.batch {
            softmax(&sample(&mut stream)?, sites.points(), &bias, config.epsilon, &mut weights);
            gradient.iter_mut().zip(&weights).for_each(|(g, w)| *g -= w / config.batch as f64);
        }
        for j in 0..g.len() {
            g[j] += step * gradient[j];
            bias[j] = g[j] + constant[j];
            mean[j] += if k > config.steps / 2 { g[j] / averaged } else { 0.0 };
        }
    }
    EntropicMap::new(&sites, mean, config.epsilon)
}
