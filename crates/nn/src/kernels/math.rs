//! Elementary functions as short polynomials that compile to vector instructions, exact to a few roundings.
//!
//! The coefficients are least-maximum fits in double precision over the stated ranges.

use super::isa::madd;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts, so that a multiple of it can be taken off without rounding.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Added to a number below `2^22` in size, it leaves the nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;
/// Beyond these the exponential is held, so that neither it nor its reciprocal overflows.
const LOWEST: f32 = -87.3;
const HIGHEST: f32 = 87.3;

/// `2^n` and `exp(r) - 1` with `x = n ln 2 + r`; a NaN stays one.
#[inline(always)]
fn split_exp<const FMA: bool>(x: f32) -> (f32, f32) {
    let x = if x > HIGHEST { HIGHEST } else { x };
    let x = if x < LOWEST { LOWEST } else { x };
    let shifted = madd::<FMA>(x, LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = madd::<FMA>(n, -LN_2_LOW, madd::<FMA>(n, -LN_2_HIGH, x));
    let q = poly::<FMA, 5>(r, EXP);
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (power, madd::<FMA>(r * r, q, r))
}

/// `exp x`, with `x` held to ±87.3.
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f32) -> f32 {
    let (power, rest) = split_exp::<FMA>(x);
    madd::<FMA>(power, rest, power)
}

/// `exp x - 1` without cancellation near zero, with `x` held to ±87.3.
#[inline(always)]
pub(super) fn exp_m1<const FMA: bool>(x: f32) -> f32 {
    let (power, rest) = split_exp::<FMA>(x);
    madd::<FMA>(power, rest, power - 1.0)
}

/// `log(1 + e)` for `0 <= e <= 1`, as `2 artanh(e / (2 + e))`.
#[inline(always)]
pub(super) fn log_1p<const FMA: bool>(e: f32) -> f32 {
    let y = e / (2.0 + e);
    2.0 * y * poly::<FMA, 7>(y * y, ARTANH)
}

/// Gaussian distribution function and density at `x`, sharing one exponential.
#[inline(always)]
pub(super) fn gauss<const FMA: bool>(x: f32) -> (f32, f32) {
    let e = exp::<FMA>(-0.5 * x * x);
    let t = 1.0 / madd::<FMA>(x.abs(), ERFCX_SCALE, 1.0);
    let tail = 0.5 * e * t * poly::<FMA, 10>(t, ERFCX);
    (if x > 0.0 { 1.0 - tail } else { tail }, e * 0.398_942_3)
}

#[inline(always)]
fn poly<const FMA: bool, const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let mut sum = c[N - 1];
    for k in (0..N - 1).rev() {
        sum = madd::<FMA>(sum, x, c[k]);
    }
    sum
}

/// `(exp r - 1 - r) / r²` for `|r| <= ln 2 / 2`.
const EXP: [f32; 5] = [0.5, 0.166_665_15, 0.041_666_2, 0.008_369_24, 0.001_395_109_5];
/// `artanh(y) / y` in `y²`: the Taylor series, enough for `y <= 1/3`.
const ARTANH: [f32; 7] = [1.0, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0];
/// `exp(z²) erfc(z) / t` in `t = 1 / (1 + 0.36 z)`, for all `z >= 0`.
const ERFCX: [f32; 10] = [
    0.203_108_25,
    0.203_107_73,
    0.189_944_03,
    0.163_916_75,
    0.122_924_3,
    0.106_518_55,
    -0.028_639_799,
    0.143_428_33,
    -0.141_970_8,
    0.037_662_696,
];
/// `0.36 / sqrt 2`.
const ERFCX_SCALE: f32 = 0.254_558_44;
