//! The operations of the tape.

use super::activation::{self, ORDERS};
use super::sweep::{self, Factor};
use super::{Op, Scalar, Tape, Unary, Var};
use crate::Activation;
use std::sync::Arc;

/// Rows of a product from which on a transposed right factor is turned first: the product then packs it a quarter
/// faster.
const WORTH_A_TRANSPOSE: usize = 128;

/// Which way a factor enters a matrix product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it is.
    Plain,
    /// Transposed.
    Transposed,
}

impl<T: Scalar> Tape<T> {
    /// `a + b`, same shape.
    pub fn add(&self, a: Var, b: Var) -> Var {
        self.zip(Op::Add(a, b), a, b, |a, b| a + b)
    }

    /// `a - b`, same shape.
    pub fn sub(&self, a: Var, b: Var) -> Var {
        self.zip(Op::Sub(a, b), a, b, |a, b| a - b)
    }

    /// `a b` element by element, same shape.
    pub fn mul(&self, a: Var, b: Var) -> Var {
        self.zip(Op::Mul(a, b), a, b, |a, b| a * b)
    }

    /// `c x`.
    pub fn scale(&self, x: Var, c: T) -> Var {
        self.map(Op::Scale(x, c), x, move |v| c * v)
    }

    /// `-x`.
    pub fn neg(&self, x: Var) -> Var {
        self.scale(x, T::of(-1.0))
    }

    /// `x + c`.
    pub fn shift(&self, x: Var, c: T) -> Var {
        self.map(Op::Shift(x), x, move |v| v + c)
    }

    /// `e^x`.
    pub fn exp(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Exp, x), x, T::exp)
    }

    /// Natural logarithm.
    pub fn ln(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Ln, x), x, T::ln)
    }

    /// Square root.
    pub fn sqrt(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Sqrt, x), x, T::sqrt)
    }

    /// `1 / x`.
    pub fn recip(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Recip, x), x, |v| T::of(1.0) / v)
    }

    /// `x²`.
    pub fn square(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Square, x), x, |v| v * v)
    }

    /// Sine.
    pub fn sin(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Sin, x), x, T::sin)
    }

    /// Cosine.
    pub fn cos(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Cos, x), x, T::cos)
    }

    /// Hyperbolic tangent.
    pub fn tanh(&self, x: Var) -> Var {
        self.map(Op::Apply(Unary::Tanh, x), x, T::tanh)
    }

    /// `f(x)` element by element.
    pub fn act(&self, f: Activation, x: Var) -> Var {
        self.act_derivative(f, 0, x, None)
    }

    /// `f^(order)(x)` element by element, times `times` if given (one pass), for `order <= 3`.
    pub fn act_derivative(&self, f: Activation, order: u8, x: Var, times: Option<Var>) -> Var {
        assert!(order <= ORDERS, "activations have derivatives up to order {ORDERS}, not {order}");
        let (input, factor) = (self.value(x), times.map(|g| self.value(g)));
        if let Some(g) = times {
            same_shape(x, g);
        }
        self.push(Op::Act { f, order, x, times }, x.rows, x.cols, |out| {
            activation::derivative(f, order, &input, factor.as_ref().map(|g| g.as_slice()), out);
        })
    }

    /// The matrix product `a b`.
    pub fn matmul(&self, a: Var, b: Var) -> Var {
        self.product(a, Side::Plain, b, Side::Plain)
    }

    /// The matrix product with either factor transposed, without forming the transpose.
    pub fn product(&self, a: Var, side_a: Side, b: Var, side_b: Side) -> Var {
        self.affine(a, side_a == Side::Transposed, b, side_b == Side::Transposed, None)
    }

    /// `x w + bias`, the bias (`1 x c`) added to every row.
    pub fn linear(&self, x: Var, w: Var, bias: Var) -> Var {
        self.affine(x, false, w, false, Some(bias))
    }

    pub(super) fn affine(&self, a: Var, ta: bool, b: Var, tb: bool, bias: Option<Var>) -> Var {
        let (m, k) = if ta { (a.cols, a.rows) } else { (a.rows, a.cols) };
        let (inner, n) = if tb { (b.cols, b.rows) } else { (b.rows, b.cols) };
        assert_eq!(k, inner, "the inner sizes of a matrix product differ");
        let (lhs, rhs, row) = (self.value(a), self.value(b), bias.map(|r| self.value(r)));
        self.push(Op::Product { a, b, ta, tb, bias }, m, n, |out| {
            if let Some(row) = &row {
                sweep::by_row(out, n, |_, o| o.copy_from_slice(row));
            }
            let lhs = Factor { values: &lhs, cols: a.cols, transposed: ta };
            if tb && m >= WORTH_A_TRANSPOSE {
                let mut turned = self.pool.borrow_mut().take(k * n);
                sweep::transpose(&rhs, b.cols, &mut turned);
                sweep::product(lhs, Factor { values: &turned, cols: n, transposed: false }, k, n, out, row.is_some());
                return self.pool.borrow_mut().give(turned);
            }
            let rhs = Factor { values: &rhs, cols: b.cols, transposed: tb };
            sweep::product(lhs, rhs, k, n, out, row.is_some());
        })
    }

    /// Adds `row` (`1 x c`) to every row of `x`.
    pub fn add_row(&self, x: Var, row: Var) -> Var {
        assert_eq!((row.rows, row.cols), (1, x.cols), "the row must have the columns of the matrix");
        let (values, r) = (self.value(x), self.value(row));
        self.push(Op::AddRow(x, row), x.rows, x.cols, |out| {
            sweep::by_row(out, x.cols, |i, o| {
                let v = &values[i * x.cols..(i + 1) * x.cols];
                o.iter_mut().zip(v).zip(r.iter()).for_each(|((o, &v), &r)| *o = v + r);
            });
        })
    }

    /// Sum of the rows: `1 x c`.
    pub fn sum_rows(&self, x: Var) -> Var {
        let values = self.value(x);
        self.push(Op::SumRows(x), 1, x.cols, |out| sweep::sum_rows(&values, out))
    }

    /// Sum of each row: `n x 1`.
    pub fn sum_cols(&self, x: Var) -> Var {
        let values = self.value(x);
        self.push(Op::SumCols(x), x.rows, 1, |out| sweep::sum_cols(&values, x.cols, out))
    }

    /// Sum of all elements: `1 x 1`.
    pub fn sum(&self, x: Var) -> Var {
        let values = self.value(x);
        self.push(Op::SumAll(x), 1, 1, |out| out[0] = sweep::sum_all(&values))
    }

    /// Mean of all elements: `1 x 1`.
    pub fn mean(&self, x: Var) -> Var {
        self.scale(self.sum(x), T::of(1.0 / (x.rows * x.cols) as f64))
    }

    /// `rows` copies of a row (`1 x c`).
    pub fn repeat_row(&self, row: Var, rows: usize) -> Var {
        assert_eq!(row.rows, 1, "only a single row can be repeated");
        let values = self.value(row);
        self.push(Op::RepeatRow(row), rows, row.cols, |out| {
            sweep::by_row(out, row.cols, |_, o| o.copy_from_slice(&values));
        })
    }

    /// `cols` copies of a column (`n x 1`).
    pub fn repeat_col(&self, col: Var, cols: usize) -> Var {
        assert_eq!(col.cols, 1, "only a single column can be repeated");
        let values = self.value(col);
        self.push(Op::RepeatCol(col), col.rows, cols, |out| {
            sweep::by_row(out, cols, |i, o| o.fill(values[i]));
        })
    }

    /// A `rows x cols` matrix of the scalar `x` (`1 x 1`).
    pub fn fill(&self, x: Var, rows: usize, cols: usize) -> Var {
        let value = self.scalar(x);
        self.push(Op::Fill(x), rows, cols, |out| out.fill(value))
    }

    /// Columns `first..first + cols`.
    pub fn slice(&self, x: Var, first: usize, cols: usize) -> Var {
        assert!(first + cols <= x.cols, "columns {first}..{} of {}", first + cols, x.cols);
        let values = self.value(x);
        self.push(Op::Slice(x, first), x.rows, cols, |out| {
            sweep::by_row(out, cols, |i, o| o.copy_from_slice(&values[i * x.cols + first..][..cols]));
        })
    }

    /// A matrix of `cols` columns, zero except for `x` from column `first` on.
    pub fn pad(&self, x: Var, first: usize, cols: usize) -> Var {
        assert!(first + x.cols <= cols, "{} columns from {first} on do not fit into {cols}", x.cols);
        let values = self.value(x);
        self.push(Op::Pad(x, first), x.rows, cols, |out| {
            sweep::by_row(out, cols, |i, o| {
                o.fill(T::of(0.0));
                o[first..first + x.cols].copy_from_slice(&values[i * x.cols..][..x.cols]);
            });
        })
    }

    /// The columns of `a`, then those of `b`.
    pub fn concat(&self, a: Var, b: Var) -> Var {
        assert_eq!(a.rows, b.rows, "matrices side by side need the same number of rows");
        let (left, right) = (self.value(a), self.value(b));
        let cols = a.cols + b.cols;
        self.push(Op::Concat(a, b), a.rows, cols, |out| {
            sweep::by_row(out, cols, |i, o| {
                o[..a.cols].copy_from_slice(&left[i * a.cols..][..a.cols]);
                o[a.cols..].copy_from_slice(&right[i * b.cols..][..b.cols]);
            });
        })
    }

    /// The transpose. A product with a transposed factor is cheaper by [`Tape::product`].
    pub fn transpose(&self, x: Var) -> Var {
        let values = self.value(x);
        self.push(Op::Transpose(x), x.cols, x.rows, |out| {
            sweep::transpose(&values, x.cols, out);
        })
    }

    /// The same values in row-major order as a `rows x cols` matrix; nothing is copied.
    pub fn reshape(&self, x: Var, rows: usize, cols: usize) -> Var {
        assert_eq!(rows * cols, x.rows * x.cols, "a reshape keeps the number of elements");
        let values: Arc<Vec<T>> = self.value(x);
        self.append(Op::Reshape(x), rows, cols, values)
    }

    /// The value of `x` as a constant: gradients do not pass.
    pub fn stop_gradient(&self, x: Var) -> Var {
        let values = self.value(x);
        self.append(Op::Leaf, x.rows, x.cols, values)
    }

    /// Largest element of each row (`n x 1`), as a constant.
    pub fn max_cols(&self, x: Var) -> Var {
        let values = self.value(x);
        self.push(Op::Leaf, x.rows, 1, |out| {
            for (o, row) in out.iter_mut().zip(values.chunks_exact(x.cols)) {
                *o = row.iter().fold(row[0], |m, &v| if v > m { v } else { m });
            }
        })
    }

    /// Softmax of each row.
    pub fn softmax(&self, x: Var) -> Var {
        let largest = self.repeat_col(self.max_cols(x), x.cols);
        let e = self.exp(self.sub(x, largest));
        self.mul(e, self.repeat_col(self.recip(self.sum_cols(e)), x.cols))
    }

    fn map(&self, op: Op<T>, x: Var, f: impl Fn(T) -> T + Copy + Send + Sync) -> Var {
        let values = self.value(x);
        self.push(op, x.rows, x.cols, |out| sweep::map(&values, out, f))
    }

    fn zip(&self, op: Op<T>, a: Var, b: Var, f: impl Fn(T, T) -> T + Copy + Send + Sync) -> Var {
        same_shape(a, b);
        let (left, right) = (self.value(a), self.value(b));
        self.push(op, a.rows, a.cols, |out| sweep::zip(&left, &right, out, f))
    }
}

fn same_shape(a: Var, b: Var) {
    assert_eq!((a.rows, a.cols), (b.rows, b.cols), "an elementwise operation needs equal shapes");
}
