//! Expressions: from text to a graph of values without repeats.
//!
//! Text becomes tokens ([`lex`]), tokens a tree ([`parse`]), the tree a graph ([`lower`]) in which equal
//! subexpressions are one node ([`graph`]). Derivatives are taken on the graph ([`derive`]), so that whatever a law
//! and its Jacobian share is computed once.

mod ast;
mod derive;
mod fault;
mod function;
mod graph;
mod lex;
mod lower;
mod parse;

pub(crate) use fault::Fault;
#[cfg(target_arch = "x86_64")]
pub(crate) use function::FUNCTIONS;
pub(crate) use function::Function;
pub(crate) use graph::{Binary, Graph, Id, Node};
pub(crate) use lower::{Names, is_name, lower};
pub(crate) use parse::parse;
