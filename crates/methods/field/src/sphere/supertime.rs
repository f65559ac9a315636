//! Super-time-stepping: explicit steps of diffusion far beyond the limit of forward Euler, of second order.

use super::march::Buffers;
use super::tendency::{Tendency, sweep};
use serde::{Deserialize, Serialize};
use thalweg_core::wide;
use thalweg_solve::Polynomials;

/// The polynomials whose recursion makes the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuperTime {
    /// Gegenbauer polynomials, monotone for the largest steps. Source: Skaras et al., J. Comput. Phys. 425, 109879 (2021).
    Rkg2,
    /// Legendre polynomials, a fifth fewer stages. Source: Meyer, Balsara and Aslam, J. Comput. Phys. 257 (2014).
    Rkl2,
}

impl SuperTime {
    fn polynomials(self) -> Polynomials {
        match self {
            Self::Rkg2 => Polynomials::Gegenbauer,
            Self::Rkl2 => Polynomials::Legendre,
        }
    }
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
        let polynomials = kind.polynomials();
        // Forward Euler is stable up to two over the spectral radius.
        let s = polynomials.stages(2.0 * step / limit);
        let scale = polynomials.scale(s);
        let stages = (2..=s).map(|j| {
            let (u, v) = polynomials.recurrence(j);
            Stage { u, v, w: u * scale, g: -polynomials.a(j - 1) * u * scale }
        });
        let first = polynomials.first(s);
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
