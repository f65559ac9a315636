//! Scalings of `exp(-C / epsilon)` by plain products, with potentials absorbed before anything underflows.

use crate::gibbs::Gibbs;
use crate::simd;
use rayon::prelude::*;

/// Scalings further from 1 than `exp` of this are absorbed. Products of two stay far from either end of f64.
const RANGE: f64 = 80.0;
/// A column that sums to less is summed by logarithms. Scalings of rows are below `exp(RANGE)`, so that entries below 1e-270,
/// which the kernel drops, are below 1e-35 of what is larger.
const TINY: f64 = 1e-200;
/// Rows of one share of the work; sums are over shares in their order.
const TILE: usize = 512;

/// `exp(f_i + g_j - C_ij / epsilon)` with rows that sum to one, as far as they are not next to nothing.
///
/// Reference: Schmitzer, SIAM J. Sci. Comput. 41 (2019), section 3.
#[derive(Clone)]
pub(crate) struct Absorbed {
    kernel: Vec<f64>,
    f: Vec<f64>,
    g: Vec<f64>,
}

impl Absorbed {
    pub(crate) fn new(gibbs: &Gibbs, g: &[f64]) -> Self {
        let (kernel, f) = gibbs.normalised(g);
        Self { kernel, f, g: g.to_vec() }
    }

    /// Whether `u` is near enough to what is absorbed.
    pub(crate) fn reaches(&self, u: &[f64]) -> bool {
        u.iter().zip(&self.g).all(|(u, g)| (u - g).abs() <= RANGE)
    }

    /// `asked_j = log sum_i exp(-C_ij / epsilon) a_i / sum_l exp(u_l - C_il / epsilon)`.
    ///
    /// One pass over the kernel: a row is used for both sums while it is near.
    pub(crate) fn ask(&self, gibbs: &Gibbs, a: &[f64], u: &[f64], asked: &mut [f64]) {
        let m = u.len();
        let mut v: Vec<f64> = u.iter().zip(&self.g).map(|(u, g)| u - g).collect();
        simd::exp_in_place(&mut v, 0.0);
        let mut scalings = vec![0.0; a.len()];
        let tiles = self.kernel.par_chunks(TILE * m).zip(a.par_chunks(TILE)).zip(scalings.par_chunks_mut(TILE));
        let parts: Vec<Vec<f64>> = tiles
            .map(|((kernel, a), scalings)| {
                let mut sums = vec![0.0; m];
                scale(kernel, &v, a, scalings, &mut sums);
                sums
            })
            .collect();
        let mut logs = None;
        for (j, (asked, g)) in asked.iter_mut().zip(&self.g).enumerate() {
            let sum: f64 = parts.iter().map(|part| part[j]).sum();
            *asked = if sum >= TINY {
                sum.ln() - g
            } else {
                let of_rows = || scalings.iter().zip(&self.f).map(|(h, f)| h.ln() + f).collect::<Vec<f64>>();
                gibbs.column_sum(j, logs.get_or_insert_with(of_rows))
            };
        }
    }
}

thalweg_core::wide! {
    /// `h_i = a_i / <row_i, v>` and `sums += h_i row_i`, over the rows of a tile.
    fn scale(kernel: &[f64], v: &[f64], a: &[f64], scalings: &mut [f64], sums: &mut [f64]) {
        for ((row, &a), h) in kernel.chunks_exact(v.len()).zip(a).zip(scalings) {
            if a > 0.0 {
                let scaling = a / dot(row, v);
                *h = scaling;
                sums.iter_mut().zip(row).for_each(|(s, k)| *s += scaling * k);
            }
        }
    }
}

#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    const WIDE: usize = 2 * simd::LANES;
    let mut lanes = [0.0; WIDE];
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<WIDE>(), y.as_chunks::<WIDE>());
    for (x, y) in x.iter().zip(y) {
        for l in 0..WIDE {
            lanes[l] += x[l] * y[l];
        }
    }
    lanes.iter().sum::<f64>() + x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum::<f64>()
}
