//! Matrix products on panels.
//!
//! A matrix of `rows x columns` is stored as panels of [`PANEL`] columns, each panel `rows x PANEL` row-major and
//! contiguous. Both operands and the result of every product then stream through the nearest cache whatever the
//! shapes are, no operand needs repacking, and elementwise work may follow on each panel while it is still there.

use super::Isa;

/// Columns of a panel: two 512-bit vectors, four 256-bit vectors.
pub(crate) const PANEL: usize = 32;
/// Columns of the left matrix before the result is put aside: so much of the right panel stays in the first cache.
const DEPTH: usize = 4 * PANEL;

/// `out = left right` for one panel of the result: `left` is `rows x depth` in panels that start `jump` apart,
/// `right` is `depth x PANEL`, `out` is `rows x PANEL`, of which the first `width` columns are wanted.
pub(crate) fn product(
    isa: Isa,
    (rows, depth, width): (usize, usize, usize),
    left: &[f32],
    jump: usize,
    right: &[f32],
    out: &mut [f32],
) {
    assert!(depth > 0 && right.len() >= depth * PANEL && out.len() >= rows * PANEL);
    assert!(left.len() >= (depth - 1) / PANEL * jump + rows * PANEL && (depth <= PANEL || jump >= rows * PANEL));
    for start in (0..depth).step_by(DEPTH) {
        let part = Walk { depth: DEPTH.min(depth - start), block: PANEL, jump, add: start > 0 };
        let (a, b) = (&left[start / PANEL * jump..], &right[start * PANEL..]);
        // SAFETY: the assertions above bound every row, column and panel that the walk touches.
        unsafe { blocks::<PANEL, 1>(isa, rows, width, a.as_ptr(), b.as_ptr(), out.as_mut_ptr(), part) };
    }
}

/// `out += leftᵀ right` for one panel of each: `left` and `right` are `depth x PANEL`, of which the first `rows`
/// and `width` columns are wanted; `out` is `rows x PANEL`.
pub(crate) fn outer(
    isa: Isa,
    (rows, depth, width): (usize, usize, usize),
    left: &[f32],
    right: &[f32],
    out: &mut [f32],
) {
    assert!(rows <= PANEL && left.len() >= depth * PANEL && right.len() >= depth * PANEL && out.len() >= rows * PANEL);
    let walk = Walk { depth, block: depth, jump: 0, add: true };
    // SAFETY: the assertion above bounds every row and column that the walk touches.
    unsafe { blocks::<1, PANEL>(isa, rows, width, left.as_ptr(), right.as_ptr(), out.as_mut_ptr(), walk) };
}

/// How a kernel walks down the inner dimension: `depth` steps in blocks that start `jump` apart in the left operand.
#[derive(Clone, Copy)]
struct Walk {
    depth: usize,
    block: usize,
    jump: usize,
    add: bool,
}

/// Splits the rows into what the registers hold. `ROW` and `STEP` are the strides of the left operand.
///
/// # Safety
/// Pointers must be valid for `rows` rows, `walk.depth` steps and `PANEL` columns, and `isa` must be available.
unsafe fn blocks<const ROW: usize, const STEP: usize>(
    isa: Isa,
    rows: usize,
    width: usize,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    walk: Walk,
) {
    macro_rules! sweep {
        ($tile:ident, $lanes:literal, $vectors:literal, $($rows:literal)+) => {{
            let highest = [$($rows),+].into_iter().max().unwrap_or(1);
            for column in (0..width).step_by($lanes * $vectors) {
                let narrow = width - column <= $lanes;
                let mut row = 0;
                while row < rows {
                    let count = highest.min(rows - row);
                    // SAFETY: offsets stay within what the caller vouches for.
                    unsafe {
                        let (a, b, c) = (a.add(row * ROW), b.add(column), c.add(row * PANEL + column));
                        match (count, narrow) {
                            $(($rows, true) => $tile::<$rows, 1, ROW, STEP>(a, b, c, walk),
                            ($rows, false) => $tile::<$rows, $vectors, ROW, STEP>(a, b, c, walk),)+
                            _ => unreachable!("blocks have between 1 and {highest} rows"),
                        }
                    }
                    row += count;
                }
            }
        }};
    }
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => sweep!(tile_avx512, 16, 2, 1 2 3 4 5 6 7 8),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => sweep!(tile_avx2, 8, 2, 1 2 3 4),
        Isa::Portable => sweep!(tile_portable, 8, 1, 1 2 3 4),
    }
}

/// A kernel: `ROWS x VECTORS` vectors of the result stay in registers while the inner dimension passes.
macro_rules! tile {
    ($(#[$attribute:meta])* $name:ident, $vector:ty, $lanes:literal, $zero:expr, $load:expr, $store:expr, $spread:expr, $fma:expr) => {
        /// # Safety
        /// As [`blocks`], for `ROWS` rows and `VECTORS` vectors of columns.
        $(#[$attribute])*
        unsafe fn $name<const ROWS: usize, const VECTORS: usize, const ROW: usize, const STEP: usize>(
            mut a: *const f32,
            mut b: *const f32,
            c: *mut f32,
            walk: Walk,
        ) {
            let mut sums: [[$vector; VECTORS]; ROWS] = [[$zero; VECTORS]; ROWS];
            let mut left = walk.depth;
            while left > 0 {
                let count = left.min(walk.block);
                // SAFETY: the caller vouches for `depth` steps of both operands.
                unsafe {
                    let mut p = a;
                    for _ in 0..count {
                        let mut wide = [$zero; VECTORS];
                        for v in 0..VECTORS {
                            wide[v] = $load(b.add(v * $lanes));
                        }
                        for i in 0..ROWS {
                            let x = $spread(*p.add(i * ROW));
                            for v in 0..VECTORS {
                                sums[i][v] = $fma(x, wide[v], sums[i][v]);
                            }
                        }
                        p = p.add(STEP);
                        b = b.add(PANEL);
                    }
                    a = a.wrapping_add(walk.jump);
                }
                left -= count;
            }
            for i in 0..ROWS {
                for v in 0..VECTORS {
                    // SAFETY: the caller vouches for `ROWS x VECTORS` vectors of the result.
                    unsafe {
                        let at = c.add(i * PANEL + v * $lanes);
                        let sum = if walk.add { $fma($spread(1.0), $load(at), sums[i][v]) } else { sums[i][v] };
                        $store(at, sum);
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as x86;

#[cfg(target_arch = "x86_64")]
tile!(
    #[target_feature(enable = "avx512f")]
    tile_avx512,
    x86::__m512,
    16,
    x86::_mm512_setzero_ps(),
    x86::_mm512_loadu_ps,
    x86::_mm512_storeu_ps,
    x86::_mm512_set1_ps,
    x86::_mm512_fmadd_ps
);

#[cfg(target_arch = "x86_64")]
tile!(
    #[target_feature(enable = "avx2,fma")]
    tile_avx2,
    x86::__m256,
    8,
    x86::_mm256_setzero_ps(),
    x86::_mm256_loadu_ps,
    x86::_mm256_storeu_ps,
    x86::_mm256_set1_ps,
    x86::_mm256_fmadd_ps
);

/// Eight numbers that the compiler may keep in whatever vectors the target has.
type Eight = [f32; 8];

tile!(
    tile_portable,
    Eight,
    8,
    [0.0; 8],
    |p: *const f32| *p.cast::<Eight>(),
    |p: *mut f32, v: Eight| *p.cast::<Eight>() = v,
    |x: f32| [x; 8],
    |x: Eight, y: Eight, z: Eight| {
        let mut sum = z;
        for k in 0..8 {
            sum[k] = super::isa::madd::<{ super::isa::PORTABLE_FMA }>(x[k], y[k], sum[k]);
        }
        sum
    }
);

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    fn random(seed: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        Stream::new(seed, "gemm", n as u64).fill_normal_f32(&mut v);
        v
    }

    /// Largest difference between sums of `depth` products of standard normals in the two precisions.
    fn tolerance(depth: usize) -> f64 {
        6e-8 * 8.0 * (depth as f64).sqrt() * 4.0
    }

    #[test]
    fn products_equal_sums_in_double_precision() {
        for isa in Isa::available() {
            for (rows, depth, width) in
                [(1_usize, 1_usize, 1_usize), (7, 33, 17), (8, 128, 32), (21, 300, 32), (64, 51, 16), (5, 31, 9)]
            {
                let jump = (rows + 3) * PANEL;
                let left = random(0, depth.div_ceil(PANEL) * jump);
                let right = random(1, depth * PANEL);
                let mut out = vec![f32::NAN; rows * PANEL];
                product(isa, (rows, depth, width), &left, jump, &right, &mut out);
                for i in 0..rows {
                    for j in 0..width {
                        let term = |p: usize| {
                            f64::from(left[p / PANEL * jump + i * PANEL + p % PANEL]) * f64::from(right[p * PANEL + j])
                        };
                        let exact: f64 = (0..depth).map(term).sum();
                        let got = f64::from(out[i * PANEL + j]);
                        assert!(
                            (got - exact).abs() < tolerance(depth),
                            "{isa:?} {rows} {depth} {width}: {got} {exact}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn outer_products_add_up() {
        for isa in Isa::available() {
            for (rows, depth, width) in [(1, 1, 1), (32, 64, 32), (19, 100, 16), (8, 7, 17)] {
                let (left, right) = (random(2, depth * PANEL), random(3, depth * PANEL));
                let mut out = vec![1.0; rows * PANEL];
                outer(isa, (rows, depth, width), &left, &right, &mut out);
                for i in 0..rows {
                    for j in 0..width {
                        let term = |p: usize| f64::from(left[p * PANEL + i]) * f64::from(right[p * PANEL + j]);
                        let exact = 1.0 + (0..depth).map(term).sum::<f64>();
                        let got = f64::from(out[i * PANEL + j]);
                        assert!(
                            (got - exact).abs() < tolerance(depth),
                            "{isa:?} {rows} {depth} {width}: {got} {exact}"
                        );
                    }
                }
            }
        }
    }
}
