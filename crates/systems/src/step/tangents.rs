//! Steps of a flow with all its tangents, which are orthonormal again at the end of each.

use super::Pair;
use crate::equations::Equations;
use crate::expr::{Binary, Function, Graph, Id};
use crate::kernel::Kernel;

/// A step of `x, v_1, ..., v_d` and the integral of the divergence, which begins each step at zero.
///
/// Outputs are those of a [`Pair`] (the tangents orthonormal), and after the error the `d` lengths by which the tangents had
/// grown.
pub(crate) struct Tangents {
    pub kernel: Kernel,
    /// States of the flow.
    pub dim: usize,
}

impl Tangents {
    /// Makes it ready for `lanes` orbits side by side.
    pub fn new(equations: &Equations, tolerance: f64, lanes: usize) -> Self {
        let (graph, inputs, outputs) = tangents(equations, tolerance);
        Self { kernel: Kernel::new(&graph, inputs, &outputs, lanes), dim: equations.dim }
    }

    /// States of a lane, the integral among them.
    pub fn width(&self) -> usize {
        self.dim * (self.dim + 1) + 1
    }
}

/// The step as a graph, the number of its inputs, and its outputs.
pub(crate) fn tangents(equations: &Equations, tolerance: f64) -> (Graph, usize, Vec<Id>) {
    let dim = equations.dim;
    let law = equations.clone().variational(dim);
    let mut pair = Pair::new(&law, tolerance);
    let vectors = pair.next[dim..dim + dim * dim].chunks(dim).map(<[Id]>::to_vec).collect();
    let (vectors, lengths) = orthonormal(&mut pair.graph, vectors);
    pair.next.splice(dim..dim + dim * dim, vectors.concat());
    let outputs = pair.outputs(&lengths);
    (pair.graph, law.width() + 2, outputs)
}

/// The vectors made orthonormal in their order (modified Gram-Schmidt), and the length that each had left. One pass is
/// enough for what was orthonormal a step ago.
fn orthonormal(graph: &mut Graph, mut vectors: Vec<Vec<Id>>) -> (Vec<Vec<Id>>, Vec<Id>) {
    let mut lengths = Vec::with_capacity(vectors.len());
    for k in 0..vectors.len() {
        let square = inner(graph, &vectors[k], &vectors[k]);
        let length = graph.call(Function::Sqrt, square);
        let one = graph.number(1.0);
        let inverse = graph.binary(Binary::Div, one, length);
        let unit: Vec<Id> = vectors[k].iter().map(|v| graph.binary(Binary::Mul, *v, inverse)).collect();
        for later in &mut vectors[k + 1..] {
            let share = inner(graph, &unit, later);
            for (v, u) in later.iter_mut().zip(&unit) {
                let part = graph.binary(Binary::Mul, share, *u);
                *v = graph.binary(Binary::Sub, *v, part);
            }
        }
        vectors[k] = unit;
        lengths.push(length);
    }
    (vectors, lengths)
}

fn inner(graph: &mut Graph, a: &[Id], b: &[Id]) -> Id {
    let zero = graph.number(0.0);
    a.iter().zip(b).fold(zero, |sum, (a, b)| {
        let term = graph.binary(Binary::Mul, *a, *b);
        graph.binary(Binary::Add, sum, term)
    })
}
