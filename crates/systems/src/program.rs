//! A graph as a list of instructions over registers, run on several states at a time.

use crate::expr::{Binary, Function, Graph, Id, Node};

/// States that are evaluated together: each register holds one number of each of them.
const LANES: usize = 8;
/// Registers that lie on the stack when there are no more of them.
const SMALL: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Minus,
    Square,
    Call(Function),
    Binary(Binary),
}

/// One operation: register `to` from registers `a` and `b`.
#[derive(Clone, Copy, Debug)]
struct Instruction {
    op: Op,
    to: u32,
    a: u32,
    b: u32,
}

/// Instructions that compute outputs from inputs, for any number of states.
///
/// Registers are first the inputs, then the numbers, then what is computed; a register is used again once its value
/// is not needed any more. Every state is computed by the same operations in the same order, alone or among others.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    inputs: usize,
    numbers: Vec<f64>,
    registers: usize,
    instructions: Vec<Instruction>,
    /// The register of each output.
    outputs: Vec<u32>,
}

impl Program {
    /// Computes `outputs` from `inputs` inputs.
    pub fn new(graph: &Graph, inputs: usize, outputs: &[Id]) -> Self {
        let needed = graph.reached(outputs);
        let mut uses = vec![0_u32; needed.len()];
        for k in (0..needed.len()).filter(|k| needed[*k]) {
            graph.parts(Id(k as u32), |part| uses[part.index()] += 1);
        }
        outputs.iter().for_each(|id| uses[id.index()] += 1);
        let numbers: Vec<(usize, f64)> = (0..needed.len())
            .filter(|k| needed[*k])
            .filter_map(|k| graph.value(Id(k as u32)).map(|value| (k, value)))
            .collect();
        let mut builder = Builder {
            place: vec![0; needed.len()],
            uses,
            free: Vec::new(),
            registers: inputs + numbers.len(),
            instructions: Vec::new(),
        };
        for (at, (k, _)) in numbers.iter().enumerate() {
            builder.place[*k] = (inputs + at) as u32;
        }
        for k in (0..needed.len()).filter(|k| needed[*k]) {
            builder.node(graph, Id(k as u32));
        }
        Self {
            inputs,
            numbers: numbers.into_iter().map(|(_, value)| value).collect(),
            registers: builder.registers,
            instructions: builder.instructions,
            outputs: outputs.iter().map(|id| builder.place[id.index()]).collect(),
        }
    }

    /// Evaluates `rows` states: `read(row, k)` is input `k` of a row, `write(row, k, value)` takes output `k`.
    pub fn run(&self, rows: usize, read: impl Fn(usize, usize) -> f64, mut write: impl FnMut(usize, usize, f64)) {
        let mut row = 0;
        if rows >= LANES / 2 {
            self.with_registers::<LANES>(|registers| {
                while rows - row >= LANES / 2 {
                    let now = LANES.min(rows - row);
                    self.lanes(registers, row, now, &read, &mut write);
                    row += now;
                }
            });
        }
        if row < rows {
            self.with_registers::<1>(|registers| {
                for row in row..rows {
                    self.lanes(registers, row, 1, &read, &mut write);
                }
            });
        }
    }

    /// Calls `work` with registers of which the numbers are set.
    fn with_registers<const L: usize>(&self, work: impl FnOnce(&mut [[f64; L]])) {
        let mut small = [[0.0; L]; SMALL];
        let mut large = Vec::new();
        let registers = if self.registers <= SMALL {
            &mut small[..self.registers]
        } else {
            large.resize(self.registers, [0.0; L]);
            &mut large[..]
        };
        for (register, value) in registers[self.inputs..].iter_mut().zip(&self.numbers) {
            *register = [*value; L];
        }
        work(registers);
    }

    /// Evaluates `now` of at most `L` states from `row` on; lanes without a state repeat the last one.
    fn lanes<const L: usize>(
        &self,
        registers: &mut [[f64; L]],
        row: usize,
        now: usize,
        read: impl Fn(usize, usize) -> f64,
        write: &mut impl FnMut(usize, usize, f64),
    ) {
        for (k, register) in registers[..self.inputs].iter_mut().enumerate() {
            for (lane, value) in register.iter_mut().enumerate() {
                *value = read(row + lane.min(now - 1), k);
            }
        }
        for step in &self.instructions {
            let (a, b) = (registers[step.a as usize], registers[step.b as usize]);
            registers[step.to as usize] = apply(step.op, a, b);
        }
        for (k, register) in self.outputs.iter().enumerate() {
            for (lane, value) in registers[*register as usize][..now].iter().enumerate() {
                write(row + lane, k, *value);
            }
        }
    }
}

/// One operation on all lanes. The common ones stand by themselves so that each is a vector loop.
#[inline(always)]
fn apply<const L: usize>(op: Op, a: [f64; L], b: [f64; L]) -> [f64; L] {
    let two = |f: fn(f64, f64) -> f64| std::array::from_fn(|i| f(a[i], b[i]));
    match op {
        Op::Binary(Binary::Add) => std::array::from_fn(|i| a[i] + b[i]),
        Op::Binary(Binary::Sub) => std::array::from_fn(|i| a[i] - b[i]),
        Op::Binary(Binary::Mul) => std::array::from_fn(|i| a[i] * b[i]),
        Op::Binary(Binary::Div) => std::array::from_fn(|i| a[i] / b[i]),
        Op::Square => a.map(|x| x * x),
        Op::Minus => a.map(|x| -x),
        Op::Binary(Binary::Modulo) => two(|x, y| Binary::Modulo.of(x, y)),
        Op::Binary(Binary::Least) => two(|x, y| Binary::Least.of(x, y)),
        Op::Binary(Binary::Greatest) => two(|x, y| Binary::Greatest.of(x, y)),
        Op::Binary(Binary::Power) => two(|x, y| Binary::Power.of(x, y)),
        Op::Call(function) => a.map(|x| function.of(x)),
    }
}

struct Builder {
    /// The register of each node.
    place: Vec<u32>,
    /// How often each node is still needed; outputs are needed for ever.
    uses: Vec<u32>,
    free: Vec<u32>,
    registers: usize,
    instructions: Vec<Instruction>,
}

impl Builder {
    fn node(&mut self, graph: &Graph, id: Id) {
        let (op, a, b) = match graph.node(id) {
            Node::Number(_) => return,
            Node::Input(k) => {
                self.place[id.index()] = k;
                return;
            }
            Node::Minus(a) => (Op::Minus, a, a),
            Node::Call(function, a) => (Op::Call(function), a, a),
            Node::Binary(op, a, b) => (Op::Binary(op), a, b),
            Node::Whole { exponent, part, .. } if exponent.is_multiple_of(2) => (Op::Square, part, part),
            Node::Whole { base, part, .. } => (Op::Binary(Binary::Mul), base, part),
        };
        let (from_a, from_b) = (self.place[a.index()], self.place[b.index()]);
        graph.parts(id, |part| self.release(graph, part));
        let to = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers as u32 - 1
        });
        self.place[id.index()] = to;
        self.instructions.push(Instruction { op, to, a: from_a, b: from_b });
    }

    /// One use of a node is done; its register is free after the last.
    fn release(&mut self, graph: &Graph, id: Id) {
        let left = &mut self.uses[id.index()];
        *left -= 1;
        if *left == 0 && !matches!(graph.node(id), Node::Number(_) | Node::Input(_)) {
            self.free.push(self.place[id.index()]);
        }
    }
}
