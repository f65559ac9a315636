//! Values and how they come of each other, every value once.

use super::Function;
use std::collections::HashMap;

/// A node of a [`Graph`]. Nodes come after those that they are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub u32);

impl Id {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Operations of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// `a - b floor(a / b)`.
    Modulo,
    Least,
    Greatest,
    Power,
}

impl Binary {
    /// Its value.
    #[inline(always)]
    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Modulo => a - b * (a / b).floor(),
            Self::Least => {
                if a < b {
                    a
                } else {
                    b
                }
            }
            Self::Greatest => {
                if a > b {
                    a
                } else {
                    b
                }
            }
            Self::Power => a.powf(b),
        }
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// A number, as its bits.
    Number(u64),
    /// Number `k` of the inputs of the program.
    Input(u32),
    Minus(Id),
    Call(Function, Id),
    Binary(Binary, Id, Id),
    /// `base^exponent` with a whole exponent of at least 2. `part` is the next lower power that it is made of:
    /// `base^(exponent/2)` for even, `base^(exponent-1)` for odd ones.
    Whole {
        base: Id,
        exponent: u32,
        part: Id,
    },
}

/// Whole exponents up to this are multiplications.
const MULTIPLIED: f64 = 64.0;

/// Values without repeats. Simplifies as it grows: numbers are computed, zeros and ones vanish.
///
/// A product with zero is zero, whatever the other factor, so a parameter of zero removes its term.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
}

impl Graph {
    pub fn node(&self, id: Id) -> Node {
        self.nodes[id.index()]
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    fn put(&mut self, node: Node) -> Id {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    pub fn number(&mut self, value: f64) -> Id {
        // One zero, so that it is recognised.
        self.put(Node::Number(if value == 0.0 { 0 } else { value.to_bits() }))
    }

    pub fn input(&mut self, k: usize) -> Id {
        self.put(Node::Input(k as u32))
    }

    /// The number that a node is, if it is one.
    pub fn value(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn is(&self, id: Id, value: f64) -> bool {
        self.value(id) == Some(value)
    }

    pub fn minus(&mut self, a: Id) -> Id {
        match self.node(a) {
            Node::Number(bits) => self.number(-f64::from_bits(bits)),
            Node::Minus(inner) => inner,
            Node::Binary(Binary::Sub, b, c) => self.sub(c, b),
            _ => self.put(Node::Minus(a)),
        }
    }

    pub fn call(&mut self, function: Function, a: Id) -> Id {
        match self.value(a).map(|x| function.of(x)) {
            Some(value) if value.is_finite() => self.number(value),
            _ => self.put(Node::Call(function, a)),
        }
    }

    /// An operation of two values.
    pub fn binary(&mut self, op: Binary, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.value(a), self.value(b)) {
            let value = op.of(x, y);
            if value.is_finite() {
                return self.number(value);
            }
        }
        match op {
            Binary::Add => self.add(a, b),
            Binary::Sub => self.sub(a, b),
            Binary::Mul => self.mul(a, b),
            Binary::Div => self.div(a, b),
            Binary::Power => self.power(a, b),
            Binary::Least | Binary::Greatest if a == b => a,
            Binary::Modulo | Binary::Least | Binary::Greatest => self.put(Node::Binary(op, a, b)),
        }
    }

    fn add(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) {
            return b;
        }
        if self.is(b, 0.0) {
            return a;
        }
        match (self.node(a), self.node(b)) {
            (_, Node::Minus(c)) => self.sub(a, c),
            (Node::Minus(c), _) => self.sub(b, c),
            _ => self.put(Node::Binary(Binary::Add, a.min(b), a.max(b))),
        }
    }

    fn sub(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 0.0) {
            return a;
        }
        if self.is(a, 0.0) {
            return self.minus(b);
        }
        if a == b {
            return self.number(0.0);
        }
        match self.node(b) {
            Node::Minus(c) => self.add(a, c),
            _ => self.put(Node::Binary(Binary::Sub, a, b)),
        }
    }

    fn mul(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) || self.is(b, 0.0) {
            return self.number(0.0);
        }
        for (one, other) in [(a, b), (b, a)] {
            if self.is(one, 1.0) {
                return other;
            }
            if self.is(one, -1.0) {
                return self.minus(other);
            }
        }
        match (self.node(a), self.node(b)) {
            (Node::Minus(c), Node::Minus(e)) => self.mul(c, e),
            (Node::Minus(c), _) => {
                let product = self.mul(c, b);
                self.minus(product)
            }
            (_, Node::Minus(c)) => {
                let product = self.mul(a, c);
                self.minus(product)
            }
            _ => self.put(Node::Binary(Binary::Mul, a.min(b), a.max(b))),
        }
    }

    fn div(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) && !self.is(b, 0.0) {
            return a;
        }
        if self.is(b, 1.0) {
            return a;
        }
        self.put(Node::Binary(Binary::Div, a, b))
    }

    fn power(&mut self, a: Id, b: Id) -> Id {
        match self.value(b) {
            Some(k) if k.fract() == 0.0 && k.abs() <= MULTIPLIED => {
                let power = self.whole(a, k.abs() as u32);
                if k >= 0.0 {
                    return power;
                }
                let one = self.number(1.0);
                self.div(one, power)
            }
            Some(0.5) => self.call(Function::Sqrt, a),
            _ => self.put(Node::Binary(Binary::Power, a, b)),
        }
    }

    /// `base^exponent` by multiplication.
    fn whole(&mut self, base: Id, exponent: u32) -> Id {
        match exponent {
            0 => self.number(1.0),
            1 => base,
            _ => {
                let part = self.whole(base, if exponent.is_multiple_of(2) { exponent / 2 } else { exponent - 1 });
                self.put(Node::Whole { base, exponent, part })
            }
        }
    }

    /// Whether input `input` has a part in one of `roots`.
    pub fn needs(&self, roots: &[Id], input: usize) -> bool {
        let needed = self.reached(roots);
        self.nodes.iter().zip(needed).any(|(node, needed)| needed && *node == Node::Input(input as u32))
    }

    /// The values `roots` of `other`, computed here from `inputs(k)` in the place of its input `k`.
    pub fn graft(&mut self, other: &Self, roots: &[Id], inputs: impl Fn(usize) -> Id) -> Vec<Id> {
        let needed = other.reached(roots);
        let mut own = vec![Id(0); needed.len()];
        for k in (0..needed.len()).filter(|k| needed[*k]) {
            let here = |id: Id| own[id.index()];
            own[k] = match other.nodes[k] {
                Node::Number(bits) => self.number(f64::from_bits(bits)),
                Node::Input(input) => inputs(input as usize),
                Node::Minus(a) => self.minus(here(a)),
                Node::Call(function, a) => self.call(function, here(a)),
                Node::Binary(op, a, b) => self.binary(op, here(a), here(b)),
                Node::Whole { base, exponent, .. } => self.whole(here(base), exponent),
            };
        }
        roots.iter().map(|id| own[id.index()]).collect()
    }

    /// The same graph with input `k` at `place(k)`, which must keep inputs apart. Nodes keep their numbers.
    pub fn moved(&self, place: impl Fn(usize) -> usize) -> Self {
        let nodes: Vec<Node> = self
            .nodes
            .iter()
            .map(|node| match node {
                Node::Input(k) => Node::Input(place(*k as usize) as u32),
                other => *other,
            })
            .collect();
        let known = nodes.iter().enumerate().map(|(k, node)| (*node, Id(k as u32))).collect();
        Self { nodes, known }
    }
}
