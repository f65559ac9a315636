//! Flux that emerges at random, smooth in time.

use super::Emergence;
use super::diagnostics::balance;
use crate::sphere::Sphere;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use thalweg_core::Stream;

/// How emerging flux is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// The same flux in every cell, so that fields are strong near the poles.
    Cells,
    /// The same strength everywhere.
    Area,
}

/// Two frames of noise, between which the rate of emergence is interpolated.
pub(super) struct Noise<'a> {
    sphere: &'a Sphere,
    how: &'a Emergence,
    seed: u64,
    /// Tells the streams of one realisation from those of another.
    purpose: String,
    /// Number of the earlier frame.
    frame: u64,
    frames: [Vec<f64>; 2],
}

impl<'a> Noise<'a> {
    pub(super) fn new(sphere: &'a Sphere, how: &'a Emergence, seed: u64, realization: usize) -> Self {
        let purpose = format!("surface-flux-emergence-{realization}");
        let mut noise = Self { sphere, how, seed, purpose, frame: 0, frames: [Vec::new(), Vec::new()] };
        noise.frames = [noise.draw(0), noise.draw(1)];
        noise
    }

    /// Gauss an hour in every cell, of mean strength that adds up to the flux, with both signs in balance.
    fn draw(&self, frame: u64) -> Vec<f64> {
        let (n, rows) = (self.sphere.columns(), self.sphere.rows());
        let total = self.how.flux * 1e21 / (6.96e10 * 6.96e10);
        // The mean of |x| is sqrt(2 / pi).
        let unit = (0.5 * PI).sqrt();
        let mut values = vec![0.0; self.sphere.cells()];
        for (j, row) in values.chunks_mut(n).enumerate() {
            Stream::new(self.seed, &self.purpose, frame * rows as u64 + j as u64).fill_normal(row);
            let scale = unit
                * match self.how.spread {
                    Spread::Cells => total / (self.sphere.cells() as f64 * self.sphere.area(j)),
                    Spread::Area => total / (4.0 * PI),
                };
            row.iter_mut().for_each(|b| *b *= scale);
        }
        self.sphere.average_poles(&mut values);
        balance(self.sphere, &mut values);
        values
    }

    /// Adds what emerges in `step` hours from `hours` on.
    pub(super) fn emerge(&mut self, field: &mut [f64], hours: f64, step: f64) {
        let place = hours / self.how.lifetime;
        // A step ends at a frame; rounding may leave its number a hair short.
        let frame = (place + 1e-9).floor() as u64;
        while self.frame < frame {
            self.frame += 1;
            self.frames.swap(0, 1);
            self.frames[1] = self.draw(self.frame + 1);
        }
        let later = (place - frame as f64).clamp(0.0, 1.0);
        let [before, after] = &self.frames;
        for ((b, x), y) in field.iter_mut().zip(before).zip(after) {
            *b += step * ((1.0 - later) * x + later * y);
        }
    }

    /// The hours at which the next frame begins.
    pub(super) fn next(&self, hours: f64) -> f64 {
        ((hours / self.how.lifetime + 1e-9).floor() + 1.0) * self.how.lifetime
    }
}
