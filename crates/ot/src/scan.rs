//! The two lowest reduced costs of a row: the inner loop of the auction.

/// The two lowest values of `cost - price` and where the lowest is, the first of ties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Two {
    pub(crate) first: f64,
    pub(crate) second: f64,
    pub(crate) at: usize,
}

/// Scans a row. `second` is infinite for a single column. All compilations give the same answer.
#[inline]
pub(crate) fn least_two(cost: &[f64], price: &[f64]) -> Two {
    assert_eq!(cost.len(), price.len(), "one price a column");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the feature the function was compiled for was just detected.
        return unsafe { wide::least_two(cost, price) };
    }
    plain(cost, price)
}

fn plain(cost: &[f64], price: &[f64]) -> Two {
    let mut two = Two { first: f64::INFINITY, second: f64::INFINITY, at: 0 };
    for (k, (c, p)) in cost.iter().zip(price).enumerate() {
        let value = c - p;
        if value < two.second {
            if value < two.first {
                two = Two { first: value, second: two.first, at: k };
            } else {
                two.second = value;
            }
        }
    }
    two
}

/// By hand, because the compiler spills the lane indices: 0.45 against 0.70 ms for an assignment of 256 points.
#[cfg(target_arch = "x86_64")]
mod wide {
    use super::Two;
    use std::arch::x86_64::*;

    /// Running minima of eight lanes: lowest, second lowest, and the step at which the lowest came.
    struct Lanes {
        first: __m512d,
        second: __m512d,
        step: __m512i,
    }

    impl Lanes {
        #[target_feature(enable = "avx512f")]
        fn new() -> Self {
            let none = _mm512_set1_pd(f64::INFINITY);
            Self { first: none, second: none, step: _mm512_setzero_si512() }
        }

        #[target_feature(enable = "avx512f")]
        fn take(&mut self, value: __m512d, step: __m512i) {
            let less = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(value, self.first);
            self.second = _mm512_min_pd(self.second, _mm512_max_pd(self.first, value));
            self.first = _mm512_min_pd(self.first, value);
            self.step = _mm512_mask_mov_epi64(self.step, less, step);
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn least_two(cost: &[f64], price: &[f64]) -> Two {
        let n = cost.len();
        let (mut even, mut odd) = (Lanes::new(), Lanes::new());
        let (mut step, one) = (_mm512_setzero_si512(), _mm512_set1_epi64(1));
        let mut k = 0;
        while k + 16 <= n {
            // SAFETY: k + 16 <= n, the length of both slices.
            let (low, high) = unsafe {
                let at = |v: &[f64], k: usize| _mm512_loadu_pd(v.as_ptr().add(k));
                (_mm512_sub_pd(at(cost, k), at(price, k)), _mm512_sub_pd(at(cost, k + 8), at(price, k + 8)))
            };
            even.take(low, step);
            step = _mm512_add_epi64(step, one);
            odd.take(high, step);
            step = _mm512_add_epi64(step, one);
            k += 16;
        }
        while k < n {
            let count = (n - k).min(8);
            let mask = (0xFF_u32 >> (8 - count)) as u8;
            // SAFETY: the mask keeps the loads inside both slices.
            let (c, p) = unsafe {
                let none = _mm512_set1_pd(f64::INFINITY);
                (
                    _mm512_mask_loadu_pd(none, mask, cost.as_ptr().add(k)),
                    _mm512_maskz_loadu_pd(mask, price.as_ptr().add(k)),
                )
            };
            even.take(_mm512_sub_pd(c, p), step);
            step = _mm512_add_epi64(step, one);
            k += 8;
        }
        reduce(&even, &odd)
    }

    /// Of equal lowest values the first index wins, and the others are the second.
    #[target_feature(enable = "avx512f")]
    fn reduce(even: &Lanes, odd: &Lanes) -> Two {
        let least = _mm512_reduce_min_pd(_mm512_min_pd(even.first, odd.first));
        let lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
        let index = |l: &Lanes| _mm512_add_epi64(_mm512_slli_epi64::<3>(l.step), lane);
        let equal = |l: &Lanes| _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(l.first, _mm512_set1_pd(least));
        let (even_at, odd_at) = (index(even), index(odd));
        let at =
            _mm512_mask_reduce_min_epu64(equal(even), even_at).min(_mm512_mask_reduce_min_epu64(equal(odd), odd_at));
        // Every lowest value but the winner's, and every second lowest.
        let winner = _mm512_set1_epi64(at as i64);
        let none = _mm512_set1_pd(f64::INFINITY);
        let others = |l: &Lanes, places: __m512i| {
            let won = _mm512_cmpeq_epi64_mask(places, winner);
            _mm512_min_pd(l.second, _mm512_mask_mov_pd(l.first, won, none))
        };
        let second = _mm512_reduce_min_pd(_mm512_min_pd(others(even, even_at), others(odd, odd_at)));
        Two { first: least, second, at: at as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn the_two_lowest_are_found_in_every_position() {
        for seed in 0..3 {
            for n in [1, 2, 7, 8, 9, 15, 16, 17, 40, 100] {
                let mut stream = Stream::new(seed, "two", n);
                let draw = |s: &mut Stream| (0..n).map(|_| (s.uniform() * 20.0).floor()).collect::<Vec<f64>>();
                let (cost, price) = (draw(&mut stream), draw(&mut stream));
                let mut sorted: Vec<f64> = cost.iter().zip(&price).map(|(c, p)| c - p).collect();
                let two = least_two(&cost, &price);
                assert_eq!(two, plain(&cost, &price));
                assert_eq!(sorted[two.at], two.first);
                sorted.sort_by(f64::total_cmp);
                let second = sorted.get(1).copied().unwrap_or(f64::INFINITY);
                assert_eq!((two.first, two.second), (sorted[0], second));
            }
        }
    }
}
