//! The inner loops: exponents of a tile from dot products or costs, their powers of two, the weighted column sums.

use crate::simd::fused;

/// Numbers taken together; padding of a row is to a multiple of it.
pub(super) const LANES: usize = 16;
/// Columns of a tile: a row of it and four coordinates of its points stay in the first-level cache.
pub(super) const TILE: usize = 512;

fused! {
    /// `z_j = h_j + shift + sum_k x_k y_kj`, where `y` holds one coordinate of all columns after the other.
    pub(super) fn dots<T>(x: &[T], y: &[T], h: &[T], shift: T, z: &mut [T]) {
        let len = z.len();
        let h = &h[..len];
        let column = |k: usize| &y[k * len..][..len];
        // The coordinates that do not fill a group of four go first, with the offsets.
        let head = x.len() % 4;
        match head {
            0 => {
                for j in 0..len {
                    z[j] = h[j] + shift;
                }
            }
            1 => {
                let y0 = column(0);
                for j in 0..len {
                    z[j] = x[0].fma::<FMA>(y0[j], h[j] + shift);
                }
            }
            2 => {
                let (y0, y1) = (column(0), column(1));
                for j in 0..len {
                    z[j] = x[1].fma::<FMA>(y1[j], x[0].fma::<FMA>(y0[j], h[j] + shift));
                }
            }
            _ => {
                let (y0, y1, y2) = (column(0), column(1), column(2));
                for j in 0..len {
                    z[j] = x[2].fma::<FMA>(y2[j], x[1].fma::<FMA>(y1[j], x[0].fma::<FMA>(y0[j], h[j] + shift)));
                }
            }
        }
        for k in (head..x.len()).step_by(4) {
            let (y0, y1, y2, y3) = (column(k), column(k + 1), column(k + 2), column(k + 3));
            let (x0, x1, x2, x3) = (x[k], x[k + 1], x[k + 2], x[k + 3]);
            for j in 0..len {
                let (low, high) = (x0.fma::<FMA>(y0[j], z[j]), x2 * y2[j]);
                z[j] = x1.fma::<FMA>(y1[j], low) + x3.fma::<FMA>(y3[j], high);
            }
        }
    }
}

fused! {
    /// Adds four coordinates of the columns, `y`, times those of four rows, `x`, to the rows' exponents: sixteen products
    /// for eight loads. Each row is an argument of its own, which tells the compiler that they are apart.
    pub(super) fn add_four_by_four<T>(
        x: [[T; 4]; 4],
        y: &[T],
        z0: &mut [T],
        z1: &mut [T],
        z2: &mut [T],
        z3: &mut [T],
    ) {
        let len = z0.len();
        let column = |k: usize| &y[k * len..][..len];
        let (y0, y1, y2, y3) = (column(0), column(1), column(2), column(3));
        let (z1, z2, z3) = (&mut z1[..len], &mut z2[..len], &mut z3[..len]);
        for j in 0..len {
            let y = [y0[j], y1[j], y2[j], y3[j]];
            let add = |x: [T; 4], z: T| {
                x[3].fma::<FMA>(y[3], x[2].fma::<FMA>(y[2], x[1].fma::<FMA>(y[1], x[0].fma::<FMA>(y[0], z))))
            };
            z0[j] = add(x[0], z0[j]);
            z1[j] = add(x[1], z1[j]);
            z2[j] = add(x[2], z2[j]);
            z3[j] = add(x[3], z3[j]);
        }
    }
}

fused! {
    /// `z_j = h_j + shift - inverse cost_j`, the cost in double precision.
    pub(super) fn scaled_costs<T>(cost: &[f64], inverse: f64, h: &[T], shift: T, z: &mut [T]) {
        for ((z, c), h) in z.iter_mut().zip(cost).zip(h) {
            *z = (*h + shift) - T::of(c * inverse);
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
