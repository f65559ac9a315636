//! Which vector instructions this processor has.

/// A family of vector instructions that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// 512-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the target of the build guarantees.
    Portable,
}

impl Isa {
    /// The best one here.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("fma")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// All that run here, for tests of each.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let best = Self::detect();
        #[cfg(target_arch = "x86_64")]
        {
            match best {
                Self::Avx512 => vec![Self::Avx512, Self::Avx2, Self::Portable],
                Self::Avx2 => vec![Self::Avx2, Self::Portable],
                Self::Portable => vec![best],
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![best]
    }
}

/// `a b + c`, fused where `FMA` says that the instruction exists (elsewhere a fused one is a slow call).
#[inline(always)]
pub(crate) fn madd<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Whether the baseline of the build target has a fused multiply-add.
pub(crate) const PORTABLE_FMA: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

/// Compiles one loop for every [`Isa`]: `vectorised!(name = body(arguments))` makes `name(isa, arguments)`, where
/// `body` is an `#[inline(always)]` function with the constant `FMA` as its last generic parameter.
macro_rules! vectorised {
    ($(#[$doc:meta])* $name:ident = $body:ident $([$($gen:ident: $ty:ty),*])? ($($arg:ident: $argty:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(crate) fn $name$(<$(const $gen: $ty),*>)?(isa: $crate::kernels::Isa, $($arg: $argty),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
            fn avx512$(<$(const $gen: $ty),*>)?($($arg: $argty),*) {
                $body::<$($($gen,)*)? true>($($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2$(<$(const $gen: $ty),*>)?($($arg: $argty),*) {
                $body::<$($($gen,)*)? true>($($arg),*);
            }
            match isa {
                // SAFETY: `Isa::detect` returns this value only where the processor has these instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::Isa::Avx512 => unsafe { avx512$(::<$($gen),*>)?($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::Isa::Avx2 => unsafe { avx2$(::<$($gen),*>)?($($arg),*) },
                $crate::kernels::Isa::Portable => {
                    $body::<$($($gen,)*)? { $crate::kernels::isa::PORTABLE_FMA }>($($arg),*);
                }
            }
        }
    };
}
pub(crate) use vectorised;
