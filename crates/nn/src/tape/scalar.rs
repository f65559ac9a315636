//! The two number types of the tape and their elementary functions.
//!
//! Single precision uses branch-free polynomials that the compiler turns into vector code; double precision,
//! which serves tests and unusual losses, uses the standard library.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number type of the tape: `f32` or `f64`.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// The nearest number of this type.
    fn of(v: f64) -> Self;
    /// In double precision.
    fn to_f64(self) -> f64;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `log(1 + x)` for `x` in `[0, 1]`.
    fn ln_1p(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Gauss error function.
    fn erf(self) -> Self;
}

impl Scalar for f64 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        f64::exp(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        f64::ln_1p(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        f64::ln(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        f64::sin(self)
    }
    #[inline(always)]
    fn cos(self) -> Self {
        f64::cos(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        f64::tanh(self)
    }
    #[inline(always)]
    fn erf(self) -> Self {
        libm::erf(self)
    }
}

impl Scalar for f32 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    /// Range reduction by powers of two and the minimax polynomial of Cephes; within two units in the last place,
    /// saturating outside `[-87, 88]`.
    #[inline(always)]
    fn exp(self) -> Self {
        let x = self.clamp(-87.0, 88.0);
        // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
        let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
        let n = shifted - 12_582_912.0;
        let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
        let mut p = 1.987_569_1e-4_f32;
        for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
            p = p * r + c;
        }
        let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
        (p * r * r + r + 1.0) * power
    }

    /// `2 artanh(x / (2 + x))` by its series.
    #[inline(always)]
    fn ln_1p(self) -> Self {
        let r = self / (2.0 + self);
        let z = r * r;
        let mut p = 1.0 / 17.0_f32;
        for c in [1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
            p = p * z + c;
        }
        2.0 * r * p
    }
    #[inline(always)]
    fn ln(self) -> Self {
        f32::ln(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        f32::sin(self)
    }
    #[inline(always)]
    fn cos(self) -> Self {
        f32::cos(self)
    }

    /// Odd polynomial of Cephes near zero, where the quotient of exponentials would cancel.
    #[inline(always)]
    fn tanh(self) -> Self {
        let z = self * self;
        let mut p = -5.704_988_7e-3_f32;
        for c in [2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1] {
            p = p * z + c;
        }
        let near = p * z * self + self;
        let e = Scalar::exp(-2.0 * self.abs());
        let far = ((1.0 - e) / (1.0 + e)).copysign(self);
        if z < 0.39 { near } else { far }
    }

    /// Abramowitz and Stegun 7.1.26, within 2e-7.
    #[inline(always)]
    fn erf(self) -> Self {
        let x = self.abs();
        let t = 1.0 / (1.0 + 0.327_591_1 * x);
        let mut p = 1.061_405_4_f32;
        for c in [-1.453_152_1, 1.421_413_7, -0.284_496_72, 0.254_829_6] {
            p = p * t + c;
        }
        (1.0 - p * t * Scalar::exp(-x * x)).copysign(self)
    }
}
