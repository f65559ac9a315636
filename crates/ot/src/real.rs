//! The two floating-point formats of the entropic kernels, and the powers of two they compute.

use std::ops::{Add, Mul, Sub};

/// Numbers kept in both formats, because which one a pass needs is known only when it starts.
#[derive(Debug, Default)]
pub(crate) struct Both {
    pub(crate) single: Vec<f32>,
    pub(crate) double: Vec<f64>,
}

impl From<Vec<f64>> for Both {
    fn from(double: Vec<f64>) -> Self {
        Self { single: double.iter().map(|v| *v as f32).collect(), double }
    }
}

/// What a kernel needs of its numbers. `FMA` says that the function is compiled for a processor that has it.
pub(crate) trait Real:
    Copy + Send + Sync + PartialOrd + Default + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + 'static
{
    /// A sum of powers between two to minus and plus this much is trusted: clamped terms do not show in it.
    const TRUSTED: i32;

    fn of(value: f64) -> Self;
    fn get(self) -> f64;
    fn single(self) -> f32;
    fn pick(both: &Both) -> &[Self];
    /// `self * b + c`, rounded once where the processor can.
    fn fma<const FMA: bool>(self, b: Self, c: Self) -> Self;
    /// `2^self`, the exponent clamped far inside the range: an underflow would make numbers that processors handle a
    /// hundred times slower. A polynomial on `[-1/2, 1/2]`, of least relative error (7e-8 and 2e-16), and the integer part
    /// moved into the exponent.
    fn exp2<const FMA: bool>(self) -> Self;
}

macro_rules! real {
    ($t:ident, $field:ident, $reach:literal, $trusted:literal, $shift:literal, $mantissa:literal, $first:literal, [$($c:literal),*]) => {
        impl Real for $t {
            const TRUSTED: i32 = $trusted;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn get(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn single(self) -> f32 {
                self as f32
            }

            fn pick(both: &Both) -> &[Self] {
                &both.$field
            }

            #[inline(always)]
            fn fma<const FMA: bool>(self, b: Self, c: Self) -> Self {
                if FMA { self.mul_add(b, c) } else { self * b + c }
            }

            #[inline(always)]
            fn exp2<const FMA: bool>(self) -> Self {
                let x = if self > -$reach { self } else { -$reach };
                let x = if x < $reach { x } else { $reach };
                // Adding 1.5 * 2^mantissa rounds to an integer in the low bits.
                let shifted = x + $shift;
                let r = x - (shifted - $shift);
                let mut p: Self = $first;
                $(p = p.fma::<FMA>(r, $c);)*
                Self::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << $mantissa))
            }
        }
    };
}

real!(
    f32,
    single,
    100.0,
    40,
    12_582_912.0,
    23,
    1.327_647_2e-3,
    [9.675_541e-3, 5.550_713_3e-2, 2.402_211_9e-1, 6.931_469_6e-1, 1.0]
);
real!(
    f64,
    double,
    1000.0,
    500,
    6_755_399_441_055_744.0,
    52,
    7.037_278_846_726_901e-9,
    [
        1.020_853_792_965_740_4e-7,
        1.321_566_283_595_924e-6,
        1.525_265_811_640_985_4e-5,
        1.540_352_996_112_707_6e-4,
        1.333_355_822_856_176_6e-3,
        9.618_129_108_034_597e-3,
        5.550_410_866_445_883e-2,
        2.402_265_069_590_876_8e-1,
        6.931_471_805_599_498e-1,
        1.0
    ]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_agree_with_the_standard_library_in_both_formats() {
        let worst = |f: &dyn Fn(f64) -> f64, reach: i32| {
            (-1000 * reach..=1000 * reach)
                .map(|k| f64::from(k) * 1.000_37e-3)
                .filter(|x| x.abs() < f64::from(reach))
                .map(|x| (f(x) / f64::from(x as f32).exp2() - 1.0).abs())
                .fold(0.0, f64::max)
        };
        assert!(worst(&|x| Real::exp2::<false>(x as f32).get(), 99) < 3e-7);
        assert!(worst(&|x| Real::exp2::<true>(x as f32).get(), 99) < 3e-7);
        assert!(worst(&|x| Real::exp2::<false>(f64::from(x as f32)), 999) < 2e-15);
        assert!(worst(&|x| Real::exp2::<true>(f64::from(x as f32)), 999) < 2e-15);
        assert_eq!(Real::exp2::<true>(f64::NEG_INFINITY), Real::exp2::<true>(-1000.0));
        assert!(Real::exp2::<true>(f32::NAN).is_finite() && Real::exp2::<true>(f32::INFINITY).is_finite());
    }
}
