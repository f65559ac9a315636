//! Stochastic ascent of the semi-dual of entropic transport under a matrix of costs, along draws of the caller.
//!
//! [`crate::semi_discrete::Ascent`] draws by itself, between points, and says when it has converged.

use crate::CostMatrix;
use crate::line::check_weights;
use thalweg_core::{Context, Error, Result};

/// Of what a mean is taken, since one drawn gradient says little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Averaging {
    /// Keeps the last gradient of every source and steps along their sum (SAG); `n m` numbers of memory.
    Gradients,
    /// Steps of length `rate / sqrt(k)` along the drawn gradient, and the mean of all iterates (averaged SGD).
    Iterates,
}

/// The semi-dual potential of the targets after one step for each source in `draws`.
///
/// Maximises `sum_i a_i min_eps_j (C_ij - v_j) + sum_j b_j v_j`, with the soft minimum of strength `epsilon` weighed by `b`:
/// Genevay, Cuturi, Peyre, Bach, NeurIPS 2016. A step costs `O(m)`. Which sources are drawn is the caller's, so that a
/// caller's generator decides the course.
///
/// # Errors
/// Shapes that do not fit, weights out of range, a strength or a rate that is not positive, a draw that is no source,
/// memory, interruption.
pub fn semi_dual(
    ctx: &Context,
    a: &[f64],
    b: &[f64],
    cost: &CostMatrix,
    epsilon: f64,
    rate: f64,
    averaging: Averaging,
    draws: &[usize],
) -> Result<Vec<f64>> {
    let (n, m) = (cost.rows(), cost.cols());
    if a.len() != n || b.len() != m {
        return Err(Error::input(format!(
            "The costs are {n} x {m}, but there are {} and {} weights.",
            a.len(),
            b.len()
        )));
    }
    check_weights(a)?;
    check_weights(b)?;
    for (value, name) in [(epsilon, "strength of the entropy"), (rate, "rate")] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::input(format!("The {name} is {value}, but it must be positive and finite.")));
        }
    }
    if let Some(i) = draws.iter().find(|i| **i >= n) {
        return Err(Error::input(format!("Source {i} was drawn, but there are {n}.")));
    }
    let kept = if averaging == Averaging::Gradients { n * m } else { m };
    ctx.require_memory(8 * kept as u64, "The gradients of the sources")?;
    let (mut v, mut mean, mut gradient) = (vec![0.0; m], vec![0.0; m], vec![0.0; m]);
    let mut stored = vec![0.0; if averaging == Averaging::Gradients { n * m } else { 0 }];
    for (step, &i) in draws.iter().enumerate() {
        if step % 256 == 0 {
            ctx.check_stop()?;
        }
        slope(b, cost.row(i), &v, epsilon, &mut gradient);
        match averaging {
            // `mean` holds the sum of the stored gradients.
            Averaging::Gradients => {
                for (j, last) in stored[i * m..(i + 1) * m].iter_mut().enumerate() {
                    let new = a[i] * gradient[j];
                    mean[j] += new - *last;
                    *last = new;
                    v[j] += rate / n as f64 * mean[j];
                }
            }
            Averaging::Iterates => {
                let k = (step + 1) as f64;
                for j in 0..m {
                    v[j] += rate / k.sqrt() * gradient[j];
                    mean[j] += (v[j] - mean[j]) / k;
                }
            }
        }
    }
    Ok(if averaging == Averaging::Gradients { v } else { mean })
}

/// `b` less the shares in which a source is sent to the targets.
fn slope(b: &[f64], cost: &[f64], v: &[f64], epsilon: f64, out: &mut [f64]) {
    let least = cost.iter().zip(v).map(|(c, v)| c - v).fold(f64::INFINITY, f64::min);
    let mut sum = 0.0;
    for (out, ((b, c), v)) in out.iter_mut().zip(b.iter().zip(cost).zip(v)) {
        *out = b * ((least + v - c) / epsilon).exp();
        sum += *out;
    }
    for (out, b) in out.iter_mut().zip(b) {
        *out = b - *out / sum;
    }
}
