//! How long a super-step may be before its result rings: stable is not yet monotone.

use super::{Buffers, Diffusion, Sphere, SuperStep, SuperTime, Tendency};
use rayon::prelude::*;

/// Values smaller than this do not count.
const NOTHING: f64 = 1e-14;
/// Share of the limit that is used.
const SAFETY: f64 = 0.95;
/// Steps into which one is cut at most; the last takes what is left.
const MOST: usize = 59;

/// The longest step after which the value that changes fastest still has the order that it had with its four neighbours, in hours.
///
/// Infinite where nothing changes order. Source: Caplan et al., J. Phys. Conf. Ser. 2742, 012020 (2024): practical time-step limit.
pub fn practical_step(sphere: &Sphere, field: &[f64], rate: &[f64]) -> f64 {
    let (n, rows) = (sphere.columns(), sphere.rows());
    let counted = |value: f64, rate: f64| if value.abs() > NOTHING { rate.abs() } else { 0.0 };
    let row = |j: usize| (&field[j * n..(j + 1) * n], &rate[j * n..(j + 1) * n]);
    let largest = |j: usize| {
        let (field, rate) = row(j);
        field.iter().zip(rate).fold(0.0, |most, (f, r)| f64::max(most, counted(*f, *r)))
    };
    let most = (0..rows).into_par_iter().with_min_len(16).map(largest).reduce(|| 0.0, f64::max);
    if most == 0.0 {
        return f64::INFINITY;
    }
    let order_kept = |here: usize, beside: usize| {
        let (value, change) = (field[here] - field[beside], rate[here] - rate[beside]);
        if value * change < -NOTHING { -value / change } else { f64::INFINITY }
    };
    let shortest = |j: usize| {
        let (field, rate) = row(j);
        let fastest = (0..n).filter(|k| counted(field[*k], rate[*k]) == most);
        fastest.fold(f64::INFINITY, |least, k| {
            let (west, east) = (if k == 0 { n - 1 } else { k - 1 }, if k + 1 == n { 0 } else { k + 1 });
            let beside = [(j - 1) * n + k, (j + 1) * n + k, j * n + west, j * n + east];
            beside.into_iter().map(|b| order_kept(j * n + k, b)).fold(least, f64::min)
        })
    };
    (1..rows - 1).into_par_iter().with_min_len(16).map(shortest).reduce(|| f64::INFINITY, f64::min)
}

/// Advances `field` by `step` hours of diffusion in super-steps as long as is practical, each no shorter than the one before.
///
/// Returns the number of super-steps.
pub fn diffuse(
    diffusion: &Diffusion<'_>,
    kind: SuperTime,
    step: f64,
    field: &mut Vec<f64>,
    buffers: &mut Buffers,
) -> usize {
    let limit = SAFETY * diffusion.step_limit();
    let (mut done, mut length, mut cycles) = (0.0, 0.0_f64, 0);
    while done < step {
        let practical = practical_step(diffusion.sphere(), field, buffers.rate_of(diffusion, field));
        cycles += 1;
        length = length.max(SAFETY * practical);
        let rest = step - done;
        let now = if length >= rest || cycles == MOST { rest } else { length };
        SuperStep::new(kind, now, limit).advance(diffusion, field, buffers);
        done = if now == rest { step } else { done + now };
    }
    cycles
}
