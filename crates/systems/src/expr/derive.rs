//! Derivatives, exact.

use super::{Binary, Function, Graph, Id, Node};

impl Graph {
    /// The derivatives of `values` by input `input`.
    ///
    /// Where a function has a corner the derivative is that of one side: `abs' = sign`, `sign' = step' = floor' = 0`.
    /// Cost: one pass over the nodes before the last value.
    pub fn derivatives(&mut self, values: &[Id], input: usize) -> Vec<Id> {
        let last = values.iter().map(|id| id.index() + 1).max().unwrap_or(0);
        let zero = self.number(0.0);
        let mut of: Vec<Id> = Vec::with_capacity(last);
        // Only what the values are made of: other nodes may be derivatives that were taken before.
        let needed = self.reached(values);
        for k in 0..last {
            let derivative = if needed[k] { self.derivative(Id(k as u32), input, &of, zero) } else { zero };
            of.push(derivative);
        }
        values.iter().map(|id| of[id.index()]).collect()
    }

    /// Which nodes the values are made of, up to the last of them.
    pub fn reached(&self, values: &[Id]) -> Vec<bool> {
        let last = values.iter().map(|id| id.index() + 1).max().unwrap_or(0);
        let mut reached = vec![false; last];
        values.iter().for_each(|id| reached[id.index()] = true);
        for k in (0..last).rev() {
            if reached[k] {
                self.parts(Id(k as u32), |part| reached[part.index()] = true);
            }
        }
        reached
    }

    /// Calls `each` with the nodes that a node is made of.
    pub fn parts(&self, id: Id, mut each: impl FnMut(Id)) {
        match self.node(id) {
            Node::Number(_) | Node::Input(_) => {}
            Node::Minus(a) | Node::Call(_, a) => each(a),
            Node::Binary(_, a, b) => {
                each(a);
                each(b);
            }
            Node::Whole { base, part, .. } => {
                each(base);
                each(part);
            }
        }
    }

    fn derivative(&mut self, id: Id, input: usize, of: &[Id], zero: Id) -> Id {
        match self.node(id) {
            Node::Number(_) => zero,
            Node::Input(k) if k as usize == input => self.number(1.0),
            Node::Input(_) => zero,
            Node::Minus(a) => self.minus(of[a.index()]),
            Node::Call(function, a) => {
                let inner = of[a.index()];
                if inner == zero {
                    return zero;
                }
                let slope = self.slope(function, a, id);
                self.binary(Binary::Mul, slope, inner)
            }
            Node::Binary(op, a, b) => self.derivative_of_two(op, (a, of[a.index()]), (b, of[b.index()]), id),
            Node::Whole { base, exponent, .. } => {
                let (factor, less) = (self.number(f64::from(exponent)), self.number(f64::from(exponent - 1)));
                let power = self.binary(Binary::Power, base, less);
                let slope = self.binary(Binary::Mul, factor, power);
                self.binary(Binary::Mul, slope, of[base.index()])
            }
        }
    }

    /// The slope of a function at `a`, where its value is the node `value`.
    fn slope(&mut self, function: Function, a: Id, value: Id) -> Id {
        let (one, two) = (self.number(1.0), self.number(2.0));
        let square = |graph: &mut Self, x| graph.binary(Binary::Power, x, two);
        match function {
            Function::Sin => self.call(Function::Cos, a),
            Function::Cos => {
                let sine = self.call(Function::Sin, a);
                self.minus(sine)
            }
            Function::Tan => {
                let tangent = square(self, value);
                self.binary(Binary::Add, one, tangent)
            }
            Function::Asin | Function::Acos => {
                let squared = square(self, a);
                let under = self.binary(Binary::Sub, one, squared);
                let root = self.call(Function::Sqrt, under);
                let slope = self.binary(Binary::Div, one, root);
                if function == Function::Asin { slope } else { self.minus(slope) }
            }
            Function::Atan => {
                let squared = square(self, a);
                let below = self.binary(Binary::Add, one, squared);
                self.binary(Binary::Div, one, below)
            }
            Function::Exp => value,
            Function::Log => self.binary(Binary::Div, one, a),
            Function::Sqrt => {
                let half = self.number(0.5);
                self.binary(Binary::Div, half, value)
            }
            Function::Abs => self.call(Function::Sign, a),
            Function::Sign | Function::Step | Function::Floor => self.number(0.0),
            Function::Sinh => self.call(Function::Cosh, a),
            Function::Cosh => self.call(Function::Sinh, a),
            Function::Tanh => {
                let squared = square(self, value);
                self.binary(Binary::Sub, one, squared)
            }
        }
    }

    fn derivative_of_two(&mut self, op: Binary, (a, da): (Id, Id), (b, db): (Id, Id), value: Id) -> Id {
        match op {
            Binary::Add | Binary::Sub => self.binary(op, da, db),
            Binary::Mul => {
                let (left, right) = (self.binary(Binary::Mul, da, b), self.binary(Binary::Mul, a, db));
                self.binary(Binary::Add, left, right)
            }
            // (da - value db) / b
            Binary::Div => {
                let change = self.binary(Binary::Mul, value, db);
                let above = self.binary(Binary::Sub, da, change);
                self.binary(Binary::Div, above, b)
            }
            // a - b floor(a / b): da - floor(a / b) db
            Binary::Modulo => {
                let ratio = self.binary(Binary::Div, a, b);
                let whole = self.call(Function::Floor, ratio);
                let change = self.binary(Binary::Mul, whole, db);
                self.binary(Binary::Sub, da, change)
            }
            Binary::Least => self.choose(b, a, da, db),
            Binary::Greatest => self.choose(a, b, da, db),
            Binary::Power => self.derivative_of_power((a, da), (b, db), value),
        }
    }

    /// `da` where `high > low`, `db` elsewhere.
    fn choose(&mut self, high: Id, low: Id, da: Id, db: Id) -> Id {
        let ahead = self.binary(Binary::Sub, high, low);
        let first = self.call(Function::Step, ahead);
        let (apart, one) = (self.binary(Binary::Sub, da, db), self.number(1.0));
        if apart == one {
            return self.binary(Binary::Add, db, first);
        }
        let second = self.binary(Binary::Sub, one, first);
        let (left, right) = (self.binary(Binary::Mul, first, da), self.binary(Binary::Mul, second, db));
        self.binary(Binary::Add, left, right)
    }

    /// `a^b (db log a + b da / a)`, each part where it is not zero.
    fn derivative_of_power(&mut self, (a, da): (Id, Id), (b, db): (Id, Id), value: Id) -> Id {
        let one = self.number(1.0);
        let less = self.binary(Binary::Sub, b, one);
        let lower = self.binary(Binary::Power, a, less);
        let slope = self.binary(Binary::Mul, b, lower);
        let by_base = self.binary(Binary::Mul, slope, da);
        if self.value(db) == Some(0.0) {
            return by_base;
        }
        let log = self.call(Function::Log, a);
        let slope = self.binary(Binary::Mul, value, log);
        let by_exponent = self.binary(Binary::Mul, slope, db);
        self.binary(Binary::Add, by_base, by_exponent)
    }
}
