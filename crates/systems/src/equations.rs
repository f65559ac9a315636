//! The equations of a system with its parameters put in, ready to be differentiated and compiled.

use crate::expr::{Binary, Graph, Id, Names, lower, parse};
use crate::{Kind, Record};
use thalweg_core::{Error, Result};

/// Right-hand sides as values of a graph.
///
/// Inputs are the states, the time, and for a delay equation the delayed states.
#[derive(Clone, Debug)]
pub(crate) struct Equations {
    pub graph: Graph,
    pub rates: Vec<Id>,
    pub dim: usize,
    pub inputs: usize,
}

impl Equations {
    /// Reads those of `record`, with these values of its parameters.
    pub fn new(record: &Record, values: &[f64]) -> Result<Self> {
        let dim = record.states.len();
        let refuse =
            |fault: crate::expr::Fault| fault.refuse(&format!("The equations of {}", record.name), &record.equations);
        let statements = parse(&record.equations).map_err(refuse)?;
        let (mut graph, mut names) = (Graph::default(), Names::default());
        let pi = graph.number(std::f64::consts::PI);
        names.soft("pi", pi);
        for (k, state) in record.states.iter().enumerate() {
            let id = graph.input(k);
            names.firm(state, id);
        }
        let time = graph.input(dim);
        names.soft("t", time);
        if record.kind == Kind::Delay {
            for (k, state) in record.states.iter().enumerate() {
                let id = graph.input(dim + 1 + k);
                names.firm(&format!("{state}d"), id);
            }
        }
        for ((name, _), value) in record.parameters.iter().zip(values) {
            let id = graph.number(*value);
            names.soft(name, id);
        }
        let rates = lower(&statements, names, &mut graph).map_err(refuse)?;
        if rates.len() != dim {
            return Err(Error::input(format!(
                "The system {} has {} equations for {dim} states, but needs one a state, in their order.",
                record.name,
                rates.len()
            )));
        }
        let inputs = if record.kind == Kind::Delay { 2 * dim + 1 } else { dim + 1 };
        Ok(Self { graph, rates, dim, inputs })
    }

    /// The derivatives of the rates by input `input`.
    fn column(&mut self, input: usize) -> Vec<Id> {
        let rates = self.rates.clone();
        self.graph.derivatives(&rates, input)
    }

    /// Whether the rates depend on the time itself.
    pub fn depends_on_time(&self) -> bool {
        self.graph.needs(&self.rates, self.dim)
    }

    /// The Jacobian by the states, column by column.
    pub fn jacobian(&mut self) -> Vec<Vec<Id>> {
        self.columns(0..self.dim)
    }

    /// The divergence: the trace of `jacobian`.
    pub fn divergence(&mut self, jacobian: &[Vec<Id>]) -> Id {
        let zero = self.graph.number(0.0);
        (0..self.dim).fold(zero, |sum, k| self.graph.binary(Binary::Add, sum, jacobian[k][k]))
    }

    /// `sum_k columns[k] vector[k]`: how a tangent changes.
    pub fn along(&mut self, columns: &[Vec<Id>], vector: &[Id]) -> Vec<Id> {
        let zero = self.graph.number(0.0);
        let mut total = vec![zero; self.dim];
        for (column, component) in columns.iter().zip(vector) {
            for (sum, entry) in total.iter_mut().zip(column) {
                let term = self.graph.binary(Binary::Mul, *entry, *component);
                *sum = self.graph.binary(Binary::Add, *sum, term);
            }
        }
        total
    }

    /// The derivatives of the rates by these inputs.
    pub fn columns(&mut self, inputs: std::ops::Range<usize>) -> Vec<Vec<Id>> {
        inputs.map(|k| self.column(k)).collect()
    }

    /// The sums of `a` and `b`, one by one.
    pub fn add(&mut self, a: &[Id], b: &[Id]) -> Vec<Id> {
        a.iter().zip(b).map(|(a, b)| self.graph.binary(Binary::Add, *a, *b)).collect()
    }

    /// The same equations with input `k` at `place(k)`.
    pub fn moved(&self, place: impl Fn(usize) -> usize) -> Self {
        Self { graph: self.graph.moved(place), ..self.clone() }
    }

    /// The rates alone, as a law of motion.
    pub fn law(&self) -> Law {
        Law { graph: self.graph.clone(), rates: self.rates.clone(), time: self.dim }
    }

    /// A flow with `tangents` small differences `v_k` that it carries along, `dv_k/dt = J(t, x) v_k`, and the time integral
    /// of its divergence: a state is `x, v_1, ..., v_k`, integral.
    pub fn variational(mut self, tangents: usize) -> Law {
        let columns = self.jacobian();
        let (d, mut rates) = (self.dim, self.rates.clone());
        for k in 0..tangents {
            let vector: Vec<_> = (0..d).map(|j| self.graph.input(self.inputs + k * d + j)).collect();
            rates.extend(self.along(&columns, &vector));
        }
        rates.push(self.divergence(&columns));
        Law { graph: self.graph, rates, time: d }
    }
}

/// Rates of change as values of a graph, one a state. Inputs are the states in their order, with the time among them.
#[derive(Clone, Debug)]
pub(crate) struct Law {
    pub graph: Graph,
    pub rates: Vec<Id>,
    /// Which input is the time.
    pub time: usize,
}

impl Law {
    /// Number of states.
    pub fn width(&self) -> usize {
        self.rates.len()
    }

    /// The rates at time `t` and state `y`, in `graph`.
    pub fn at(&self, graph: &mut Graph, t: Id, y: &[Id]) -> Vec<Id> {
        let state = |k: usize| match k.cmp(&self.time) {
            std::cmp::Ordering::Less => y[k],
            std::cmp::Ordering::Equal => t,
            std::cmp::Ordering::Greater => y[k - 1],
        };
        graph.graft(&self.graph, &self.rates, state)
    }
}
