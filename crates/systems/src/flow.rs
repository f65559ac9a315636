//! Flows: ordinary differential equations.

use crate::equations::Equations;
use crate::program::Program;
use thalweg_core::VectorField;

/// A compiled flow `dx/dt = f(t, x)`, a [`VectorField`] that every integrator takes.
///
/// Evaluates eight states at a time. A state's figures do not depend on the states beside it.
#[derive(Debug)]
pub struct Flow {
    equations: Equations,
    rates: Program,
    jacobian: Program,
    /// Row and column of each output of `jacobian`: the entries that are not zero everywhere.
    places: Vec<(usize, usize)>,
    divergence: Program,
}

impl Flow {
    pub(crate) fn new(mut equations: Equations) -> Self {
        let columns = equations.jacobian();
        let trace = equations.divergence(&columns);
        let (places, entries) = entries(&equations, &columns);
        let compile = |outputs: &[_]| Program::new(&equations.graph, equations.inputs, outputs);
        let (rates, jacobian, divergence) = (compile(&equations.rates), compile(&entries), compile(&[trace]));
        Self { rates, jacobian, places, divergence, equations }
    }

    /// Whether its rates depend on the time itself.
    pub fn depends_on_time(&self) -> bool {
        self.equations.depends_on_time()
    }

    /// Writes the Jacobian `df_i/dx_j` at each row of `x` (`n x dim`) into `out` (`n x dim x dim`). Exact; at a corner
    /// (`abs`, `sign`, `min`, ...) that of one side.
    pub fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        out.fill(0.0);
        self.jacobian.run(x.len() / d, reader(d, t, x), |row, k, value| {
            let (i, j) = self.places[k];
            out[row * d * d + i * d + j] = value;
        });
    }

    /// The flow together with `tangents` small differences that it carries along: a state of `dim (1 + tangents) + 1`
    /// numbers is `x`, the tangents `v_k` with `dv_k/dt = J(t, x) v_k`, and the time integral of the divergence, which
    /// is the growth of the logarithm of volumes.
    pub fn variational(&self, tangents: usize) -> Variational {
        let law = self.equations.clone().variational(tangents);
        let program = Program::new(&law.graph, self.equations.inputs + self.equations.dim * tangents, &law.rates);
        Variational { dim: self.equations.dim, tangents, program }
    }
}

/// The entries of a Jacobian that are not zero everywhere, with their places.
pub(crate) fn entries(
    equations: &Equations,
    columns: &[Vec<crate::expr::Id>],
) -> (Vec<(usize, usize)>, Vec<crate::expr::Id>) {
    let all =
        columns.iter().enumerate().flat_map(|(j, column)| column.iter().enumerate().map(move |(i, id)| ((i, j), *id)));
    all.filter(|(_, id)| equations.graph.value(*id) != Some(0.0)).unzip()
}

/// Reads states row by row, and the time after them.
pub(crate) fn reader(dim: usize, t: f64, x: &[f64]) -> impl Fn(usize, usize) -> f64 {
    move |row, k| if k < dim { x[row * dim + k] } else { t }
}

impl VectorField for Flow {
    fn dim(&self) -> usize {
        self.equations.dim
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        self.rates.run(x.len() / d, reader(d, t, x), |row, k, value| out[row * d + k] = value);
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        self.divergence.run(x.len() / d, reader(d, t, x), |row, _, value| out[row] = value);
    }
}

impl thalweg_solve::Differentiable for Flow {
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        Flow::jacobian(self, t, x, out);
    }
}

/// A flow with its tangents, from [`Flow::variational`].
#[derive(Debug)]
pub struct Variational {
    dim: usize,
    tangents: usize,
    program: Program,
}

impl VectorField for Variational {
    fn dim(&self) -> usize {
        self.dim * (1 + self.tangents) + 1
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let (d, width) = (self.dim, self.dim());
        // The inputs are the states, the time, the tangents.
        let read = |row: usize, k: usize| match k.cmp(&d) {
            std::cmp::Ordering::Less => x[row * width + k],
            std::cmp::Ordering::Equal => t,
            std::cmp::Ordering::Greater => x[row * width + k - 1],
        };
        self.program.run(x.len() / width, read, |row, k, value| out[row * width + k] = value);
    }
}
