//! Steps of flows with noise.

use super::moved;
use crate::equations::Law;
use crate::expr::{Binary, Graph, Id};

/// How a flow with noise is stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoisyScheme {
    /// Euler-Maruyama, in the sense of Itô: drift and noise at the beginning of the step. Weak order 1, strong order 1/2.
    EulerMaruyama,
    /// Stochastic Heun, in the sense of Stratonovich: the means of both ends. Weak order 2 where the noise does not depend
    /// on the state, else 1.
    Heun,
}

/// A step as a graph. Inputs are the state, the time, the length of the step, its root, and the normals of the states that
/// have noise; outputs the state at the end.
pub(crate) struct NoisyStep {
    pub graph: Graph,
    pub next: Vec<Id>,
    /// Normals that a step takes.
    pub normals: usize,
}

impl NoisyStep {
    /// A step of `law` with independent Brownian motions, whose coefficients are the rates of `size`.
    pub fn new(law: &Law, size: &Law, scheme: NoisyScheme) -> Self {
        let (mut graph, width) = (Graph::default(), law.width());
        let y: Vec<Id> = (0..width).map(|k| graph.input(k)).collect();
        let [t, h, root] = [0, 1, 2].map(|k| graph.input(width + k));
        let mut normals = 0;
        let mut draw = |graph: &mut Graph, coefficient: &Id| {
            let still = size.graph.value(*coefficient) == Some(0.0);
            normals += usize::from(!still);
            if still { graph.number(0.0) } else { graph.input(width + 2 + normals) }
        };
        let draws: Vec<Id> = size.rates.iter().map(|coefficient| draw(&mut graph, coefficient)).collect();
        let kick = |graph: &mut Graph, to: &[Id], length: Id, spread: &[Id]| -> Vec<Id> {
            let one = |k: usize| {
                let scaled = graph.binary(Binary::Mul, length, spread[k]);
                let change = graph.binary(Binary::Mul, scaled, draws[k]);
                graph.binary(Binary::Add, to[k], change)
            };
            (0..to.len()).map(one).collect()
        };
        let (drift, spread) = (law.at(&mut graph, t, &y), size.at(&mut graph, t, &y));
        let slopes = [drift];
        let there = moved(&mut graph, &y, h, &[1.0], &slopes);
        let there = kick(&mut graph, &there, root, &spread);
        let next = match scheme {
            NoisyScheme::EulerMaruyama => there,
            NoisyScheme::Heun => {
                let end = graph.binary(Binary::Add, t, h);
                let [first] = slopes;
                let last = law.at(&mut graph, end, &there);
                let after = size.at(&mut graph, end, &there);
                let half = graph.number(0.5);
                let half = graph.binary(Binary::Mul, half, root);
                let both =
                    spread.iter().zip(&after).map(|(a, b)| graph.binary(Binary::Add, *a, *b)).collect::<Vec<_>>();
                let middle = moved(&mut graph, &y, h, &[0.5, 0.5], &[first, last]);
                kick(&mut graph, &middle, half, &both)
            }
        };
        Self { graph, next, normals }
    }
}
