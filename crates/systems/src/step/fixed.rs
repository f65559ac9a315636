//! Steps of one length.

use super::stage;
use crate::equations::Law;
use crate::expr::{Binary, Graph, Id};
use thalweg_solve::RK4;

/// `steps` steps of the classical method of order 4, each of length `h`. Inputs are the state and the time, outputs both
/// after each step.
pub(crate) fn march(law: &Law, h: f64, steps: usize) -> (Graph, Vec<Id>) {
    let (mut graph, width) = (Graph::default(), law.width());
    let mut y: Vec<Id> = (0..width).map(|k| graph.input(k)).collect();
    let mut t = graph.input(width);
    let length = graph.number(h);
    let mut outputs = Vec::with_capacity(steps * (width + 1));
    for _ in 0..steps {
        let mut stages = Vec::with_capacity(RK4.b.len());
        for (node, row) in RK4.c.iter().zip(RK4.a) {
            stages.push(stage(&mut graph, law, (t, length), &y, *node, row, &stages));
        }
        // Weights times the length are numbers: what a step adds comes straight to the state.
        for (i, state) in y.iter_mut().enumerate() {
            for (weight, slopes) in RK4.b.iter().zip(&stages) {
                let weight = graph.number(h * weight);
                let change = graph.binary(Binary::Mul, weight, slopes[i]);
                *state = graph.binary(Binary::Add, *state, change);
            }
        }
        t = graph.binary(Binary::Add, t, length);
        outputs.extend(&y);
        outputs.push(t);
    }
    (graph, outputs)
}
