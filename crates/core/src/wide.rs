//! Loops compiled for wider registers than the build's baseline, chosen at run time.
//!
//! A kernel is written once as a plain loop. `wide!` compiles it again with AVX2 and AVX-512 enabled and calls the widest the
//! processor has. No kernel fuses a multiplication and an addition, so every width gives the same bits.

/// Defines a function and its AVX2 and AVX-512 compilations behind one name.
#[macro_export]
macro_rules! wide {
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident $(<const $size:ident: usize>)?
        ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block
    ) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name $(<const $size: usize>)? ($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn plain $(<const $size: usize>)? ($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
                fn avx512 $(<const $size: usize>)? ($($arg: $ty),*) $(-> $ret)? { plain($($arg),*) }
                #[target_feature(enable = "avx2")]
                fn avx2 $(<const $size: usize>)? ($($arg: $ty),*) $(-> $ret)? { plain($($arg),*) }

                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                {
                    // SAFETY: the features the function was compiled for were just detected.
                    return unsafe { avx512($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the feature the function was compiled for was just detected.
                    return unsafe { avx2($($arg),*) };
                }
            }
            plain($($arg),*)
        }
    };
}
