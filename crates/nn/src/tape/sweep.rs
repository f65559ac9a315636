//! Passes over buffers: elementwise maps, reductions, broadcasts and the matrix product.
//!
//! Work is cut into pieces by size alone and partial sums are added in the order of the pieces, so a result has
//! the same bytes whatever the number of threads. The inner loops are compiled three times, for AVX-512, AVX2
//! and the baseline of the target, and chosen at run time.

use super::scalar::Scalar;
use gemm::Parallelism;
use rayon::prelude::*;

/// Elements in a piece: large enough to hide the cost of a task, small enough to stay in the second-level cache.
const PIECE: usize = 16_384;
/// Multiply-adds in a piece of a matrix product (about a third of a millisecond of one core).
const PRODUCT_PIECE: usize = 1 << 25;
/// Independent partial sums of a reduction: one wide vector register of single precision.
const LANES: usize = 16;

/// An inner loop; `run` must be `#[inline(always)]` to be compiled with the features of its caller.
trait Kernel {
    fn run(self);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn run_avx512(kernel: impl Kernel) {
    kernel.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(kernel: impl Kernel) {
    kernel.run();
}

fn run(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let fma = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if wide && fma {
            // SAFETY: every feature that the function enables was detected above.
            return unsafe { run_avx512(kernel) };
        }
        if fma {
            // SAFETY: as above.
            return unsafe { run_avx2(kernel) };
        }
    }
    kernel.run();
}

struct Map<'a, T, F>(&'a [T], &'a mut [T], F);

impl<T: Scalar, F: Fn(T) -> T> Kernel for Map<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for (o, &x) in self.1.iter_mut().zip(self.0) {
            *o = (self.2)(x);
        }
    }
}

/// `out_i = f(x_i)`.
pub(super) fn map<T: Scalar>(x: &[T], out: &mut [T], f: impl Fn(T) -> T + Copy + Send + Sync) {
    if out.len() < 2 * PIECE {
        return run(Map(x, out, f));
    }
    out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(out, x)| run(Map(x, out, f)));
}

struct Zip<'a, T, F>(&'a [T], &'a [T], &'a mut [T], F);

impl<T: Scalar, F: Fn(T, T) -> T> Kernel for Zip<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for ((o, &x), &y) in self.2.iter_mut().zip(self.0).zip(self.1) {
            *o = (self.3)(x, y);
        }
    }
}

/// `out_i = f(x_i, y_i)`.
pub(super) fn zip<T: Scalar>(x: &[T], y: &[T], out: &mut [T], f: impl Fn(T, T) -> T + Copy + Send + Sync) {
    if out.len() < 2 * PIECE {
        return run(Zip(x, y, out, f));
    }
    let pieces = out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).zip(y.par_chunks(PIECE));
    pieces.for_each(|((out, x), y)| run(Zip(x, y, out, f)));
}

struct Accumulate<'a, T>(&'a [T], &'a mut [T]);

impl<T: Scalar> Kernel for Accumulate<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (o, &x) in self.1.iter_mut().zip(self.0) {
            *o += x;
        }
    }
}

/// `out_i += x_i`.
pub(super) fn accumulate<T: Scalar>(x: &[T], out: &mut [T]) {
    if out.len() < 2 * PIECE {
        return run(Accumulate(x, out));
    }
    out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(out, x)| run(Accumulate(x, out)));
}

struct SumRows<'a, T>(&'a [T], &'a mut [T]);

impl<T: Scalar> Kernel for SumRows<'_, T> {
    #[inline(always)]
    fn run(self) {
        self.1.fill(T::of(0.0));
        for row in self.0.chunks_exact(self.1.len()) {
            for (o, &x) in self.1.iter_mut().zip(row) {
                *o += x;
            }
        }
    }
}

/// Adds up the rows of `x` into the one row `out`.
pub(super) fn sum_rows<T: Scalar>(x: &[T], out: &mut [T]) {
    let piece = (2 * PIECE).div_ceil(out.len()) * out.len();
    if x.len() <= piece {
        return run(SumRows(x, out));
    }
    let partial: Vec<Vec<T>> = x
        .par_chunks(piece)
        .map(|rows| {
            let mut sum = vec![T::of(0.0); out.len()];
            run(SumRows(rows, &mut sum));
            sum
        })
        .collect();
    out.fill(T::of(0.0));
    partial.iter().for_each(|sum| run(Accumulate(sum, out)));
}

struct SumCols<'a, T>(&'a [T], usize, &'a mut [T]);

impl<T: Scalar> Kernel for SumCols<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (o, row) in self.2.iter_mut().zip(self.0.chunks_exact(self.1)) {
            let mut lanes = [T::of(0.0); LANES];
            let blocks = row.chunks_exact(LANES);
            let rest = blocks.remainder();
            for block in blocks {
                for l in 0..LANES {
                    lanes[l] += block[l];
                }
            }
            for (lane, &x) in lanes.iter_mut().zip(rest) {
                *lane += x;
            }
            *o = lanes.iter().fold(T::of(0.0), |sum, &lane| sum + lane);
        }
    }
}

/// Adds up each row of `cols` numbers of `x` into one number of `out`.
pub(super) fn sum_cols<T: Scalar>(x: &[T], cols: usize, out: &mut [T]) {
    let rows = PIECE.div_ceil(cols);
    if out.len() <= rows {
        return run(SumCols(x, cols, out));
    }
    let pieces = out.par_chunks_mut(rows).zip(x.par_chunks(rows * cols));
    pieces.for_each(|(out, x)| run(SumCols(x, cols, out)));
}

/// Sum of all elements; partial sums of pieces are added in double precision.
pub(super) fn sum_all<T: Scalar>(x: &[T]) -> T {
    let sum = |piece: &[T]| {
        let mut out = [T::of(0.0)];
        run(SumCols(piece, piece.len(), &mut out));
        out[0].to_f64()
    };
    const BLOCK: usize = 1024;
    if x.len() <= BLOCK {
        return T::of(if x.is_empty() { 0.0 } else { sum(x) });
    }
    T::of(x.chunks(BLOCK).map(sum).sum())
}

/// Writes `f(row index, row)` for every row of `cols` numbers of `out`.
pub(super) fn by_row<T: Scalar>(out: &mut [T], cols: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    let rows = PIECE.div_ceil(cols);
    out.par_chunks_mut(rows * cols).enumerate().for_each(|(piece, block)| {
        for (k, row) in block.chunks_exact_mut(cols).enumerate() {
            f(piece * rows + k, row);
        }
    });
}

/// `out = xᵀ` for `x` with `cols` columns.
pub(super) fn transpose<T: Scalar>(x: &[T], cols: usize, out: &mut [T]) {
    const TILE: usize = 16;
    let rows = x.len() / cols;
    // Tiles are read along their rows and written along theirs, each while its lines are in the nearest cache.
    let strip = |first: usize, block: &mut [T]| {
        for top in (0..rows).step_by(TILE) {
            for i in top..(top + TILE).min(rows) {
                let from = &x[i * cols + first..][..block.len() / rows];
                from.iter().enumerate().for_each(|(j, &v)| block[j * rows + i] = v);
            }
        }
    };
    out.par_chunks_mut(TILE * rows).enumerate().for_each(|(k, block)| strip(k * TILE, block));
}

/// A factor of a matrix product: a row-major buffer, its number of columns, and whether it enters transposed.
#[derive(Clone, Copy)]
pub(super) struct Factor<'a, T> {
    pub(super) values: &'a [T],
    pub(super) cols: usize,
    pub(super) transposed: bool,
}

impl<T> Factor<'_, T> {
    /// Strides of rows and of columns as they enter the product.
    fn strides(&self) -> (isize, isize) {
        let cols = self.cols as isize;
        if self.transposed { (1, cols) } else { (cols, 1) }
    }
}

/// `out = a b`, or `out += a b` with `add`; `out` is `(out.len() / n) x n` and the inner size is `k`.
pub(super) fn product<T: Scalar>(a: Factor<'_, T>, b: Factor<'_, T>, k: usize, n: usize, out: &mut [T], add: bool) {
    let m = out.len() / n;
    assert!(a.values.len() >= m * k && b.values.len() >= k * n, "a factor is smaller than its shape");
    let (a_row, a_col) = a.strides();
    let (b_row, b_col) = b.strides();
    let piece = |first: usize, block: &mut [T]| {
        let lhs = &a.values[first * a_row as usize..];
        // SAFETY: the block holds `block.len() / n` rows of `n`; the factors hold `m x k` and `k x n` elements
        // under these strides, as asserted above, and `first + rows <= m`.
        unsafe {
            gemm::gemm(
                block.len() / n,
                n,
                k,
                block.as_mut_ptr(),
                1,
                n as isize,
                add,
                lhs.as_ptr(),
                a_col,
                a_row,
                b.values.as_ptr(),
                b_col,
                b_row,
                T::of(1.0),
                T::of(1.0),
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    };
    let rows = piece_rows(m, k * n);
    if rows >= m {
        return piece(0, out);
    }
    out.par_chunks_mut(rows * n).enumerate().for_each(|(p, block)| piece(p * rows, block));
}

/// Rows in a piece of a product with `work` multiply-adds a row: equal pieces, multiples of the register tile.
fn piece_rows(m: usize, work: usize) -> usize {
    let pieces = (m * work).div_ceil(PRODUCT_PIECE).max(1);
    m.div_ceil(pieces).next_multiple_of(32)
}
