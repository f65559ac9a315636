//! Activation functions and their first three derivatives, bias and all, in one pass over a panel.

use super::Isa;
use super::gemm::PANEL;
use super::isa::vectorised;
use super::math::{exp, exp_m1, gauss, log_1p};
use crate::Activation;

/// Where the values and derivatives of a panel of `rows x PANEL` go. A derivative that is not wanted is empty,
/// and so are those of higher order.
#[derive(Debug)]
pub(crate) struct Jet<'a> {
    /// `act(z)`.
    pub(crate) value: &'a mut [f32],
    /// `act'(z)`.
    pub(crate) first: &'a mut [f32],
    /// `act''(z)`.
    pub(crate) second: &'a mut [f32],
    /// `act'''(z)`.
    pub(crate) third: &'a mut [f32],
}

/// Fills `jet` from `z` (`rows x PANEL`) plus `bias`; `None` is the identity.
pub(crate) fn activate(isa: Isa, function: Option<Activation>, z: &[f32], bias: &[f32; PANEL], jet: Jet<'_>) {
    match function {
        None => by_order::<IDENTITY>(isa, z, bias, jet),
        Some(Activation::Silu) => by_order::<SILU>(isa, z, bias, jet),
        Some(Activation::Selu) => by_order::<SELU>(isa, z, bias, jet),
        Some(Activation::Tanh) => by_order::<TANH>(isa, z, bias, jet),
        Some(Activation::Gelu) => by_order::<GELU>(isa, z, bias, jet),
        Some(Activation::Softplus) => by_order::<SOFTPLUS>(isa, z, bias, jet),
        Some(Activation::Relu) => by_order::<RELU>(isa, z, bias, jet),
    }
}

const IDENTITY: u8 = 0;
const SILU: u8 = 1;
const SELU: u8 = 2;
const TANH: u8 = 3;
const GELU: u8 = 4;
const SOFTPLUS: u8 = 5;
const RELU: u8 = 6;

fn by_order<const F: u8>(isa: Isa, z: &[f32], bias: &[f32; PANEL], jet: Jet<'_>) {
    if jet.first.is_empty() {
        panel::<F, 0>(isa, z, bias, jet);
    } else if jet.second.is_empty() {
        panel::<F, 1>(isa, z, bias, jet);
    } else if jet.third.is_empty() {
        panel::<F, 2>(isa, z, bias, jet);
    } else {
        panel::<F, 3>(isa, z, bias, jet);
    }
}

vectorised!(panel = panel_body [F: u8, ORDER: usize] (z: &[f32], bias: &[f32; PANEL], jet: Jet<'_>));

#[inline(always)]
fn panel_body<const F: u8, const ORDER: usize, const FMA: bool>(z: &[f32], bias: &[f32; PANEL], jet: Jet<'_>) {
    let value = jet.value.as_chunks_mut::<PANEL>().0;
    let first = jet.first.as_chunks_mut::<PANEL>().0;
    let second = jet.second.as_chunks_mut::<PANEL>().0;
    let third = jet.third.as_chunks_mut::<PANEL>().0;
    for (r, z) in z.as_chunks::<PANEL>().0.iter().enumerate() {
        let mut y = [[0.0; PANEL]; 4];
        for j in 0..PANEL {
            let [f, f1, f2, f3] = derivatives::<F, FMA>(z[j] + bias[j]);
            (y[0][j], y[1][j], y[2][j], y[3][j]) = (f, f1, f2, f3);
        }
        value[r] = y[0];
        if ORDER >= 1 {
            first[r] = y[1];
        }
        if ORDER >= 2 {
            second[r] = y[2];
        }
        if ORDER >= 3 {
            third[r] = y[3];
        }
    }
}

/// The function and its three derivatives at `x`; the compiler drops those that nobody stores.
#[inline(always)]
fn derivatives<const F: u8, const FMA: bool>(x: f32) -> [f32; 4] {
    match F {
        SILU => silu::<FMA>(x),
        SELU => selu::<FMA>(x),
        TANH => tanh::<FMA>(x),
        GELU => gelu::<FMA>(x),
        SOFTPLUS => softplus::<FMA>(x),
        RELU => {
            let on = if x > 0.0 { 1.0 } else { 0.0 };
            [if x < 0.0 { 0.0 } else { x }, on, 0.0, 0.0]
        }
        _ => [x, 1.0, 0.0, 0.0],
    }
}

/// Sigmoid of `x`, its derivative, one minus twice it, and `exp -|x|`: no cancellation on either side.
#[inline(always)]
fn logistic<const FMA: bool>(x: f32) -> (f32, f32, f32, f32) {
    let e = exp::<FMA>(-x.abs());
    let inverse = 1.0 / (1.0 + e);
    let small = e * inverse;
    let spread = (1.0 - e) * inverse;
    let (s, tilt) = if x > 0.0 { (inverse, -spread) } else { (small, spread) };
    (s, small * inverse, tilt, e)
}

#[inline(always)]
fn silu<const FMA: bool>(x: f32) -> [f32; 4] {
    let (s, q, tilt, _) = logistic::<FMA>(x);
    let slope = x * tilt;
    [x * s, s + x * q, q * (2.0 + slope), q * (tilt * (3.0 + slope) - 2.0 * x * q)]
}

#[inline(always)]
fn softplus<const FMA: bool>(x: f32) -> [f32; 4] {
    let (s, q, tilt, e) = logistic::<FMA>(x);
    let positive = if x < 0.0 { 0.0 } else { x };
    [positive + log_1p::<FMA>(e), s, q, q * tilt]
}

#[inline(always)]
fn selu<const FMA: bool>(x: f32) -> [f32; 4] {
    const SCALE: f32 = 1.050_701;
    const BOTH: f32 = 1.758_099_3;
    let below = BOTH * exp_m1::<FMA>(if x > 0.0 { 0.0 } else { x });
    let slope = below + BOTH;
    if x > 0.0 { [SCALE * x, SCALE, 0.0, 0.0] } else { [below, slope, slope, slope] }
}

#[inline(always)]
fn tanh<const FMA: bool>(x: f32) -> [f32; 4] {
    let m = exp_m1::<FMA>(-2.0 * x.abs());
    let inverse = 1.0 / (2.0 + m);
    let t = (-m * inverse).copysign(x);
    let d = 4.0 * (1.0 + m) * inverse * inverse;
    [t, d, -2.0 * t * d, d * (6.0 * t * t - 2.0)]
}

#[inline(always)]
fn gelu<const FMA: bool>(x: f32) -> [f32; 4] {
    let (phi, n) = gauss::<FMA>(x);
    let square = x * x;
    [x * phi, phi + x * n, n * (2.0 - square), n * x * (square - 4.0)]
}
