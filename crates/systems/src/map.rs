//! Maps: the next state in terms of the present one.

use crate::equations::Equations;
use crate::flow::{entries, reader};
use crate::program::Program;

/// A compiled map `x -> f(x)`.
#[derive(Debug)]
pub struct Map {
    equations: Equations,
    next: Program,
    jacobian: Program,
    places: Vec<(usize, usize)>,
}

impl Map {
    pub(crate) fn new(mut equations: Equations) -> Self {
        let columns = equations.jacobian();
        let (places, entries) = entries(&equations, &columns);
        let next = Program::new(&equations.graph, equations.inputs, &equations.rates);
        let jacobian = Program::new(&equations.graph, equations.inputs, &entries);
        Self { equations, next, jacobian, places }
    }

    /// Number of states.
    pub fn dim(&self) -> usize {
        self.equations.dim
    }

    /// Writes the state after each row of `x` (`n x dim`) into `out` (`n x dim`). `t` counts the iterations before.
    pub fn next(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        self.next.run(x.len() / d, reader(d, t, x), |row, k, value| out[row * d + k] = value);
    }

    /// Writes the Jacobian `df_i/dx_j` at each row of `x` (`n x dim`) into `out` (`n x dim x dim`). Exact; at a corner
    /// (`abs`, `floor`, `%`, ...) that of one side.
    pub fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        out.fill(0.0);
        self.jacobian.run(x.len() / d, reader(d, t, x), |row, k, value| {
            let (i, j) = self.places[k];
            out[row * d * d + i * d + j] = value;
        });
    }
}
