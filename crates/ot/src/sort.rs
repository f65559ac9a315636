//! Sorting by a coordinate.

use crate::simd::LANES;

/// Fewer than this many are sorted by comparing.
const FEW: usize = 512;
/// Bits of a digit at most: the ends of so many piles stay in the first cache.
const MOST_BITS: u32 = 11;
/// Places that an item may have to move after the piles on average, before comparing is faster.
const MOVES: usize = 4;
/// Adding it to a number from 0 to 2^52 rounds to an integer, which the low bits then hold: no conversion that saturates.
const SHIFT: f64 = 4_503_599_627_370_496.0;

/// Puts the items in order of `at`, which is finite; `scratch` is for use again.
///
/// Positions are cut into more equal steps than there are items, which two passes of a radix sort put in order; what shares a
/// step is then a place or two off. Where points crowd in few steps, beside an outlier, they are sorted by comparing.
pub(crate) fn ascending<T: Copy>(items: &mut [T], scratch: &mut Vec<T>, at: impl Fn(&T) -> f64) {
    let compare = |a: &T, b: &T| at(a).total_cmp(&at(b));
    let (low, high) = span(items, &at);
    let bits = (items.len().max(1).ilog2() / 2 + 3).min(MOST_BITS);
    let steps = f64::from((1_u32 << (2 * bits)) - 1) / (high - low);
    if items.len() < FEW || u32::try_from(items.len()).is_err() || !steps.is_normal() {
        items.sort_unstable_by(compare);
        return;
    }
    scratch.resize(items.len(), items[0]);
    let mask = (1 << bits) - 1;
    let step = |v: &T| ((at(v) - low) * steps + SHIFT).to_bits() as usize;
    let (lower, upper) = (|v: &T| step(v) & mask, |v: &T| (step(v) >> bits) & mask);
    let (mut lows, mut highs) = (vec![0; 1 << bits], vec![0; 1 << bits]);
    for v in items.iter() {
        lows[lower(v)] += 1;
        highs[upper(v)] += 1;
    }
    piles(items, scratch, lows, lower);
    piles(scratch, items, highs, upper);
    if !insert(items, &at) {
        items.sort_unstable_by(compare);
    }
}

/// Least and greatest position.
fn span<T>(items: &[T], at: impl Fn(&T) -> f64) -> (f64, f64) {
    let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (parts, rest) = items.as_chunks::<LANES>();
    for part in parts {
        for l in 0..LANES {
            let v = at(&part[l]);
            low[l] = if v < low[l] { v } else { low[l] };
            high[l] = if v > high[l] { v } else { high[l] };
        }
    }
    let least = low.into_iter().chain(rest.iter().map(&at)).fold(f64::INFINITY, f64::min);
    (least, high.into_iter().chain(rest.iter().map(&at)).fold(f64::NEG_INFINITY, f64::max))
}

/// Lays the items into `out` by a digit, of whose values there are `counts`; those of equal digits stay in their order.
fn piles<T: Copy>(items: &[T], out: &mut [T], mut counts: Vec<u32>, digit: impl Fn(&T) -> usize) {
    let mut start = 0;
    for n in &mut counts {
        start += std::mem::replace(n, start);
    }
    for v in items {
        let place = &mut counts[digit(v)];
        out[*place as usize] = *v;
        *place += 1;
    }
}

/// Insertion sort of what is nearly in order; false, with the items in some order, where it is not.
fn insert<T: Copy>(items: &mut [T], at: impl Fn(&T) -> f64) -> bool {
    let mut budget = MOVES * items.len();
    let mut last = f64::NEG_INFINITY;
    for i in 0..items.len() {
        let v = items[i];
        let here = at(&v);
        if here >= last {
            last = here;
            continue;
        }
        let mut place = i;
        while place > 0 && at(&items[place - 1]) > here {
            items[place] = items[place - 1];
            place -= 1;
        }
        items[place] = v;
        match budget.checked_sub(i - place) {
            Some(rest) => budget = rest,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn the_order_is_that_of_the_standard_library_however_points_lie() {
        let mut stream = Stream::new(0, "sort", 0);
        for n in [0, 1, 2, 511, 512, 1000, 40_000] {
            let draws: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
            let heavy = |v: &f64| v.powi(31);
            let tied = |v: &f64| (v * 3.0).round();
            let clouds: [&dyn Fn(&f64) -> f64; 6] =
                [&|v| *v, &heavy, &tied, &|_| 2.5, &|v| v * 1e300, &|v| if *v > 3.0 { 1e280 } else { *v }];
            for shape in clouds {
                let items: Vec<(f64, usize)> = draws.iter().enumerate().map(|(i, v)| (shape(v), i)).collect();
                let mut truth: Vec<f64> = items.iter().map(|(v, _)| *v).collect();
                truth.sort_by(f64::total_cmp);
                let mut found = items.clone();
                ascending(&mut found, &mut Vec::new(), |(v, _)| *v);
                assert!(found.iter().map(|(v, _)| *v).eq(truth), "{n} items");
                let mut seen: Vec<usize> = found.iter().map(|(_, i)| *i).collect();
                assert!(found.iter().all(|item| *item == items[item.1]));
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..n));
            }
        }
    }
}
