//! Steps of one length.

use super::soon::{Clock, added};
use crate::equations::Law;
use crate::expr::{Binary, Graph, Id};

/// `steps` steps of the classical method of order 4, each of length `h`. Inputs are the state and how many steps were made
/// before, outputs the states after each step.
///
/// How a step rounds does not depend on how many are made at once: every step is a copy of one.
pub(crate) fn march(law: &Law, h: f64, steps: usize) -> (Graph, Vec<Id>) {
    let width = law.width();
    let (step, next) = one(law, h);
    let mut graph = Graph::default();
    let mut y: Vec<Id> = (0..width).map(|k| graph.input(k)).collect();
    let before = graph.input(width);
    let mut outputs = Vec::with_capacity(steps * width);
    for k in 0..steps {
        let number = graph.number(k as f64);
        let count = graph.binary(Binary::Add, before, number);
        y = graph.graft(&step, &next, |input| y.get(input).copied().unwrap_or(count));
        outputs.extend(&y);
    }
    (graph, outputs)
}

/// A step. Of its rates only the last are needed: the sum over the others is one over the points `p` at which the law is
/// evaluated, `y + (p_2 + 2 p_3 + p_4 - 4 y) / 3 + h k_4 / 6`. The sum of differences
/// is zero where nothing moves, and [`added`] is free to build every point on the shortest path.
fn one(law: &Law, h: f64) -> (Graph, Vec<Id>) {
    let (mut graph, mut clock, width) = (Graph::default(), Clock::default(), law.width());
    let y: Vec<Id> = (0..width).map(|k| graph.input(k)).collect();
    let count = graph.input(width);
    // Counts and their halves are whole in binary: a time is rounded once, whichever step it belongs to.
    let time = |graph: &mut Graph, share: f64| {
        let (share, length) = (graph.number(share), graph.number(h));
        let steps = graph.binary(Binary::Add, count, share);
        graph.binary(Binary::Mul, length, steps)
    };
    let times = [0.0, 0.5, 0.5, 1.0].map(|share| time(&mut graph, share));
    let mut points = vec![y.clone()];
    for (time, share) in times.iter().zip([0.5, 0.5, 1.0]) {
        let rates = law.at(&mut graph, *time, &points[points.len() - 1]);
        let point = y.iter().zip(rates).map(|(y, rate)| added(&mut graph, &mut clock, *y, h * share, rate));
        points.push(point.collect());
    }
    let rates = law.at(&mut graph, times[3], &points[3]);
    let next = (0..width).map(|i| {
        let base = middle(&mut graph, [0, 1, 2, 3].map(|k| points[k][i]));
        added(&mut graph, &mut clock, base, h / 6.0, rates[i])
    });
    let next = next.collect();
    (graph, next)
}

/// `y + (a + 2 b + c - 4 y) / 3`, the last point last.
fn middle(graph: &mut Graph, [y, a, b, c]: [Id; 4]) -> Id {
    if y == a && y == b && y == c {
        return y;
    }
    let [two, four, third] = [2.0, 4.0, 1.0 / 3.0].map(|number| graph.number(number));
    let twice = graph.binary(Binary::Mul, two, b);
    let sum = graph.binary(Binary::Add, a, twice);
    let start = graph.binary(Binary::Mul, four, y);
    let sum = graph.binary(Binary::Sub, sum, start);
    let sum = graph.binary(Binary::Add, sum, c);
    let part = graph.binary(Binary::Mul, third, sum);
    graph.binary(Binary::Add, y, part)
}
