//! Sums that are known soon: what takes longest is added last, and a factor is put where there is time for it.
//!
//! One orbit waits at every operation for the one before, so its steps take as long as the longest path through them and
//! not as long as their operations. `s + c (x w - y)` is three operations after `w`, `(s - c y) + (c x) w` is one.

use crate::expr::{Binary, Function, Graph, Id, Node};

/// How many sums within sums are taken apart: each costs a multiplication.
const LEVELS: usize = 3;

/// When values are known, in cycles after the inputs.
#[derive(Default)]
pub(super) struct Clock {
    known: Vec<u32>,
}

impl Clock {
    fn of(&mut self, graph: &Graph, id: Id) -> u32 {
        for k in self.known.len()..=id.index() {
            let at = self.after_parts(graph, Id(k as u32));
            self.known.push(at);
        }
        self.known[id.index()]
    }

    /// Latencies of server processors since 2015 (Fog, Instruction tables).
    fn after_parts(&self, graph: &Graph, id: Id) -> u32 {
        let at = |id: Id| self.known[id.index()];
        match graph.node(id) {
            Node::Number(_) | Node::Input(_) => 0,
            Node::Minus(a) => at(a) + 1,
            Node::Call(Function::Abs, a) => at(a) + 1,
            Node::Call(Function::Floor, a) => at(a) + 8,
            Node::Call(Function::Sqrt, a) => at(a) + 18,
            Node::Call(_, a) => at(a) + 60,
            Node::Whole { base, part, .. } => at(base).max(at(part)) + 4,
            Node::Binary(op, a, b) => match op {
                Binary::Mul | Binary::Least | Binary::Greatest => at(a).max(at(b)) + 4,
                Binary::Div => at(a).max(at(b)) + 14,
                Binary::Modulo | Binary::Power => at(a).max(at(b)) + 80,
                Binary::Add | Binary::Sub => {
                    // A product becomes a part of the sum.
                    let (first, second) = (factors(graph, a), factors(graph, b));
                    match first.xor(second).or(second) {
                        Some((p, q)) => at(p).max(at(q)).max(at(if second.is_some() { a } else { b })) + 4,
                        None => at(a).max(at(b)) + 3,
                    }
                }
            },
        }
    }
}

/// Both factors of a product.
fn factors(graph: &Graph, id: Id) -> Option<(Id, Id)> {
    match graph.node(id) {
        Node::Binary(Binary::Mul, a, b) => Some((a, b)),
        Node::Whole { exponent, part, .. } if exponent.is_multiple_of(2) => Some((part, part)),
        Node::Whole { base, part, .. } => Some((base, part)),
        _ => None,
    }
}

/// `sum + factor value`.
pub(super) fn added(graph: &mut Graph, clock: &mut Clock, sum: Id, factor: f64, value: Id) -> Id {
    within(graph, clock, sum, factor, value, LEVELS)
}

fn within(graph: &mut Graph, clock: &mut Clock, sum: Id, factor: f64, value: Id, levels: usize) -> Id {
    let (factor, value) = gathered(graph, factor, value);
    let plain = put(graph, sum, factor, value);
    if levels == 0 {
        return plain;
    }
    let ways = match graph.node(value) {
        Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
            let second = if op == Binary::Sub { -factor } else { factor };
            [((factor, a), (second, b)), ((second, b), (factor, a))].map(|(early, late)| {
                let (weight, early) = gathered(graph, early.0, early.1);
                let sum = put(graph, sum, weight, early);
                within(graph, clock, sum, late.0, late.1, levels - 1)
            })
        }
        Node::Binary(Binary::Mul, a, b) => [(a, b), (b, a)].map(|(early, late)| {
            let size = graph.number(factor.abs());
            let scaled = graph.binary(Binary::Mul, size, early);
            let term = graph.binary(Binary::Mul, scaled, late);
            graph.binary(sign(factor), sum, term)
        }),
        _ => return plain,
    };
    ways.into_iter().fold(plain, |best, way| if clock.of(graph, way) < clock.of(graph, best) { way } else { best })
}

/// A factor with the numbers that multiply the value.
fn gathered(graph: &Graph, mut factor: f64, mut value: Id) -> (f64, Id) {
    loop {
        let (number, rest) = match graph.node(value) {
            Node::Minus(a) => (-1.0, a),
            Node::Binary(Binary::Mul, a, b) => match (graph.value(a), graph.value(b)) {
                (Some(number), _) => (number, b),
                (_, Some(number)) => (number, a),
                _ => return (factor, value),
            },
            _ => return (factor, value),
        };
        if !(factor * number).is_normal() {
            return (factor, value);
        }
        (factor, value) = (factor * number, rest);
    }
}

fn sign(factor: f64) -> Binary {
    if factor < 0.0 { Binary::Sub } else { Binary::Add }
}

/// `sum + factor value` as it stands.
fn put(graph: &mut Graph, sum: Id, factor: f64, value: Id) -> Id {
    let size = graph.number(factor.abs());
    let term = graph.binary(Binary::Mul, size, value);
    graph.binary(sign(factor), sum, term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_takes_the_shortest_path() {
        // The rate of y of Lorenz' equations: one multiply-add after w in place of three operations.
        let mut graph = Graph::default();
        let [s, x, y, z] = [0, 1, 2, 3].map(|k| graph.input(k));
        let number = graph.number(28.0);
        let w = graph.binary(Binary::Sub, number, z);
        let product = graph.binary(Binary::Mul, x, w);
        let rate = graph.binary(Binary::Sub, product, y);
        let mut clock = Clock::default();
        let plain = put(&mut graph, s, 0.5, rate);
        let soon = added(&mut graph, &mut clock, s, 0.5, rate);
        assert_eq!((clock.of(&graph, plain), clock.of(&graph, soon)), (11, 8));
        // Numbers in a product become one.
        let ten = graph.number(10.0);
        let scaled = graph.binary(Binary::Mul, ten, product);
        let minus = graph.minus(scaled);
        assert_eq!(gathered(&graph, -0.5, minus), (5.0, product));
    }
}
