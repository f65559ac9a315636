//! Strong-stability-preserving Runge-Kutta steps, as tables in the form of Shu and Osher.

use super::tendency::{Tendency, sweep};
use thalweg_core::wide;

/// Stages of a method: each new value is `a` of the value at the start of the step, plus `b` of the stage before, plus `h` steps
/// of the rate there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stages(pub &'static [[f64; 3]]);

/// Forward Euler.
pub const EULER: Stages = Stages(&[[0.0, 1.0, 1.0]]);

/// Three stages of third order. Source: Shu and Osher, J. Comput. Phys. 77 (1988).
pub const SSPRK33: Stages = Stages(&[[0.0, 1.0, 1.0], [0.75, 0.25, 0.25], [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]]);

/// Four stages of third order, stable for twice the step of Euler. Source: Spiteri and Ruuth, SIAM J. Numer. Anal. 40 (2002).
pub const SSPRK43: Stages =
    Stages(&[[0.0, 1.0, 0.5], [0.0, 1.0, 0.5], [2.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0], [0.0, 1.0, 0.5]]);

/// Two more fields, which steps write into and callers keep from one step to the next.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    pub(crate) now: Vec<f64>,
    pub(crate) next: Vec<f64>,
    /// The rate at the start of a super-step.
    pub(crate) rate: Vec<f64>,
}

impl Buffers {
    /// Puts the rate of change of `field` where a super-step finds it, and shows it.
    pub fn rate_of(&mut self, tendency: &impl Tendency, field: &[f64]) -> &[f64] {
        self.rate.resize(field.len(), 0.0);
        sweep(tendency, field, &mut self.rate, |_, rate, out| out.copy_from_slice(rate));
        &self.rate
    }

    pub(crate) fn fit(&mut self, cells: usize) {
        self.now.resize(cells, 0.0);
        self.next.resize(cells, 0.0);
    }
}

/// Advances `field` by one step of length `step`.
pub fn march(tendency: &impl Tendency, stages: Stages, step: f64, field: &mut Vec<f64>, buffers: &mut Buffers) {
    buffers.fit(field.len());
    let n = tendency.sphere().columns();
    for (i, &[start, before, share]) in stages.0.iter().enumerate() {
        let Buffers { now, next, .. } = buffers;
        let from: &[f64] = if i == 0 { &*field } else { now };
        let base: &[f64] = if start == 0.0 { from } else { &*field };
        sweep(tendency, from, next, |j, rate, out| {
            let row = j * n..(j + 1) * n;
            combine([start, before, share * step], &base[row.clone()], &from[row], rate, out);
        });
        std::mem::swap(now, next);
    }
    std::mem::swap(field, &mut buffers.now);
}

wide! {
    /// `out = weights . [base, from, rate]`.
    fn combine(weights: [f64; 3], base: &[f64], from: &[f64], rate: &[f64], out: &mut [f64]) {
        let n = out.len();
        let (base, from, rate) = (&base[..n], &from[..n], &rate[..n]);
        for k in 0..n {
            out[k] = weights[0] * base[k] + weights[1] * from[k] + weights[2] * rate[k];
        }
    }
}
