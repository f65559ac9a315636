//! Steps that know their error: the pair of orders 8 and 5, 3 of Dormand and Prince.

use super::{component, moved, stage, weighted};
use crate::equations::Law;
use crate::expr::{Binary, Function, Graph, Id};
use thalweg_solve::{DOP853, Dense as Interpolant, Estimate};

/// Stages of a step. The tableau has one more, the rate at its end, which weighs nothing in it.
pub(crate) const STAGES: usize = 12;

/// Weights of the estimates of orders 5 and 3.
const ERRORS: [&[f64]; 2] = match DOP853.error {
    Estimate::Two(e5, e3) => [e5, e3],
    _ => panic!("the tableau has two estimates"),
};

/// Coefficients and nodes of the stages that the interpolant takes more, and its weights.
const INTERPOLANT: (&[&[f64]], &[f64], &[&[f64]]) = match DOP853.dense {
    Interpolant::Nested { a, c, d } => (a, c, d),
    _ => panic!("the tableau has an interpolant of its own"),
};

/// A step as a graph. Inputs are the state (`width`), the time and the length of the step.
pub(crate) struct Pair {
    pub graph: Graph,
    /// The state at the end.
    pub next: Vec<Id>,
    /// The error in units of the tolerance: the root mean square over states.
    pub error: Id,
    /// Rates at the stages that the interpolant needs.
    pub stages: Vec<Id>,
}

/// Stages of which the interpolant makes use.
const USED: [usize; 8] = [0, 5, 6, 7, 8, 9, 10, 11];

impl Pair {
    /// A step of `law` under a relative and absolute `tolerance`.
    pub fn new(law: &Law, tolerance: f64) -> Self {
        let (mut graph, width) = (Graph::default(), law.width());
        let y: Vec<Id> = (0..width).map(|k| graph.input(k)).collect();
        let (t, h) = (graph.input(width), graph.input(width + 1));
        let mut stages = Vec::with_capacity(STAGES);
        for (node, row) in DOP853.c.iter().zip(DOP853.a).take(STAGES) {
            stages.push(stage(&mut graph, law, (t, h), &y, *node, row, &stages));
        }
        let next = moved(&mut graph, &y, h, DOP853.b, &stages);
        let error = error(&mut graph, &y, &next, h, &stages, tolerance);
        let stages = USED.iter().flat_map(|k| stages[*k].clone()).collect();
        Self { graph, next, error, stages }
    }

    /// Outputs of a step: the state at its end, the error, and `more`.
    pub fn outputs(&self, more: &[Id]) -> Vec<Id> {
        let parts = [&self.next, std::slice::from_ref(&self.error), more];
        parts.concat()
    }
}

/// `h s5 / sqrt((s5 + s3 / 100) width)` with the sums of squares of both estimates (Hairer's program).
fn error(graph: &mut Graph, y: &[Id], next: &[Id], h: Id, stages: &[Vec<Id>], tolerance: f64) -> Id {
    let (tolerance, mut fifth, mut third) = (graph.number(tolerance), graph.number(0.0), graph.number(0.0));
    for i in 0..y.len() {
        let (a, b) = (graph.call(Function::Abs, y[i]), graph.call(Function::Abs, next[i]));
        let size = graph.binary(Binary::Greatest, a, b);
        let relative = graph.binary(Binary::Mul, tolerance, size);
        let scale = graph.binary(Binary::Add, tolerance, relative);
        let one = graph.number(1.0);
        let inverse = graph.binary(Binary::Div, one, scale);
        for (weights, sum) in ERRORS.into_iter().zip([&mut fifth, &mut third]) {
            let estimate = weighted(graph, weights, &component(stages, i));
            let ratio = graph.binary(Binary::Mul, estimate, inverse);
            let square = graph.binary(Binary::Mul, ratio, ratio);
            *sum = graph.binary(Binary::Add, *sum, square);
        }
    }
    // Two zeros have the ratio zero.
    let (share, width, least) = (graph.number(0.01), graph.number(y.len() as f64), graph.number(1e-300));
    let third = graph.binary(Binary::Mul, share, third);
    let both = graph.binary(Binary::Add, fifth, third);
    let mean = graph.binary(Binary::Mul, both, width);
    let mean = graph.binary(Binary::Add, mean, least);
    let root = graph.call(Function::Sqrt, mean);
    let ratio = graph.binary(Binary::Div, fifth, root);
    let length = graph.call(Function::Abs, h);
    graph.binary(Binary::Mul, length, ratio)
}

/// The interpolant of a step. Inputs are those of the step and after them its outputs with the stages; outputs the seven
/// coefficients of each state, state by state, as [`Dense::at`] takes them.
pub(crate) struct Dense {
    pub graph: Graph,
    pub coefficients: Vec<Id>,
    pub inputs: usize,
}

impl Dense {
    /// Coefficients of a state.
    pub const COUNT: usize = 7;

    pub fn new(law: &Law) -> Self {
        let (mut graph, width) = (Graph::default(), law.width());
        let mut inputs = 0;
        let mut take = |graph: &mut Graph, count: usize| -> Vec<Id> {
            inputs += count;
            (inputs - count..inputs).map(|k| graph.input(k)).collect()
        };
        let (y, time, next) = (take(&mut graph, width), take(&mut graph, 2), take(&mut graph, width));
        take(&mut graph, 1);
        let (t, h) = (time[0], time[1]);
        // Coefficients of the stages that are not given are zero.
        let mut stages = vec![vec![graph.number(0.0); width]; STAGES];
        for k in USED {
            stages[k] = take(&mut graph, width);
        }
        let end = graph.binary(Binary::Add, t, h);
        stages.push(law.at(&mut graph, end, &next));
        let (a, c, d) = INTERPOLANT;
        for (node, row) in c.iter().zip(a) {
            stages.push(stage(&mut graph, law, (t, h), &y, *node, row, &stages));
        }
        let mut coefficients = Vec::with_capacity(width * Self::COUNT);
        for i in 0..width {
            let slopes = component(&stages, i);
            let change = graph.binary(Binary::Sub, next[i], y[i]);
            let first = graph.binary(Binary::Mul, h, slopes[0]);
            let last = graph.binary(Binary::Mul, h, slopes[STAGES]);
            let bend = graph.binary(Binary::Sub, first, change);
            let other = graph.binary(Binary::Sub, change, last);
            coefficients.extend([change, bend, graph.binary(Binary::Sub, other, bend)]);
            for weights in d {
                let sum = weighted(&mut graph, weights, &slopes);
                coefficients.push(graph.binary(Binary::Mul, h, sum));
            }
        }
        Self { graph, coefficients, inputs }
    }

    /// The change of a state from the start of the step to its fraction `theta`.
    pub fn at(coefficients: [f64; Self::COUNT], theta: f64) -> f64 {
        let [a, b, c, d, e, f, g] = coefficients;
        let rest = 1.0 - theta;
        theta * (a + rest * (b + theta * (c + rest * (d + theta * (e + rest * (f + theta * g))))))
    }
}
