//! Anderson acceleration of the scaling iteration, for plans too large to be kept for Newton steps.
//!
//! The next potentials combine the last images so that their linearised residual is least. Reference: Walker, Ni, SIAM J.
//! Numer. Anal. 49 (2011); for transport, Chizat et al., Math. Comp. 87 (2018).

use std::collections::VecDeque;

/// Images kept.
const WINDOW: usize = 10;
/// Added to each entry of the diagonal of the normal equations, relative to it.
const NOISE: f64 = 1e-10;

/// The last iterates of a fixed-point iteration.
#[derive(Default)]
pub(super) struct Anderson {
    /// Differences of residuals and of images between consecutive iterates.
    differences: VecDeque<(Vec<f64>, Vec<f64>)>,
    last: Option<(Vec<f64>, Vec<f64>)>,
}

impl Anderson {
    /// The next iterate from the present one and its image, in the norm of `weights`.
    pub(super) fn next(&mut self, now: &[f64], image: Vec<f64>, weights: &[f64]) -> Vec<f64> {
        let residual: Vec<f64> = image.iter().zip(now).map(|(g, v)| g - v).collect();
        if let Some((r, g)) = &self.last {
            if self.differences.len() == WINDOW {
                self.differences.pop_front();
            }
            let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
            self.differences.push_back((less(&residual, r), less(&image, g)));
        }
        let mut next = image.clone();
        let dots = |a: &[f64], b: &[f64]| a.iter().zip(b).zip(weights).map(|((a, b), w)| a * b * w).sum::<f64>();
        let k = self.differences.len();
        let mut matrix = vec![vec![0.0; k + 1]; k];
        for p in 0..k {
            for q in 0..=p {
                matrix[p][q] = dots(&self.differences[p].0, &self.differences[q].0);
                matrix[q][p] = matrix[p][q];
            }
            matrix[p][k] = dots(&self.differences[p].0, &residual);
        }
        for (factor, (_, change)) in solve(matrix).iter().zip(&self.differences) {
            next.iter_mut().zip(change).for_each(|(n, c)| *n -= factor * c);
        }
        self.last = Some((residual, image));
        next
    }

    /// Forgets everything, after a step that did harm.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }
}

/// Solves a small positive semi-definite system, given with its right side as last column, by elimination with a
/// little added to the diagonal.
fn solve(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let k = a.len();
    (0..k).for_each(|p| a[p][p] += NOISE * a[p][p] + f64::MIN_POSITIVE);
    for p in 0..k {
        let pivot = a[p].clone();
        for row in a.iter_mut().skip(p + 1) {
            let factor = row[p] / pivot[p];
            row.iter_mut().zip(&pivot).for_each(|(r, v)| *r -= factor * v);
        }
    }
    let mut x = vec![0.0; k];
    for p in (0..k).rev() {
        let known: f64 = (p + 1..k).map(|q| a[p][q] * x[q]).sum();
        x[p] = (a[p][k] - known) / a[p][p];
    }
    if x.iter().all(|v| v.is_finite()) { x } else { vec![0.0; k] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_linear_iteration_ends_after_as_many_steps_as_it_has_rates() {
        // Plain iteration needs 2.3e5 steps for ten digits of the slowest.
        let rates = [1.0 - 1e-4, 0.9, 0.3, -0.5];
        let mut now = vec![1.0; 4];
        let mut anderson = Anderson::default();
        for _ in 0..12 {
            let image = now.iter().zip(rates).map(|(v, r)| v * r).collect();
            now = anderson.next(&now, image, &[1.0; 4]);
        }
        assert!(now.iter().all(|v| v.abs() < 1e-8), "{now:?}");
    }
}
