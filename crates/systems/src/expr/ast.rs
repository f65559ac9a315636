//! The tree of an expression, as it was written.

use super::Function;
use std::ops::Range;

/// How a member of a chain is joined to what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

/// Functions of several arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}

/// An expression. Sums and products are chains, so that the depth of the tree is that of the parentheses.
#[derive(Clone, Debug)]
pub(crate) enum Ast {
    Number(f64),
    Name { name: String, shift: Option<i64>, at: Range<usize> },
    Minus(Box<Ast>),
    Chain(Vec<(Link, Ast)>),
    Power(Box<Ast>, Box<Ast>),
    Call(Function, Box<Ast>),
    Extreme(Extreme, Vec<Ast>),
    Sum { variable: String, from: i64, to: i64, body: Box<Ast>, at: Range<usize> },
}

/// A statement: `let name = value`, or the value of the next derivative.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub bind: Option<(String, Range<usize>)>,
    pub value: Ast,
    pub at: Range<usize>,
}
