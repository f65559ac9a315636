//! Derivatives of the elementwise functions, written in operations of the tape.

use super::activation::ORDERS;
use super::{Scalar, Tape, Unary, Var};
use crate::Activation;

impl<T: Scalar> Tape<T> {
    /// `f'(x)`, where `y = f(x)`.
    pub(super) fn slope(&self, f: Unary, x: Var, y: Var) -> Var {
        match f {
            Unary::Exp => y,
            Unary::Ln => self.recip(x),
            Unary::Sqrt => self.scale(self.recip(y), T::of(0.5)),
            Unary::Recip => self.neg(self.square(y)),
            Unary::Square => self.scale(x, T::of(2.0)),
            Unary::Sin => self.cos(x),
            Unary::Cos => self.neg(self.sin(x)),
            Unary::Tanh => self.one_minus(self.square(y)),
        }
    }

    /// `g f^(order + 1)(x)`.
    pub(super) fn act_slope(&self, f: Activation, order: u8, x: Var, g: Var) -> Var {
        if order < ORDERS { self.act_derivative(f, order + 1, x, Some(g)) } else { self.mul(g, self.act_fourth(f, x)) }
    }

    /// `f''''(x)` in elementary operations, where the family of kernels ends.
    fn act_fourth(&self, f: Activation, x: Var) -> Var {
        match f {
            // From the second order on the derivatives of the exponential branch are equal.
            Activation::Selu => self.act_derivative(f, ORDERS, x, None),
            Activation::Relu => self.constant(x.rows, x.cols, T::of(0.0)),
            Activation::Tanh => {
                let y = self.tanh(x);
                let (z, q) = (self.square(y), self.one_minus(self.square(y)));
                let inner = self.shift(self.scale(z, T::of(-24.0)), T::of(16.0));
                self.mul(self.mul(y, q), inner)
            }
            Activation::Softplus => self.sigmoid_third(x),
            Activation::Silu => {
                let (s, q) = self.sigmoid_pair(x);
                let odd = self.shift(self.scale(s, T::of(-2.0)), T::of(1.0));
                let inner = self.shift(self.scale(q, T::of(-12.0)), T::of(1.0));
                let fourth = self.mul(self.mul(q, odd), inner);
                self.add(self.mul(x, fourth), self.scale(self.sigmoid_third(x), T::of(4.0)))
            }
            Activation::Gelu => {
                let z = self.square(x);
                let density = self.scale(self.exp(self.scale(z, T::of(-0.5))), T::of(0.398_942_280_401_432_7));
                let inner = self.mul(z, self.shift(self.neg(z), T::of(7.0)));
                self.mul(density, self.shift(inner, T::of(-4.0)))
            }
        }
    }

    /// The sigmoid `s` and its derivative `s (1 - s)`.
    fn sigmoid_pair(&self, x: Var) -> (Var, Var) {
        let half = self.tanh(self.scale(x, T::of(0.5)));
        let s = self.shift(self.scale(half, T::of(0.5)), T::of(0.5));
        (s, self.mul(s, self.one_minus(s)))
    }

    /// Third derivative of the sigmoid, `q (1 - 6 q)` with `q = s (1 - s)`.
    fn sigmoid_third(&self, x: Var) -> Var {
        let (_, q) = self.sigmoid_pair(x);
        self.mul(q, self.shift(self.scale(q, T::of(-6.0)), T::of(1.0)))
    }

    fn one_minus(&self, x: Var) -> Var {
        self.shift(self.neg(x), T::of(1.0))
    }
}
