//! A tape of matrix operations whose gradients are again operations on the tape, so that derivatives nest.
//!
//! Every value is a matrix (a scalar is `1 x 1`, a row vector `1 x c`). An operation computes at once and leaves
//! a node behind; [`Tape::grad`] and [`Tape::jvp`] walk the nodes and write the derivative in the same
//! operations. [`Tape::reset`] forgets the nodes and keeps their buffers for the next step.
//!
//! A [`Var`] is meant for the tape that made it. Shapes that do not fit are a mistake of the caller's program
//! and panic; data never does.

mod activation;
mod backward;
mod check;
mod cotangents;
mod exec;
mod forward;
mod loss;
mod net;
mod ops;
mod pool;
mod scalar;
mod shards;
mod slopes;
mod sweep;

pub use exec::TapeExec;
pub use loss::{batch_loss, value_and_grad};
pub use net::{net_forward, net_params};
pub use ops::Side;
pub use scalar::Scalar;

use crate::Activation;
use pool::Pool;
use std::cell::RefCell;
use std::sync::Arc;

/// A matrix on a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var {
    id: usize,
    rows: usize,
    cols: usize,
}

impl Var {
    /// Number of rows.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(self) -> usize {
        self.cols
    }
}

/// Elementwise functions that are not activations.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unary {
    Exp,
    Ln,
    Sqrt,
    Recip,
    Square,
    Sin,
    Cos,
    Tanh,
}

/// How a node was computed.
#[derive(Clone, Copy, Debug)]
enum Op<T> {
    /// Data, or a value that gradients do not pass.
    Leaf,
    Add(Var, Var),
    Sub(Var, Var),
    Mul(Var, Var),
    Scale(Var, T),
    Shift(Var),
    Apply(Unary, Var),
    /// `f^(order)(x)`, times the second variable if there is one.
    Act {
        f: Activation,
        order: u8,
        x: Var,
        times: Option<Var>,
    },
    /// `op(a) op(b)` plus a row, each factor transposed if its flag is set.
    Product {
        a: Var,
        b: Var,
        ta: bool,
        tb: bool,
        bias: Option<Var>,
    },
    AddRow(Var, Var),
    SumRows(Var),
    SumCols(Var),
    SumAll(Var),
    RepeatRow(Var),
    RepeatCol(Var),
    Fill(Var),
    Slice(Var, usize),
    Pad(Var, usize),
    Concat(Var, Var),
    Transpose(Var),
    Reshape(Var),
}

impl<T> Op<T> {
    /// The variables that the node was computed from.
    fn parents(&self) -> [Option<Var>; 3] {
        match *self {
            Op::Leaf => [None; 3],
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::AddRow(a, b) | Op::Concat(a, b) => {
                [Some(a), Some(b), None]
            }
            Op::Act { x, times, .. } => [Some(x), times, None],
            Op::Product { a, b, bias, .. } => [Some(a), Some(b), bias],
            Op::Scale(a, _)
            | Op::Shift(a)
            | Op::Apply(_, a)
            | Op::SumRows(a)
            | Op::SumCols(a)
            | Op::SumAll(a)
            | Op::RepeatRow(a)
            | Op::RepeatCol(a)
            | Op::Fill(a)
            | Op::Slice(a, _)
            | Op::Pad(a, _)
            | Op::Transpose(a)
            | Op::Reshape(a) => [Some(a), None, None],
        }
    }
}

struct Node<T> {
    op: Op<T>,
    rows: usize,
    cols: usize,
    value: Arc<Vec<T>>,
}

/// A record of matrix operations, to be differentiated to any order.
pub struct Tape<T: Scalar> {
    nodes: RefCell<Vec<Node<T>>>,
    pool: RefCell<Pool<T>>,
}

impl<T: Scalar> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self { nodes: RefCell::new(Vec::new()), pool: RefCell::new(Pool::new()) }
    }

    /// A `rows x cols` matrix with these values, row-major.
    pub fn leaf(&self, rows: usize, cols: usize, values: &[T]) -> Var {
        assert_eq!(values.len(), rows * cols, "a leaf of {rows} x {cols} needs as many values");
        self.push(Op::Leaf, rows, cols, |out| out.copy_from_slice(values))
    }

    /// A `rows x cols` matrix of `value`.
    pub fn constant(&self, rows: usize, cols: usize, value: T) -> Var {
        self.push(Op::Leaf, rows, cols, |out| out.fill(value))
    }

    /// The values of `x`, row-major.
    pub fn value(&self, x: Var) -> Arc<Vec<T>> {
        Arc::clone(&self.nodes.borrow()[x.id].value)
    }

    /// The value of a `1 x 1` variable.
    pub fn scalar(&self, x: Var) -> T {
        assert_eq!((x.rows, x.cols), (1, 1), "only a 1 x 1 variable is a scalar");
        self.nodes.borrow()[x.id].value[0]
    }

    /// Forgets every variable and keeps the buffers for those to come.
    pub fn reset(&mut self) {
        let pool = self.pool.get_mut();
        for node in self.nodes.get_mut().drain(..) {
            if let Ok(buffer) = Arc::try_unwrap(node.value) {
                pool.give(buffer);
            }
        }
        pool.trim();
    }

    fn op(&self, x: Var) -> Op<T> {
        self.nodes.borrow()[x.id].op
    }

    /// Appends a node whose value `fill` writes; the buffer it gets has arbitrary content.
    fn push(&self, op: Op<T>, rows: usize, cols: usize, fill: impl FnOnce(&mut [T])) -> Var {
        let mut buffer = self.pool.borrow_mut().take(rows * cols);
        fill(&mut buffer);
        self.append(op, rows, cols, Arc::new(buffer))
    }

    fn append(&self, op: Op<T>, rows: usize, cols: usize, value: Arc<Vec<T>>) -> Var {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { op, rows, cols, value });
        Var { id: nodes.len() - 1, rows, cols }
    }

    /// Gives the buffer of a variable that nobody will read again back to the pool.
    fn retire(&self, id: usize) {
        let value = std::mem::take(&mut self.nodes.borrow_mut()[id].value);
        if let Ok(buffer) = Arc::try_unwrap(value) {
            self.pool.borrow_mut().give(buffer);
        }
    }
}
