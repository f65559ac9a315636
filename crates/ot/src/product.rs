//! Products of dense matrices.

use gemm::Parallelism;
use rayon::prelude::*;
use thalweg_core::Result;

/// Rows of the result that one task computes at most: the more, the fewer times the right factor is packed. A constant, so
/// that the work is cut the same way whatever the threads.
const ROWS: usize = 256;
/// Least rows of a task, of which a small product has a few too.
const FEW: usize = 64;
/// Tasks that a product of few rows is cut into, where they are not fewer rows than that.
const PARTS: usize = 4;

/// A factor of a product: its numbers, row-major with `cols` columns, read as they lie or transposed.
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a> {
    values: &'a [f64],
    cols: usize,
    transposed: bool,
}

impl<'a> Factor<'a> {
    /// `values` as they lie, row-major with `cols` columns.
    pub fn new(values: &'a [f64], cols: usize) -> Self {
        Self { values, cols, transposed: false }
    }

    /// The transpose of `values`, which are row-major with `cols` columns.
    pub fn transposed(values: &'a [f64], cols: usize) -> Self {
        Self { values, cols, transposed: true }
    }

    /// Strides of rows and of columns as they enter the product.
    fn strides(&self) -> (usize, usize) {
        if self.transposed { (1, self.cols) } else { (self.cols, 1) }
    }

    /// Whether it holds `rows x cols` elements as it enters the product.
    fn holds(&self, rows: usize, cols: usize) -> bool {
        let (width, height) = if self.transposed { (rows, cols) } else { (cols, rows) };
        self.cols == width && self.values.len() == width * height
    }
}

/// `a b`, row-major `m x n`, with the inner size `k`. Parallel over blocks of rows in the calling pool.
///
/// # Panics
/// Factors that do not have these shapes, or an empty one.
pub fn product(a: Factor<'_>, b: Factor<'_>, shape: (usize, usize, usize)) -> Vec<f64> {
    let mut out = vec![0.0; shape.0 * shape.2];
    let done = product_until(a, b, shape, &mut out, &|| Ok(()));
    debug_assert!(done.is_ok(), "nobody said stop");
    out
}

/// As [`product`] into `out`, asking `stop` before each block of rows whether to go on.
pub(crate) fn product_until(
    a: Factor<'_>,
    b: Factor<'_>,
    (m, k, n): (usize, usize, usize),
    out: &mut [f64],
    stop: &(dyn Fn() -> Result<()> + Sync),
) -> Result<()> {
    let fits = a.holds(m, k) && b.holds(k, n) && out.len() == m * n;
    assert!(fits && m * k * n > 0, "a factor does not have its shape");
    let ((a_row, a_col), (b_row, b_col)) = (a.strides(), b.strides());
    let rows = m.div_ceil(PARTS).clamp(FEW, ROWS);
    out.par_chunks_mut(rows * n).enumerate().try_for_each(|(block, out)| {
        stop()?;
        let lhs = &a.values[block * rows * a_row..];
        // SAFETY: `out` holds `out.len() / n` whole rows of `n`. The factors hold `m x k` and `k x n` elements under
        // these strides, as asserted above, and the rows of this block, shifted to the front of `lhs`, end by row m.
        unsafe {
            gemm::gemm(
                out.len() / n,
                n,
                k,
                out.as_mut_ptr(),
                1,
                n as isize,
                false,
                lhs.as_ptr(),
                a_col as isize,
                a_row as isize,
                b.values.as_ptr(),
                b_col as isize,
                b_row as isize,
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn products_agree_with_three_plain_loops() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (64, 7, 9), (130, 33, 65), (700, 20, 3)] {
            let mut stream = Stream::new(0, "product", m as u64);
            let mut draw = |len: usize| (0..len).map(|_| stream.normal()).collect::<Vec<f64>>();
            let (a, b) = (draw(m * k), draw(k * n));
            let flipped = |x: &[f64], rows: usize, cols: usize| -> Vec<f64> {
                (0..rows * cols).map(|e| x[(e % rows) * cols + e / rows]).collect()
            };
            let (at, bt) = (flipped(&a, m, k), flipped(&b, k, n));
            for (f, g) in [
                (Factor::new(&a, k), Factor::new(&b, n)),
                (Factor::transposed(&at, m), Factor::new(&b, n)),
                (Factor::new(&a, k), Factor::transposed(&bt, k)),
                (Factor::transposed(&at, m), Factor::transposed(&bt, k)),
            ] {
                let found = product(f, g, (m, k, n));
                for i in 0..m {
                    for j in 0..n {
                        let plain: f64 = (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
                        assert!((found[i * n + j] - plain).abs() < 1e-12);
                    }
                }
            }
        }
    }
}
