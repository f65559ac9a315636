//! Whole steps of Runge-Kutta methods as graphs: the law is put into every stage, so that a step is one straight piece of
//! arithmetic and a machine need not be told what to do once a stage or once an operation.

mod fixed;
mod noisy;
mod pair;
mod soon;
pub(crate) mod tangents;

pub(crate) use fixed::march;
pub use noisy::NoisyScheme;
pub(crate) use noisy::NoisyStep;
pub(crate) use pair::{Dense, Pair, STAGES};
pub(crate) use tangents::Tangents;

use crate::equations::Law;
use crate::expr::{Binary, Graph, Id};

/// `sum_k weights[k] values[k]`, the latest value last: what it takes longest to know is needed last.
fn weighted(graph: &mut Graph, weights: &[f64], values: &[Id]) -> Id {
    let mut sum = graph.number(0.0);
    for (weight, value) in weights.iter().zip(values).filter(|(weight, _)| **weight != 0.0) {
        let weight = graph.number(*weight);
        let term = graph.binary(Binary::Mul, weight, *value);
        sum = graph.binary(Binary::Add, sum, term);
    }
    sum
}

/// Component `i` of every stage.
fn component(stages: &[Vec<Id>], i: usize) -> Vec<Id> {
    stages.iter().map(|stage| stage[i]).collect()
}

/// The states `y + h sum_k weights[k] stages[k]`.
fn moved(graph: &mut Graph, y: &[Id], h: Id, weights: &[f64], stages: &[Vec<Id>]) -> Vec<Id> {
    let single = (weights.iter().filter(|weight| **weight != 0.0).count() == 1).then(|| {
        let weight = graph.number(weights.iter().sum());
        graph.binary(Binary::Mul, h, weight)
    });
    let states = 0..y.len();
    let state = |i: usize| {
        let slopes = component(stages, i);
        let change = match single {
            // One stage comes straight to the state: half the way through the machine.
            Some(length) => {
                let last = weights.iter().rposition(|weight| *weight != 0.0).unwrap_or(0);
                graph.binary(Binary::Mul, length, slopes[last])
            }
            None => {
                let slope = weighted(graph, weights, &slopes);
                graph.binary(Binary::Mul, h, slope)
            }
        };
        graph.binary(Binary::Add, y[i], change)
    };
    states.map(state).collect()
}

/// The next stage, at the fraction `node` of a step, with coefficients for those before it.
fn stage(
    graph: &mut Graph,
    law: &Law,
    (t, h): (Id, Id),
    y: &[Id],
    node: f64,
    row: &[f64],
    before: &[Vec<Id>],
) -> Vec<Id> {
    let node = graph.number(node);
    let later = graph.binary(Binary::Mul, node, h);
    let time = graph.binary(Binary::Add, t, later);
    let point = moved(graph, y, h, row, before);
    law.at(graph, time, &point)
}
