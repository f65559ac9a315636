//! Loops compiled for wider registers than the build's baseline, chosen at run time: [`wide!`](thalweg_core::wide) of the
//! lowest layer, and what needs more of the processor.

use thalweg_core::wide;

/// As `wide!`, with fused multiply-adds where the processor has them, and over a [`crate::real::Real`] where one is named.
///
/// The body writes `a.fma::<FMA>(b, c)`. It must not rely on getting the same bits from every processor.
macro_rules! fused {
    ($(#[$meta:meta])* $vis:vis fn $name:ident$(<$T:ident>)?($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name$(<$T: $crate::real::Real>)?($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn plain<$($T: $crate::real::Real,)? const FMA: bool>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,fma")]
                fn avx512$(<$T: $crate::real::Real>)?($($arg: $ty),*) $(-> $ret)? { plain::<$($T,)? true>($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn avx2$(<$T: $crate::real::Real>)?($($arg: $ty),*) $(-> $ret)? { plain::<$($T,)? true>($($arg),*) }

                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("fma")
                {
                    // SAFETY: the features the function was compiled for were just detected.
                    return unsafe { avx512($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: the features the function was compiled for were just detected.
                    return unsafe { avx2($($arg),*) };
                }
            }
            // Every processor of this kind has multiply-adds.
            plain::<$($T,)? { cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use fused;

/// Lanes of the accumulators: one AVX-512 register of f64. Fixed, so that sums do not depend on the processor.
pub(crate) const LANES: usize = 8;

/// `exp(x)` to about 1e-14 relative; arguments below -708 give about 3e-308, above 709 about 8e307.
///
/// Range reduction by multiples of ln 2 and a Taylor polynomial of degree 11 on `|r| <= ln(2)/2`.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: adding it rounds to an integer in the low bits.
    const LN2_HI: f64 = 6.931_471_803_691_238e-1;
    const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x > -708.0 { x } else { -708.0 };
    let x = if x < 709.0 { x } else { 709.0 };
    let shifted = x * std::f64::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 + r) + r2 * (1.0 / 2.0 + r * (1.0 / 6.0));
    let mid = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5_040.0));
    let high = (1.0 / 40_320.0 + r * (1.0 / 362_880.0)) + r2 * (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0));
    let p = low + r4 * (mid + r4 * high);
    // The low bits of `shifted` hold n as an integer; move it into the exponent.
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// `ln(x)` of a normal positive number, to about 4e-16 of the larger of itself and 1.
///
/// The mantissa `m` is brought between `sqrt(1/2)` and `sqrt(2)`, where `ln m = 2 artanh((m - 1) / (m + 1))`.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd; // sqrt(1/2)
    let above = x.to_bits().wrapping_sub(ROOT);
    let exponent = (above as i64 >> 52) as f64;
    let m = f64::from_bits((above & 0x000f_ffff_ffff_ffff).wrapping_add(ROOT));
    let f = (m - 1.0) / (m + 1.0);
    let f2 = f * f;
    let f4 = f2 * f2;
    let low = (1.0 + f2 * (1.0 / 3.0)) + f4 * (1.0 / 5.0 + f2 * (1.0 / 7.0));
    let mid = (1.0 / 9.0 + f2 * (1.0 / 11.0)) + f4 * (1.0 / 13.0 + f2 * (1.0 / 15.0));
    let high = (1.0 / 17.0 + f2 * (1.0 / 19.0)) + f4 * (1.0 / 21.0);
    let f8 = f4 * f4;
    exponent * std::f64::consts::LN_2 + 2.0 * f * (low + f8 * (mid + f8 * high))
}

wide! {
    /// Largest element; `-inf` for none.
    pub(crate) fn max(values: &[f64]) -> f64 {
        let mut lanes = [f64::NEG_INFINITY; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for l in 0..LANES {
                lanes[l] = if chunk[l] > lanes[l] { chunk[l] } else { lanes[l] };
            }
        }
        rest.iter().chain(&lanes).copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

wide! {
    /// Writes `exp(values - shift)` over the values and returns the sum.
    pub(crate) fn exp_in_place(values: &mut [f64], shift: f64) -> f64 {
        let mut lanes = [0.0; LANES];
        let (chunks, rest) = values.as_chunks_mut::<LANES>();
        for chunk in chunks {
            for l in 0..LANES {
                chunk[l] = exp(chunk[l] - shift);
                lanes[l] += chunk[l];
            }
        }
        let mut sum = lanes.iter().sum::<f64>();
        for v in rest {
            *v = exp(*v - shift);
            sum += *v;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_agrees_with_the_standard_library() {
        let grid = (-30_000..=30_000).map(|k| (f64::from(k) * 0.023_456_7).exp());
        let worst = grid.map(|x| (ln(x) - x.ln()).abs() / x.ln().abs().max(1.0)).fold(0.0, f64::max);
        assert!(worst < 4e-16, "{worst:e}");
        assert!((ln(f64::MIN_POSITIVE) - f64::MIN_POSITIVE.ln()).abs() < 1e-12);
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn exponential_agrees_with_the_standard_library() {
        let worst = (-700_000..=700_000)
            .map(|k| f64::from(k) * 1.000_37e-3)
            .map(|x| (exp(x) / x.exp() - 1.0).abs())
            .fold(0.0, f64::max);
        assert!(worst < 2e-14, "worst relative error {worst}");
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::NEG_INFINITY) < 1e-300 && exp(f64::INFINITY).is_finite());
    }

    #[test]
    fn reductions_cover_the_tail() {
        let mut v: Vec<f64> = (0..19).map(|k| -f64::from(k) * 0.3).collect();
        let truth: f64 = v.iter().map(|x| (x - 1.0).exp()).sum();
        assert_eq!(max(&v), 0.0);
        assert!((exp_in_place(&mut v, 1.0) / truth - 1.0).abs() < 1e-13);
        assert!((v[18] / (-6.4_f64).exp() - 1.0).abs() < 1e-13);
    }
}
