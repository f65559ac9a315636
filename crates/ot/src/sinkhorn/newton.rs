//! The Newton step of the dual in the column potentials, the row potentials being exact.
//!
//! With `P` the plan, `r`, `c` its marginals and `q` the column masses that the potentials ask for, the step solves
//! `(diag(c) + (epsilon / rho) diag(q) - P' diag(damping / r) P) d = q - c` by conjugate gradients under a diagonal
//! preconditioner. Reference: Brauer, Clason, Lorenz, Wirth, arXiv:1710.06635 (2017).

use super::costs::padded;
use super::held::Held;
use super::pass::{Stop, Sums};
use crate::MarginalPenalty;
use thalweg_core::Result;

/// Iterations after which the step is taken as it is.
const MOST: usize = 400;

/// The linear system at the potentials of one pass.
pub(super) struct Newton<'a> {
    pub(super) held: &'a Held,
    /// Weights of the rows, as the pass had them.
    pub(super) weights: &'a [f64],
    pub(super) sums: &'a Sums,
    /// Column masses that the potentials ask for.
    pub(super) asked: &'a [f64],
    /// Columns whose potential stays where it is, at its bound.
    pub(super) bound: &'a [bool],
    pub(super) source: MarginalPenalty,
    pub(super) target: MarginalPenalty,
    pub(super) epsilon: f64,
    pub(super) stop: Stop<'a>,
}

/// The operator: what it adds to the diagonal, and what it takes for each row's mean of a vector.
struct Operator {
    diagonal: Vec<f64>,
    rows: Vec<f64>,
}

impl Newton<'_> {
    /// The step in natural logarithms, to a `relative` residual.
    pub(super) fn step(&self, relative: f64) -> Result<Vec<f64>> {
        let columns = self.asked.len();
        let operator = self.operator()?;
        let mut residual: Vec<f64> = (0..columns).map(|j| self.asked[j] - self.sums.columns[j]).collect();
        if self.free() {
            // Constants are in the null space: the right side must not be.
            let (excess, mass) = (residual.iter().sum::<f64>(), operator.diagonal.iter().sum::<f64>());
            residual.iter_mut().zip(&operator.diagonal).for_each(|(r, d)| *r -= excess / mass * d);
        }
        self.hold(&mut residual);
        let mut step = vec![0.0; columns];
        let precondition = |r: &[f64]| -> Vec<f64> {
            r.iter().zip(&operator.diagonal).map(|(r, d)| if *d > 0.0 { r / d } else { 0.0 }).collect()
        };
        let mut z = precondition(&residual);
        let mut direction = z.clone();
        let mut rho = inner(&residual, &z);
        let enough = rho * relative * relative;
        for _ in 0..MOST {
            // A sum that is not a number ends it too.
            if rho <= enough || rho.is_nan() {
                return Ok(step);
            }
            let image = self.apply(&operator, &direction)?;
            let curvature = inner(&direction, &image);
            if curvature <= 0.0 || curvature.is_nan() {
                return Ok(step);
            }
            let alpha = rho / curvature;
            for j in 0..columns {
                step[j] += alpha * direction[j];
                residual[j] -= alpha * image[j];
            }
            z = precondition(&residual);
            let next = inner(&residual, &z);
            direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + next / rho * *d);
            rho = next;
        }
        Ok(step)
    }

    /// Whether a shift of all column potentials, with its opposite of the rows, changes nothing.
    fn free(&self) -> bool {
        let rigid = |p: MarginalPenalty| p.curvature(self.epsilon) == 0.0;
        let cut = self.bound.contains(&true) || (0..self.weights.len()).any(|i| self.damping(i) == 0.0);
        rigid(self.source) && rigid(self.target) && !cut
    }

    /// How much a row potential gives way to its columns: not at all at a bound, where the row is not as it should be.
    fn damping(&self, i: usize) -> f64 {
        match self.source {
            MarginalPenalty::TotalVariation { .. } if self.sums.ratios[i] != 1.0 => 0.0,
            source => source.damping(self.epsilon),
        }
    }

    /// No change of the columns at their bounds.
    fn hold(&self, values: &mut [f64]) {
        values.iter_mut().zip(self.bound).filter(|(_, bound)| **bound).for_each(|(v, _)| *v = 0.0);
    }

    /// Marginals are those of the rounded entries, so that constants stay in the null space; a column that is all
    /// rounded away takes the step of its own half-step.
    fn operator(&self) -> Result<Operator> {
        let mut sums = vec![0.0; self.weights.len()];
        let mass = |i: usize| self.weights[i] * self.sums.ratios[i];
        let ones = vec![1.0; padded(self.asked.len())];
        let rounded = self.held.sweep(&ones, &mut sums, |i, _| mass(i), self.stop)?;
        let own = self.target.curvature(self.epsilon);
        let diagonal = (0..self.asked.len())
            .map(|j| if rounded[j] > 0.5 * self.sums.columns[j] { rounded[j] } else { self.sums.columns[j] })
            .zip(self.asked)
            .map(|(c, q)| c + own * q)
            .collect();
        let row = |(i, s): (usize, &f64)| if *s > 0.0 { mass(i) * self.damping(i) / s } else { 0.0 };
        let rows = sums.iter().enumerate().map(row).collect();
        Ok(Operator { diagonal, rows })
    }

    fn apply(&self, operator: &Operator, v: &[f64]) -> Result<Vec<f64>> {
        let top = v.iter().fold(0.0_f64, |t, v| t.max(v.abs()));
        let unit = if top > 0.0 { 1.0 / top } else { 1.0 };
        let mut scaled = vec![0.0; padded(v.len())];
        scaled.iter_mut().zip(v).for_each(|(s, v)| *s = v * unit);
        let mut dots = vec![0.0; self.weights.len()];
        let moved = self.held.sweep(&scaled, &mut dots, |i, dot| operator.rows[i] * dot, self.stop)?;
        let mut image: Vec<f64> = (0..v.len()).map(|j| operator.diagonal[j] * v[j] - moved[j] / unit).collect();
        self.hold(&mut image);
        Ok(image)
    }
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
