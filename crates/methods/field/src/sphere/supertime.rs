//! Super-time-stepping: explicit steps of diffusion far beyond the limit of forward Euler, of second order.

use super::march::Buffers;
use super::tendency::{Tendency, sweep};
use super::wide::wide;
use serde::{Deserialize, Serialize};

/// The polynomials whose recursion makes the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuperTime {
    /// Gegenbauer polynomials, monotone for the largest steps. Source: Skaras et al., J. Comput. Phys. 425, 109879 (2021).
    Rkg2,
    /// Legendre polynomials, a fifth fewer stages. Source: Meyer, Balsara and Aslam, J. Comput. Phys. 257 (2014).
    Rkl2,
}

/// One stage: `u y_(j-1) + v y_(j-2) + (1 - u - v) y_0 + w step L(y_(j-1)) + g step L(y_0)`.
#[derive(Clone, Copy, Debug)]
struct Stage {
    u: f64,
    v: f64,
    w: f64,
    g: f64,
}

/// The stages of one step of a given length.
#[derive(Clone, Debug)]
pub struct SuperStep {
    first: f64,
    stages: Vec<Stage>,
    step: f64,
}

impl SuperStep {
    /// The fewest stages, odd and at least 3, that keep a step of length `step` stable where forward Euler allows `limit`.
    pub fn new(kind: SuperTime, step: f64, limit: f64) -> Self {
        let ratio = step / limit;
        let least = match kind {
            SuperTime::Rkg2 => 0.5 * ((25.0 + 24.0 * ratio).sqrt() - 3.0),
            SuperTime::Rkl2 => 0.5 * ((9.0 + 16.0 * ratio).sqrt() - 1.0),
        };
        let s = (least.ceil() as u64).max(3) | 1;
        let sf = s as f64;
        let (scale, b) = match kind {
            SuperTime::Rkg2 => (6.0 / ((sf + 4.0) * (sf - 1.0)), rkg2 as fn(u64) -> f64),
            SuperTime::Rkl2 => (4.0 / (sf * sf + sf - 2.0), rkl2 as fn(u64) -> f64),
        };
        let stages = (2..=s).map(|j| {
            let (jf, back, twice) = (j as f64, b(j) / b(j - 1), b(j) / b(j - 2));
            let (u, v, sum) = match kind {
                SuperTime::Rkg2 => {
                    (back * (2.0 + 1.0 / jf), -twice * (1.0 + 1.0 / jf), 0.5 * jf * (jf + 1.0) * b(j - 1))
                }
                SuperTime::Rkl2 => (back * (2.0 - 1.0 / jf), -twice * (1.0 - 1.0 / jf), b(j - 1)),
            };
            Stage { u, v, w: u * scale, g: (sum - 1.0) * u * scale }
        });
        let first = match kind {
            SuperTime::Rkg2 => scale,
            SuperTime::Rkl2 => scale / 3.0,
        };
        Self { first, stages: stages.collect(), step }
    }

    /// Number of evaluations of the rate.
    pub fn stages(&self) -> usize {
        self.stages.len() + 1
    }

    /// Advances `field` by the step. The rate at its start must be in `buffers`, where [`Buffers::rate_of`] puts it.
    pub fn advance(&self, tendency: &impl Tendency, field: &mut Vec<f64>, buffers: &mut Buffers) {
        buffers.fit(field.len());
        let n = tendency.sphere().columns();
        let Buffers { now, next, rate: start } = buffers;
        for ((now, old), rate) in now.iter_mut().zip(field.iter()).zip(start.iter()) {
            *now = old + self.first * self.step * rate;
        }
        next.copy_from_slice(field);
        for stage in &self.stages {
            let weights = [stage.u, stage.v, 1.0 - stage.u - stage.v, stage.w * self.step, stage.g * self.step];
            sweep(tendency, now, next, |j, rate, out| {
                let row = j * n..(j + 1) * n;
                combine(weights, &now[row.clone()], &field[row.clone()], rate, &start[row], out);
            });
            std::mem::swap(now, next);
        }
        std::mem::swap(field, now);
    }
}

fn rkg2(stage: u64) -> f64 {
    let j = stage as f64;
    match stage {
        0 => 1.0,
        1 => 1.0 / 3.0,
        _ => 4.0 * (j - 1.0) * (j + 4.0) / (3.0 * j * (j + 1.0) * (j + 2.0) * (j + 3.0)),
    }
}

fn rkl2(stage: u64) -> f64 {
    let j = stage as f64;
    if stage < 3 { 1.0 / 3.0 } else { (j * j + j - 2.0) / (2.0 * j * (j + 1.0)) }
}

wide! {
    /// `out = weights . [before, out, start, rate, rate at start]`: `out` holds the stage before the last.
    fn combine(weights: [f64; 5], before: &[f64], start: &[f64], rate: &[f64], first: &[f64], out: &mut [f64]) {
        let n = out.len();
        let (before, start, rate, first) = (&before[..n], &start[..n], &rate[..n], &first[..n]);
        for k in 0..n {
            out[k] = weights[0] * before[k]
                + weights[1] * out[k]
                + weights[2] * start[k]
                + weights[3] * rate[k]
                + weights[4] * first[k];
        }
    }
}
