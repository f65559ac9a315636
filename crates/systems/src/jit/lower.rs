//! From a graph to operations of a processor: what is needed, multiply-adds fused.

use super::encode::{Fused, Plain};
use crate::expr::{Binary, Function, Graph, Id, Node};

/// What an operation does with its operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Of two operands, or of the second alone.
    Plain(Plain),
    /// Of three operands.
    Fused(Fused),
    Floor,
    /// Bits of the first and of the second, which is a mask: a size.
    And,
    /// The same: the opposite.
    Xor,
    /// A function of the library, of the first operand.
    Call(Function),
    /// One of two operands.
    CallTwo(Binary),
}

/// One operation; operands that it has not are the first again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub action: Action,
    pub to: u32,
    pub operands: [u32; 3],
    pub count: usize,
}

/// Operations in order. Values `0..inputs` are the inputs, the next are `constants`, the rest is computed.
pub(super) struct Code {
    pub inputs: usize,
    pub constants: Vec<u64>,
    pub operations: Vec<Operation>,
    pub values: usize,
    pub outputs: Vec<u32>,
}

impl Code {
    /// The same for `copies` states, every operation for each of them before the next: while one waits another goes on.
    /// Input and output `k` of copy `c` have the number `k copies + c`; constants are shared.
    pub fn abreast(self, copies: usize) -> Self {
        let (known, constants) = (self.inputs + self.constants.len(), self.inputs..self.inputs + self.constants.len());
        let first = self.inputs * copies + self.constants.len();
        let number = |value: u32, copy: usize| {
            let value = value as usize;
            let number = if constants.contains(&value) {
                value - self.inputs + self.inputs * copies
            } else if value < self.inputs {
                value * copies + copy
            } else {
                first + (value - known) * copies + copy
            };
            number as u32
        };
        let each = |o: &Operation, copy: usize| Operation {
            to: number(o.to, copy),
            operands: o.operands.map(|value| number(value, copy)),
            ..*o
        };
        let copied = |values: &[u32]| values.iter().flat_map(|v| (0..copies).map(|c| number(*v, c))).collect();
        Self {
            inputs: self.inputs * copies,
            operations: self.operations.iter().flat_map(|o| (0..copies).map(|c| each(o, c))).collect(),
            values: first + (self.values - known) * copies,
            outputs: copied(&self.outputs),
            constants: self.constants,
        }
    }
}

const SIGN: u64 = 1 << 63;

/// What is known of a node.
struct Lowering<'a> {
    graph: &'a Graph,
    /// The value of each node.
    value: Vec<u32>,
    uses: Vec<u32>,
    /// Products that are part of the sum which needs them.
    absorbed: Vec<bool>,
    code: Code,
    known: std::collections::HashMap<u64, u32>,
}

/// The operations that compute `outputs` from `inputs` inputs.
pub(super) fn lower(graph: &Graph, inputs: usize, outputs: &[Id]) -> Code {
    let needed = graph.reached(outputs);
    let mut uses = vec![0_u32; needed.len()];
    for k in (0..needed.len()).filter(|k| needed[*k]) {
        graph.parts(Id(k as u32), |part| uses[part.index()] += 1);
    }
    outputs.iter().for_each(|id| uses[id.index()] += 1);
    let code = Code { inputs, constants: Vec::new(), operations: Vec::new(), values: 0, outputs: Vec::new() };
    let (count, absorbed) = (needed.len(), vec![false; needed.len()]);
    let mut lowering =
        Lowering { graph, value: vec![u32::MAX; count], uses, absorbed, code, known: std::collections::HashMap::new() };
    lowering.find_constants(&needed);
    for k in (0..count).filter(|k| needed[*k]) {
        lowering.absorb(Id(k as u32));
    }
    lowering.code.values = inputs + lowering.code.constants.len();
    for k in (0..count).filter(|k| needed[*k] && !lowering.absorbed[*k]).collect::<Vec<_>>() {
        lowering.node(Id(k as u32));
    }
    lowering.code.outputs = outputs.iter().map(|id| lowering.value[id.index()]).collect();
    lowering.code
}

impl Lowering<'_> {
    fn constant(&mut self, bits: u64) -> u32 {
        let (next, inputs) = (self.code.constants.len(), self.code.inputs);
        let constants = &mut self.code.constants;
        *self.known.entry(bits).or_insert_with(|| {
            constants.push(bits);
            (inputs + next) as u32
        })
    }

    /// The number by which to multiply instead of dividing by the node.
    fn inverse(&self, divisor: Id) -> Option<u64> {
        let inverse = 1.0 / self.graph.value(divisor)?;
        inverse.is_normal().then(|| inverse.to_bits())
    }

    /// Constants come before what is computed, so that values are numbered in one pass.
    fn find_constants(&mut self, needed: &[bool]) {
        for k in (0..needed.len()).filter(|k| needed[*k]) {
            match self.graph.node(Id(k as u32)) {
                Node::Number(bits) => self.value[k] = self.constant(bits),
                Node::Input(input) => self.value[k] = input,
                Node::Minus(_) => _ = self.constant(SIGN),
                Node::Call(Function::Abs, _) => _ = self.constant(!SIGN),
                Node::Binary(Binary::Div, _, b) => {
                    if let Some(bits) = self.inverse(b) {
                        self.constant(bits);
                    }
                }
                _ => {}
            }
        }
    }

    /// Both factors of a product that nothing else needs.
    fn product(&self, id: Id) -> Option<(Id, Id)> {
        if self.uses[id.index()] != 1 {
            return None;
        }
        match self.graph.node(id) {
            Node::Binary(Binary::Mul, a, b) => Some((a, b)),
            Node::Whole { exponent, part, .. } if exponent.is_multiple_of(2) => Some((part, part)),
            Node::Whole { base, part, .. } => Some((base, part)),
            _ => None,
        }
    }

    /// The operands of a sum or difference as a multiply-add: which of both is the product.
    fn fusable(&self, id: Id) -> Option<(Fused, Id, Id)> {
        match self.graph.node(id) {
            Node::Binary(Binary::Add, a, b) if self.product(b).is_some() => Some((Fused::Add, b, a)),
            Node::Binary(Binary::Add, a, b) if self.product(a).is_some() => Some((Fused::Add, a, b)),
            Node::Binary(Binary::Sub, a, b) if self.product(b).is_some() => Some((Fused::From, b, a)),
            Node::Binary(Binary::Sub, a, b) if self.product(a).is_some() => Some((Fused::Sub, a, b)),
            _ => None,
        }
    }

    fn absorb(&mut self, id: Id) {
        if let Some((_, product, _)) = self.fusable(id) {
            self.absorbed[product.index()] = true;
        }
    }

    fn node(&mut self, id: Id) {
        if let Some((op, product, other)) = self.fusable(id)
            && let Some((a, b)) = self.product(product)
        {
            return self.push(Action::Fused(op), id, &[a, b, other]);
        }
        match self.graph.node(id) {
            Node::Number(_) | Node::Input(_) => {}
            Node::Minus(a) => self.masked(Action::Xor, id, a, SIGN),
            Node::Call(Function::Abs, a) => self.masked(Action::And, id, a, !SIGN),
            Node::Call(Function::Sqrt, a) => self.push(Action::Plain(Plain::Root), id, &[a]),
            Node::Call(Function::Floor, a) => self.push(Action::Floor, id, &[a]),
            Node::Call(function, a) => self.push(Action::Call(function), id, &[a]),
            Node::Whole { exponent, part, .. } if exponent.is_multiple_of(2) => {
                self.push(Action::Plain(Plain::Mul), id, &[part, part]);
            }
            Node::Whole { base, part, .. } => self.push(Action::Plain(Plain::Mul), id, &[base, part]),
            Node::Binary(Binary::Div, a, b) => match self.inverse(b) {
                Some(bits) => self.masked(Action::Plain(Plain::Mul), id, a, bits),
                None => self.push(Action::Plain(Plain::Div), id, &[a, b]),
            },
            Node::Binary(op, a, b) => {
                let action = match op {
                    Binary::Add => Action::Plain(Plain::Add),
                    Binary::Sub => Action::Plain(Plain::Sub),
                    Binary::Mul => Action::Plain(Plain::Mul),
                    Binary::Least => Action::Plain(Plain::Least),
                    Binary::Greatest => Action::Plain(Plain::Greatest),
                    Binary::Div | Binary::Modulo | Binary::Power => Action::CallTwo(op),
                };
                self.push(action, id, &[a, b]);
            }
        }
    }

    /// An operation whose second operand is a constant.
    fn masked(&mut self, action: Action, id: Id, a: Id, bits: u64) {
        let (a, mask) = (self.value[a.index()], self.constant(bits));
        self.operation(action, id, [a, mask, a], 2);
    }

    fn push(&mut self, action: Action, id: Id, parts: &[Id]) {
        let mut operands = [self.value[parts[0].index()]; 3];
        for (operand, part) in operands.iter_mut().zip(parts) {
            *operand = self.value[part.index()];
        }
        self.operation(action, id, operands, parts.len());
    }

    fn operation(&mut self, action: Action, id: Id, operands: [u32; 3], count: usize) {
        let to = self.code.values as u32;
        self.code.values += 1;
        self.value[id.index()] = to;
        self.code.operations.push(Operation { action, to, operands, count });
    }
}
