//! Activation functions and their derivatives, order by order.
//!
//! The gradient of the derivative of order `k` is the derivative of order `k + 1`, in one pass each.

use super::scalar::Scalar;
use super::sweep::{map, zip};
use crate::Activation;

/// Highest order with a kernel of its own; above it the tape writes the derivative in elementary operations.
pub(super) const ORDERS: u8 = 3;

/// `out = f^(k)(x)`, times `g` if given, for `k <= ORDERS`.
pub(super) fn derivative<T: Scalar>(f: Activation, k: u8, x: &[T], g: Option<&[T]>, out: &mut [T]) {
    use Activation::{Gelu, Relu, Selu, Silu, Softplus, Tanh};
    match (f, k) {
        (Silu, 0) => sweep(x, g, out, silu_0),
        (Silu, 1) => sweep(x, g, out, silu_1),
        (Silu, 2) => sweep(x, g, out, silu_2),
        (Silu, _) => sweep(x, g, out, silu_3),
        (Selu, 0) => sweep(x, g, out, selu_0),
        (Selu, 1) => sweep(x, g, out, selu_1),
        (Selu, _) => sweep(x, g, out, selu_2),
        (Tanh, 0) => sweep(x, g, out, T::tanh),
        (Tanh, 1) => sweep(x, g, out, tanh_1),
        (Tanh, 2) => sweep(x, g, out, tanh_2),
        (Tanh, _) => sweep(x, g, out, tanh_3),
        (Gelu, 0) => sweep(x, g, out, gelu_0),
        (Gelu, 1) => sweep(x, g, out, gelu_1),
        (Gelu, 2) => sweep(x, g, out, gelu_2),
        (Gelu, _) => sweep(x, g, out, gelu_3),
        (Softplus, 0) => sweep(x, g, out, softplus_0),
        (Softplus, 1) => sweep(x, g, out, sigmoid),
        (Softplus, 2) => sweep(x, g, out, sigmoid_1),
        (Softplus, _) => sweep(x, g, out, sigmoid_2),
        (Relu, 0) => sweep(x, g, out, relu),
        (Relu, 1) => sweep(x, g, out, step),
        (Relu, _) => out.fill(T::of(0.0)),
    }
}

fn sweep<T: Scalar>(x: &[T], g: Option<&[T]>, out: &mut [T], f: impl Fn(T) -> T + Copy + Send + Sync) {
    match g {
        None => map(x, out, f),
        Some(g) => zip(x, g, out, move |x, g| g * f(x)),
    }
}

#[inline(always)]
fn sigmoid<T: Scalar>(x: T) -> T {
    T::of(1.0) / (T::of(1.0) + (-x).exp())
}

#[inline(always)]
fn sigmoid_1<T: Scalar>(x: T) -> T {
    let s = sigmoid(x);
    s * (T::of(1.0) - s)
}

#[inline(always)]
fn sigmoid_2<T: Scalar>(x: T) -> T {
    let s = sigmoid(x);
    s * (T::of(1.0) - s) * (T::of(1.0) - s - s)
}

#[inline(always)]
fn silu_0<T: Scalar>(x: T) -> T {
    x * sigmoid(x)
}

#[inline(always)]
fn silu_1<T: Scalar>(x: T) -> T {
    let s = sigmoid(x);
    s + x * s * (T::of(1.0) - s)
}

#[inline(always)]
fn silu_2<T: Scalar>(x: T) -> T {
    let s = sigmoid(x);
    let q = s * (T::of(1.0) - s);
    q * (T::of(2.0) + x * (T::of(1.0) - s - s))
}

#[inline(always)]
fn silu_3<T: Scalar>(x: T) -> T {
    let s = sigmoid(x);
    let q = s * (T::of(1.0) - s);
    q * (T::of(3.0) - T::of(6.0) * s + x * (T::of(1.0) - T::of(6.0) * q))
}

/// Scale of Klambauer et al. 2017, and scale times alpha.
const SCALE: f64 = 1.050_700_987_355_480_5;
const SCALE_ALPHA: f64 = 1.758_099_340_847_376_5;

/// `scale alpha e^x` for `x <= 0`; the exponent is cut at zero first, or the unused branch would overflow and
/// make NaN of the derivative.
#[inline(always)]
fn selu_tail<T: Scalar>(x: T) -> T {
    let cut = if x > T::of(0.0) { T::of(0.0) } else { x };
    T::of(SCALE_ALPHA) * cut.exp()
}

#[inline(always)]
fn selu_0<T: Scalar>(x: T) -> T {
    let e = selu_tail(x);
    if x > T::of(0.0) { T::of(SCALE) * x } else { e - T::of(SCALE_ALPHA) }
}

#[inline(always)]
fn selu_1<T: Scalar>(x: T) -> T {
    let e = selu_tail(x);
    if x > T::of(0.0) { T::of(SCALE) } else { e }
}

#[inline(always)]
fn selu_2<T: Scalar>(x: T) -> T {
    let e = selu_tail(x);
    if x > T::of(0.0) { T::of(0.0) } else { e }
}

#[inline(always)]
fn tanh_1<T: Scalar>(x: T) -> T {
    let y = x.tanh();
    T::of(1.0) - y * y
}

#[inline(always)]
fn tanh_2<T: Scalar>(x: T) -> T {
    let y = x.tanh();
    T::of(-2.0) * y * (T::of(1.0) - y * y)
}

#[inline(always)]
fn tanh_3<T: Scalar>(x: T) -> T {
    let y = x.tanh();
    (T::of(1.0) - y * y) * (T::of(6.0) * y * y - T::of(2.0))
}

/// Gaussian density.
#[inline(always)]
fn density<T: Scalar>(x: T) -> T {
    T::of(0.398_942_280_401_432_7) * (T::of(-0.5) * x * x).exp()
}

/// Gaussian distribution function.
#[inline(always)]
fn distribution<T: Scalar>(x: T) -> T {
    T::of(0.5) * (T::of(1.0) + (x * T::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

#[inline(always)]
fn gelu_0<T: Scalar>(x: T) -> T {
    x * distribution(x)
}

#[inline(always)]
fn gelu_1<T: Scalar>(x: T) -> T {
    distribution(x) + x * density(x)
}

#[inline(always)]
fn gelu_2<T: Scalar>(x: T) -> T {
    density(x) * (T::of(2.0) - x * x)
}

#[inline(always)]
fn gelu_3<T: Scalar>(x: T) -> T {
    density(x) * x * (x * x - T::of(4.0))
}

/// `max(x, 0) + log(1 + e^-|x|)`, which neither overflows nor loses the tail.
#[inline(always)]
fn softplus_0<T: Scalar>(x: T) -> T {
    relu(x) + (-x.abs()).exp().ln_1p()
}

/// Written so that NaN stays NaN.
#[inline(always)]
fn relu<T: Scalar>(x: T) -> T {
    if x < T::of(0.0) { T::of(0.0) } else { x }
}

#[inline(always)]
fn step<T: Scalar>(x: T) -> T {
    if x > T::of(0.0) { T::of(1.0) } else { T::of(0.0) }
}
