//! One step of the optimiser on the flat buffers.

use super::state::State;
use super::{FitConfig, Optimiser};
use crate::kernels::{AdamStep, adam_step};

/// Moves the state one step down `grad`, whose Euclidean norm is `norm`.
pub(super) fn advance(state: &mut State, grad: &[f32], norm: f64, config: &FitConfig) {
    let step = state.counters.step;
    let weight_decay = match config.optimiser {
        Optimiser::Adam => 0.0,
        Optimiser::AdamW { weight_decay } => weight_decay,
    };
    let decay = config.ema.map_or(0.0, |decay| decay.min((2.0 + step as f64) / (11.0 + step as f64)));
    let settings = AdamStep {
        lr: config.rate(step),
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weight_decay,
        step: step + 1,
        grad_scale: config.clip.map_or(1.0, |limit| if norm > limit { limit / norm } else { 1.0 }),
        ema: state.average.as_deref_mut().map(|average| (average, decay)),
    };
    let [first, second] = &mut state.moments;
    adam_step(&mut state.params, first, second, grad, settings);
    state.counters.step = step + 1;
}

/// Euclidean norm, summed in double precision in an order that depends on the length alone.
pub(super) fn norm(values: &[f32]) -> f64 {
    const LANES: usize = 16;
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0_f64; LANES];
    for chunk in chunks {
        for (sum, v) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(*v) * f64::from(*v);
        }
    }
    let rest: f64 = rest.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    (sums.iter().sum::<f64>() + rest).sqrt()
}
