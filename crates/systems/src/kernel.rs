//! A graph made ready to run on one state, or on eight or sixteen side by side.

use crate::expr::{Graph, Id};
#[cfg(target_arch = "x86_64")]
use crate::jit::{Compiled, Isa};
use crate::program::Program;

/// States that are moved side by side: a number of each is a register of the widest processors.
pub(crate) const LANES: usize = 8;

/// States that are moved side by side where there are many: twice as many as fill a register, so that one half goes on while
/// the other waits.
pub(crate) const WIDE: usize = 2 * LANES;

/// Numbers that begin at a multiple of 64 bytes, the length of such a register.
#[derive(Debug)]
pub(crate) struct Numbers {
    values: Vec<f64>,
    from: usize,
    len: usize,
}

impl Numbers {
    pub fn zeros(len: usize) -> Self {
        let values = vec![0.0_f64; len + 7];
        let from = values.as_ptr().align_offset(64).min(7);
        Self { values, from, len }
    }
}

impl std::ops::Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values[self.from..self.from + self.len]
    }
}

impl std::ops::DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.values[self.from..self.from + self.len]
    }
}

/// Who computes: machine code, or the interpreter where there is none for this processor.
#[derive(Debug)]
enum Runner {
    #[cfg(target_arch = "x86_64")]
    Compiled(Compiled),
    Interpreted(Program),
}

/// Outputs from inputs, for `lanes` states at a time: arrays are `inputs x lanes` and `outputs x lanes`.
///
/// A state's figures do not depend on the states beside it, nor on how many there are.
#[derive(Debug)]
pub(crate) struct Kernel {
    runner: Runner,
    lanes: usize,
}

impl Kernel {
    /// The fastest there is; `lanes` is 1, [`LANES`] or [`WIDE`].
    pub fn new(graph: &Graph, inputs: usize, outputs: &[Id], lanes: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(compiled) = Isa::detect().and_then(|isa| Compiled::new(isa, graph, inputs, outputs, lanes)) {
            return Self { runner: Runner::Compiled(compiled), lanes };
        }
        Self::interpreted(graph, inputs, outputs, lanes)
    }

    /// The interpreter.
    pub fn interpreted(graph: &Graph, inputs: usize, outputs: &[Id], lanes: usize) -> Self {
        Self { runner: Runner::Interpreted(Program::new(graph, inputs, outputs)), lanes }
    }

    /// Room that [`Kernel::run`] needs.
    pub fn scratch(&self) -> Numbers {
        match &self.runner {
            #[cfg(target_arch = "x86_64")]
            Runner::Compiled(compiled) => Numbers::zeros(compiled.scratch()),
            Runner::Interpreted(_) => Numbers::zeros(0),
        }
    }

    /// Computes `outputs` from `inputs`.
    pub fn run(&self, inputs: &[f64], outputs: &mut [f64], scratch: &mut [f64]) {
        match &self.runner {
            #[cfg(target_arch = "x86_64")]
            Runner::Compiled(compiled) => compiled.run(inputs, outputs, scratch),
            Runner::Interpreted(program) => program.run(
                self.lanes,
                |lane, k| inputs[k * self.lanes + lane],
                |lane, k, value| outputs[k * self.lanes + lane] = value,
            ),
        }
    }
}
