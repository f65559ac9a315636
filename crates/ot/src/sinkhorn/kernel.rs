//! The inner loops: exponents of a tile from dot products or costs, their powers of two, the weighted column sums.

use crate::simd::fused;

/// Numbers taken together; padding of a row is to a multiple of it.
pub(super) const LANES: usize = 16;
/// Columns of a tile: its points of fifty coordinates, and the exponents of a strip of rows, stay near the processor.
pub(super) const TILE: usize = 128;

/// What a forbidden pair costs, in powers of two.
const FORBIDDEN: f64 = 1e30;
/// Columns whose exponents stay in registers for four rows.
const WIDTH: usize = 2 * LANES;

fused! {
    /// `z_j = h_j + shift + sum_k x_k y_kj`, where `y` holds one coordinate of all columns after the other.
    pub(super) fn dots<T>(x: &[T], y: &[T], h: &[T], shift: T, z: &mut [T]) {
        let len = z.len();
        for (z, h) in z.iter_mut().zip(h) {
            *z = *h + shift;
        }
        for (x, y) in x.iter().zip(y.chunks_exact(len)) {
            for (z, y) in z.iter_mut().zip(y) {
                *z = x.fma::<FMA>(*y, *z);
            }
        }
    }
}

fused! {
    /// As `dots` for four rows at once, whose points `x` are given a coordinate after the other; row `r` is written from
    /// `z[r * stride]` on. The length of `h` is a multiple of the lanes.
    ///
    /// Sums stay in registers over all coordinates: eight products for six loads, and no store before the last.
    pub(crate) fn four_dots<T>(x: &[[T; 4]], y: &[T], h: &[T], shift: [T; 4], z: &mut [T], stride: usize) {
        let len = h.len();
        let wide = len / WIDTH * WIDTH;
        for start in (0..wide).step_by(WIDTH) {
            let mut sums = [[T::default(); WIDTH]; 4];
            for r in 0..4 {
                for l in 0..WIDTH {
                    sums[r][l] = h[start..][..WIDTH][l] + shift[r];
                }
            }
            for (x, y) in x.iter().zip(y.chunks_exact(len)) {
                let y = &y[start..][..WIDTH];
                for r in 0..4 {
                    for l in 0..WIDTH {
                        sums[r][l] = x[r].fma::<FMA>(y[l], sums[r][l]);
                    }
                }
            }
            for r in 0..4 {
                z[r * stride + start..][..WIDTH].copy_from_slice(&sums[r]);
            }
        }
        for r in 0..4 {
            for j in wide..len {
                let terms = x.iter().zip(y.chunks_exact(len));
                z[r * stride + j] = terms.fold(h[j] + shift[r], |sum, (x, y)| x[r].fma::<FMA>(y[j], sum));
            }
        }
    }
}

fused! {
    /// `z_j = h_j + shift - inverse cost_j`, the cost in double precision. Under an infinite one it is far below every
    /// other, and finite in both formats.
    pub(super) fn scaled_costs<T>(cost: &[f64], inverse: f64, h: &[T], shift: T, z: &mut [T]) {
        for ((z, c), h) in z.iter_mut().zip(cost).zip(h) {
            let exponent = c * inverse;
            *z = (*h + shift) - T::of(if exponent < FORBIDDEN { exponent } else { FORBIDDEN });
        }
    }
}

fused! {
    /// Writes `e = 2^z` over `z` and returns the sums of `e` and of `e z`. The length is a multiple of the lanes.
    pub(super) fn powers<T>(z: &mut [T]) -> (T, T) {
        let (mut sum, mut energy) = ([T::default(); LANES], [T::default(); LANES]);
        for z in z.as_chunks_mut::<LANES>().0 {
            for l in 0..LANES {
                let e = z[l].exp2::<FMA>();
                energy[l] = e.fma::<FMA>(z[l], energy[l]);
                sum[l] = sum[l] + e;
                z[l] = e;
            }
        }
        let add = |lanes: [T; LANES]| lanes.into_iter().fold(T::default(), |s, v| s + v);
        (add(sum), add(energy))
    }
}

fused! {
    /// Largest of `z`; the length is a multiple of the lanes.
    pub(super) fn largest<T>(z: &[T]) -> T {
        let mut lanes = [z[0]; LANES];
        for z in z.as_chunks::<LANES>().0 {
            for l in 0..LANES {
                lanes[l] = if z[l] > lanes[l] { z[l] } else { lanes[l] };
            }
        }
        // `FMA` is of no use to a comparison.
        let _ = FMA;
        lanes.into_iter().fold(z[0], |m, v| if v > m { v } else { m })
    }
}

fused! {
    /// Adds `shift` to `z`.
    pub(super) fn lift<T>(z: &mut [T], shift: T) {
        // `FMA` is of no use to a sum.
        let _ = FMA;
        for z in z {
            *z = *z + shift;
        }
    }
}

fused! {
    /// Adds the rows of `e` (as many as weights, each as long as `column`), weighted, to `column`.
    pub(super) fn add_rows<T>(weights: &[T], e: &[T], column: &mut [T]) {
        let len = column.len();
        let row = |r: usize| &e[r * len..][..len];
        let fours = weights.len() / 4 * 4;
        for r in (0..fours).step_by(4) {
            let (e0, e1, e2, e3) = (row(r), row(r + 1), row(r + 2), row(r + 3));
            let (w0, w1, w2, w3) = (weights[r], weights[r + 1], weights[r + 2], weights[r + 3]);
            for j in 0..len {
                let (low, high) = (w0.fma::<FMA>(e0[j], column[j]), w2 * e2[j]);
                column[j] = w1.fma::<FMA>(e1[j], low) + w3.fma::<FMA>(e3[j], high);
            }
        }
        for r in fours..weights.len() {
            let e = row(r);
            for j in 0..len {
                column[j] = weights[r].fma::<FMA>(e[j], column[j]);
            }
        }
    }
}
