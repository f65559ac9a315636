//! A head bound to its parameters and to what evaluates it, in standardised units.

use super::{Head, Reading};
use crate::{Exec, NetSpec, executor_for};
use std::ops::Range;
use thalweg_core::Result;

/// Half the step, in standardised units, of the differences that give the Laplacian of a potential: the cube
/// root of the single-precision unit roundoff balances truncation and rounding.
const STEP: f32 = 5e-3;

/// A head bound to its parameters and its executor.
#[derive(Clone)]
pub(super) struct Net {
    spec: NetSpec,
    outputs: usize,
    range: Range<usize>,
    reading: Reading,
    exec: &'static dyn Exec,
}

/// Rows of numbers as a network leaves them.
pub(super) struct Rows {
    values: Vec<f32>,
    width: usize,
    first: usize,
}

impl Rows {
    /// Each row from its first number that means something.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width).map(|row| &row[self.first..])
    }
}

impl Net {
    /// Binds a head that was checked.
    pub(super) fn new(head: &Head) -> Result<Self> {
        Ok(Self {
            outputs: head.spec.outputs()?,
            range: head.offset..head.offset + head.spec.layout()?.len,
            exec: executor_for(&head.spec),
            spec: head.spec.clone(),
            reading: head.reading,
        })
    }

    /// What the head gives for standardised rows of state and time.
    pub(super) fn evaluate(&self, params: &[f32], rows: &[f32]) -> Result<Rows> {
        let (n, params) = (rows.len() / self.spec.inputs, &params[self.range.clone()]);
        let mut out = vec![0.0; n * self.outputs];
        match self.reading {
            Reading::Direct { first } => {
                self.exec.forward(&self.spec, params, rows, &mut out)?;
                Ok(Rows { values: out, width: self.outputs, first })
            }
            Reading::GradientOfPotential => {
                let mut gradient = vec![0.0; rows.len()];
                self.exec.vjp(&self.spec, params, rows, &vec![1.0; n], &mut out, &mut gradient)?;
                Ok(Rows { values: gradient, width: self.spec.inputs, first: 0 })
            }
        }
    }

    /// Adds to `sums` (one a row) the derivative along `axis` of number `axis` of the head.
    pub(super) fn add_slope(&self, axis: usize, params: &[f32], rows: &[f32], sums: &mut [f64]) -> Result<()> {
        match self.reading {
            Reading::Direct { first } => {
                let mut tangent = vec![0.0; rows.len()];
                tangent.iter_mut().skip(axis).step_by(self.spec.inputs).for_each(|v| *v = 1.0);
                let (mut value, mut change) =
                    (vec![0.0; sums.len() * self.outputs], vec![0.0; sums.len() * self.outputs]);
                self.exec.jvp(&self.spec, &params[self.range.clone()], rows, &tangent, &mut value, &mut change)?;
                for (sum, row) in sums.iter_mut().zip(change.chunks_exact(self.outputs)) {
                    *sum += f64::from(row[first + axis]);
                }
            }
            Reading::GradientOfPotential => {
                let shifted = |by: f32| -> Result<_> {
                    let mut moved = rows.to_vec();
                    moved.iter_mut().skip(axis).step_by(self.spec.inputs).for_each(|v| *v += by);
                    let gradient = self.evaluate(params, &moved)?;
                    Ok((moved, gradient.values))
                };
                let ((right, above), (left, below)) = (shifted(STEP)?, shifted(-STEP)?);
                for (row, sum) in sums.iter_mut().enumerate() {
                    let i = row * self.spec.inputs + axis;
                    *sum += f64::from(above[i] - below[i]) / f64::from(right[i] - left[i]);
                }
            }
        }
        Ok(())
    }
}
