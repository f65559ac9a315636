//! From trees to the graph: names get their values.

use super::ast::{Ast, Extreme, Link, Statement};
use super::{Binary, Fault, Function, Graph, Id};
use crate::names::nearest;
use std::collections::HashMap;

/// Most visits of parts of a tree, where every term of a sum counts: bounds the time.
const MOST_VISITS: usize = 200_000;
/// Most nodes of the graph of a law, without its derivatives.
const MOST_NODES: usize = 20_000;

/// What names mean before any `let`.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: HashMap<String, Id>,
    /// Names of states and their delayed values, which no `let` may hide.
    fixed: Vec<String>,
}

impl Names {
    /// A name that `let` may hide: a parameter, `pi`, the time.
    pub fn soft(&mut self, name: &str, id: Id) {
        self.known.insert(name.to_owned(), id);
    }

    /// A name that `let` may not hide: a state.
    pub fn firm(&mut self, name: &str, id: Id) {
        self.known.insert(name.to_owned(), id);
        self.fixed.push(name.to_owned());
    }
}

/// The values of the statements that are no `let`, in order.
pub(crate) fn lower(statements: &[Statement], names: Names, graph: &mut Graph) -> Result<Vec<Id>, Fault> {
    let mut lowering = Lowering { graph, names, indices: Vec::new(), visits: 0 };
    let mut values = Vec::new();
    for statement in statements {
        let value = lowering.value(&statement.value).map_err(|problem| problem.at(statement))?;
        match &statement.bind {
            None => values.push(value),
            Some((name, at)) if lowering.names.fixed.contains(name) => {
                return Err(Fault::new(
                    at.clone(),
                    format!("The name {name} is that of a state and cannot be given to a let."),
                ));
            }
            Some((name, _)) => lowering.names.soft(name, value),
        }
    }
    Ok(values)
}

/// A fault with its place, or one that the whole statement has.
enum Problem {
    Placed(Fault),
    TooLarge,
}

impl Problem {
    fn at(self, statement: &Statement) -> Fault {
        match self {
            Self::Placed(fault) => fault,
            Self::TooLarge => Fault::new(
                statement.at.clone(),
                format!(
                    "The equations up to here have more than {MOST_NODES} operations or {MOST_VISITS} terms, which is too many."
                ),
            ),
        }
    }
}

struct Lowering<'a> {
    graph: &'a mut Graph,
    names: Names,
    /// Variables of the sums around, with their present values; the innermost last.
    indices: Vec<(String, i64)>,
    visits: usize,
}

impl Lowering<'_> {
    fn value(&mut self, ast: &Ast) -> Result<Id, Problem> {
        self.visits += 1;
        if self.visits > MOST_VISITS || self.graph.len() > MOST_NODES {
            return Err(Problem::TooLarge);
        }
        match ast {
            Ast::Number(value) => Ok(self.graph.number(*value)),
            Ast::Name { name, shift, at } => self.named(name, *shift, at),
            Ast::Minus(inner) => {
                let inner = self.value(inner)?;
                Ok(self.graph.minus(inner))
            }
            Ast::Chain(members) => self.chain(members),
            Ast::Power(base, exponent) => {
                let (base, exponent) = (self.value(base)?, self.value(exponent)?);
                Ok(self.graph.binary(Binary::Power, base, exponent))
            }
            Ast::Call(function, argument) => {
                let argument = self.value(argument)?;
                Ok(self.graph.call(*function, argument))
            }
            Ast::Extreme(which, arguments) => self.extreme(*which, arguments),
            Ast::Sum { variable, from, to, body, at } => {
                if self.names.fixed.contains(variable) {
                    let text = format!("The name {variable} is that of a state and cannot be the variable of a sum.");
                    return Err(Problem::Placed(Fault::new(at.clone(), text)));
                }
                self.sum(variable, *from, *to, body)
            }
        }
    }

    fn chain(&mut self, members: &[(Link, Ast)]) -> Result<Id, Problem> {
        let mut total = None;
        for (link, member) in members {
            let value = self.value(member)?;
            total = Some(match (total, link) {
                (None, _) => value,
                (Some(so_far), link) => {
                    let op = match link {
                        Link::Plus => Binary::Add,
                        Link::Minus => Binary::Sub,
                        Link::Times => Binary::Mul,
                        Link::Over => Binary::Div,
                        Link::Modulo => Binary::Modulo,
                    };
                    self.graph.binary(op, so_far, value)
                }
            });
        }
        Ok(total.unwrap_or_else(|| self.graph.number(0.0)))
    }

    fn extreme(&mut self, which: Extreme, arguments: &[Ast]) -> Result<Id, Problem> {
        let op = match which {
            Extreme::Least => Binary::Least,
            Extreme::Greatest => Binary::Greatest,
        };
        let mut best = self.value(&arguments[0])?;
        for argument in &arguments[1..] {
            let value = self.value(argument)?;
            best = self.graph.binary(op, best, value);
        }
        Ok(best)
    }

    fn sum(&mut self, variable: &str, from: i64, to: i64, body: &Ast) -> Result<Id, Problem> {
        let mut total = self.graph.number(0.0);
        for index in from..=to {
            self.indices.push((variable.to_owned(), index));
            let term = self.value(body);
            self.indices.pop();
            total = self.graph.binary(Binary::Add, total, term?);
        }
        Ok(total)
    }

    fn index(&self, variable: &str) -> Option<i64> {
        self.indices.iter().rev().find(|(name, _)| name == variable).map(|(_, value)| *value)
    }

    /// The value of a name: the variable of a sum, a name with such a variable as its last index, or a known name.
    fn named(&mut self, name: &str, shift: Option<i64>, at: &std::ops::Range<usize>) -> Result<Id, Problem> {
        if let (Some(index), None) = (self.index(name), shift) {
            return Ok(self.graph.number(index as f64));
        }
        let indexed = name.rsplit_once('_').and_then(|(stem, last)| self.index(last).map(|k| (stem, k)));
        let full = match (indexed, shift) {
            (Some((stem, index)), shift) => format!("{stem}_{}", index + shift.unwrap_or(0)),
            (None, None) => name.to_owned(),
            (None, Some(_)) => {
                return Err(Problem::Placed(Fault::new(
                    at.clone(),
                    "This index is not the variable of a sum around it.",
                )));
            }
        };
        self.names.known.get(&full).copied().ok_or_else(|| Problem::Placed(self.unknown(&full, at)))
    }

    fn unknown(&self, name: &str, at: &std::ops::Range<usize>) -> Fault {
        let mut known: Vec<&str> = self.names.known.keys().map(String::as_str).collect();
        known.sort_unstable();
        Fault::new(at.clone(), format!("{name} is neither a state nor a parameter nor a let before it."))
            .advise(format!("The nearest names are {}.", nearest(name, known, 3).join(", ")))
    }
}

/// Names that have a meaning of their own and can be neither states nor parameters.
pub(crate) const RESERVED: [&str; 4] = ["let", "sum", "pi", "t"];

/// Whether a word can be the name of a state or a parameter.
pub(crate) fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !RESERVED.contains(&word)
        && !super::function::FUNCTIONS.iter().any(|(name, _): &(&str, Function)| *name == word)
}
