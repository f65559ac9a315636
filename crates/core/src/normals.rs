//! Normals of many streams side by side.
//!
//! A path of an ensemble draws from a stream of its own, so that it does not depend on the paths beside it. Sixteen such
//! streams are drawn from at once: their words are the lanes of a vector, from the rounds of ChaCha (Bernstein, 2008) to the
//! logarithm, square root and circle of Box and Muller (Ann. Math. Stat. 29, 1958). Nothing branches and nothing is looked
//! up, so a loop over lanes is vector instructions; nothing is fused, so every processor has the same bits.

use crate::stream::key;
use crate::wide;

/// Streams that are drawn from together.
pub const STREAMS: usize = 16;
/// Normals that a block of ChaCha makes of each stream: eight words of 64 bits, two for two normals.
const BLOCK: usize = 8;

type Words = [u32; STREAMS];

/// Normals of the streams `first..first + 16` of a purpose: the same random words as those of [`crate::Stream`].
#[derive(Clone, Debug)]
pub struct Normals {
    key: [u32; 8],
    first: u64,
    block: u64,
}

impl Normals {
    /// Streams number `first..first + 16` of `purpose` under `seed`, from their beginning.
    pub fn new(seed: u64, purpose: &str, first: u64) -> Self {
        let bytes = key(seed, purpose);
        let word = |k: usize| u32::from_le_bytes([0, 1, 2, 3].map(|b| bytes[4 * k + b]));
        Self { key: std::array::from_fn(word), first, block: 0 }
    }

    /// The same streams from normal number `8 block` on.
    pub fn at(&self, block: u64) -> Self {
        Self { block, ..self.clone() }
    }

    /// Fills with the next normals: `out` is `n x 16` with `n` a multiple of 8, one lane a stream.
    ///
    /// # Panics
    /// On another length.
    pub fn fill(&mut self, out: &mut [f64]) {
        assert!(out.len().is_multiple_of(BLOCK * STREAMS), "normals come in blocks of {BLOCK} by {STREAMS}");
        fill(&self.key, self.first, self.block, out);
        self.block += (out.len() / (BLOCK * STREAMS)) as u64;
    }
}

wide! {
    fn fill(key: &[u32; 8], first: u64, block: u64, out: &mut [f64]) {
        for (k, out) in out.chunks_exact_mut(BLOCK * STREAMS).enumerate() {
            let words = chacha(key, first, block + k as u64);
            for (pair, out) in words.chunks_exact(4).zip(out.chunks_exact_mut(2 * STREAMS)) {
                let (one, other) = out.split_at_mut(STREAMS);
                for lane in 0..STREAMS {
                    let long = |low: usize| u64::from(pair[low][lane]) | u64::from(pair[low + 1][lane]) << 32;
                    (one[lane], other[lane]) = normals(long(0), long(2));
                }
            }
        }
    }
}

/// The 16 words of a block of sixteen streams. What a stream does stands in one piece, so that its words stay in registers
/// through all rounds.
#[inline(always)]
fn chacha(key: &[u32; 8], first: u64, block: u64) -> [Words; 16] {
    let mut words = [[0; STREAMS]; 16];
    for lane in 0..STREAMS {
        let stream = first.wrapping_add(lane as u64);
        let [a, b, c, d, e, f, g, h] = *key;
        let (place, stream) = ([block as u32, (block >> 32) as u32], [stream as u32, (stream >> 32) as u32]);
        let start = [
            0x6170_7865,
            0x3320_646e,
            0x7962_2d32,
            0x6b20_6574,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            place[0],
            place[1],
            stream[0],
            stream[1],
        ];
        let rounds = two_rounds(two_rounds(two_rounds(two_rounds(start))));
        for k in 0..16 {
            words[k][lane] = rounds[k].wrapping_add(start[k]);
        }
    }
    words
}

/// A round over columns and one over diagonals.
#[inline(always)]
fn two_rounds(x: [u32; 16]) -> [u32; 16] {
    let x = quarter(x, 0, 4, 8, 12);
    let x = quarter(x, 1, 5, 9, 13);
    let x = quarter(x, 2, 6, 10, 14);
    let x = quarter(x, 3, 7, 11, 15);
    let x = quarter(x, 0, 5, 10, 15);
    let x = quarter(x, 1, 6, 11, 12);
    let x = quarter(x, 2, 7, 8, 13);
    quarter(x, 3, 4, 9, 14)
}

#[inline(always)]
fn quarter(mut x: [u32; 16], a: usize, b: usize, c: usize, d: usize) -> [u32; 16] {
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(16);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(12);
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(8);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(7);
    x
}

const ONE: u64 = 0x3ff0_0000_0000_0000;

/// Two independent normals of two random words: at most 8.5, where a chance of 2^-52 ends.
#[inline(always)]
fn normals(a: u64, b: u64) -> (f64, f64) {
    // In (0, 1] and in [-1/2, 1/2).
    let radius = 2.0 - f64::from_bits(ONE | a >> 12);
    let turn = f64::from_bits(ONE | b << 2 >> 12) - 1.5;
    let radius = (-2.0 * logarithm(radius)).sqrt();
    let (sine, cosine) = quarter_circle(std::f64::consts::FRAC_PI_2 * turn);
    // The two bits that are left choose the quarter.
    let (x, y) = (radius * sine, f64::from_bits((radius * cosine).to_bits() ^ b & 1 << 63));
    if b & 1 << 62 == 0 { (x, y) } else { (y, x) }
}

/// `ln x` for normal `x`, within 1 unit in the last place (the method of FreeBSD's `e_log.c`).
#[inline(always)]
fn logarithm(x: f64) -> f64 {
    // The high word of the square root of a half, and how far it is below one.
    const ROOT: u64 = 0x3fe6_a09e_0000_0000;
    const MANTISSA: u64 = (1 << 52) - 1;
    // 2^52 + 2^51: what is added to it as an integer is added as a number.
    const MAGIC: u64 = 0x4338_0000_0000_0000;
    let bits = x.to_bits().wrapping_add(ONE - ROOT);
    let exponent = f64::from_bits((bits >> 52).wrapping_add(MAGIC)) - (f64::from_bits(MAGIC) + 1023.0);
    let f = f64::from_bits((bits & MANTISSA).wrapping_add(ROOT)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (3.999_999_999_940_942e-1 + w * (2.222_219_843_214_978_4e-1 + w * 1.531_383_769_920_937_3e-1));
    let odd = z
        * (6.666_666_666_666_735e-1
            + w * (2.857_142_874_366_239e-1 + w * (1.818_357_216_161_805e-1 + w * 1.479_819_860_511_658_6e-1)));
    let half = 0.5 * f * f;
    let (high, low) = (6.931_471_803_691_238e-1 * exponent, 1.908_214_929_270_587_7e-10 * exponent);
    s * (half + (odd + even)) + low - half + f + high
}

/// Sine and cosine within a quarter of pi of zero (the polynomials of FreeBSD's `k_sin.c` and `k_cos.c`).
#[inline(always)]
fn quarter_circle(x: f64) -> (f64, f64) {
    let z = x * x;
    let sine = -1.984_126_982_985_795e-4
        + z * (2.755_731_370_707_007e-6 + z * (-2.505_076_025_340_686_3e-8 + z * 1.589_690_995_211_55e-10));
    let sine = x + x * z * (-1.666_666_666_666_663_2e-1 + z * (8.333_333_333_322_49e-3 + z * sine));
    let cosine = 2.480_158_728_947_673e-5
        + z * (-2.755_731_435_139_066_3e-7 + z * (2.087_572_321_298_175e-9 + z * -1.135_964_755_778_819_5e-11));
    let cosine = 4.166_666_666_666_66e-2 + z * (-1.388_888_888_887_411e-3 + z * cosine);
    (sine, 1.0 - (0.5 * z - z * z * cosine))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    #[test]
    fn words_are_those_of_the_streams() {
        let first = u64::from(u32::MAX) - 3;
        let normals = Normals::new(7, "words", first);
        let mut streams: Vec<Stream> = (0..16).map(|k| Stream::new(7, "words", first + k)).collect();
        for block in 0..5 {
            let words = chacha(&normals.key, first, block);
            for pair in words.chunks_exact(2) {
                for (lane, stream) in streams.iter_mut().enumerate() {
                    assert_eq!(stream.bits(), u64::from(pair[0][lane]) | u64::from(pair[1][lane]) << 32);
                }
            }
        }
    }

    #[test]
    fn functions_are_those_of_the_library() {
        let mut stream = Stream::new(0, "functions", 0);
        for k in 0..200_000 {
            let u = 1.0 - stream.uniform();
            // Also near zero and one.
            let x = match k % 3 {
                0 => u,
                1 => u.powi(20).max(1e-16),
                _ => 1.0 - u.powi(8) * 0.01,
            };
            let (found, expected) = (logarithm(x), x.ln());
            assert!((found - expected).abs() <= 2.5e-16 * expected.abs(), "ln {x}: {found} for {expected}");
            let x = (u - 0.5) * std::f64::consts::FRAC_PI_2;
            let ((sine, cosine), (s, c)) = (quarter_circle(x), x.sin_cos());
            assert!((sine - s).abs() <= 2.3e-16 * s.abs() && (cosine - c).abs() <= 2.3e-16, "{x}");
        }
        assert_eq!(logarithm(1.0), 0.0);
    }

    /// Moments up to the eighth, correlations within a pair and from one lane and one draw to the next, and the share in
    /// the tails.
    #[test]
    fn normals_are_normal() {
        for seed in 0..3 {
            let mut values = vec![0.0; 32_000 * STREAMS];
            let mut normals = Normals::new(seed, "normal", 0);
            let (early, late) = values.split_at_mut(8 * STREAMS * 1000);
            normals.fill(early);
            normals.fill(late);
            let mut again = vec![0.0; 8 * STREAMS];
            normals.at(999).fill(&mut again);
            assert_eq!(again, early[early.len() - again.len()..]);
            let n = values.len() as f64;
            let mean = |f: &dyn Fn(usize) -> f64| (0..values.len()).map(f).sum::<f64>() / n;
            for (power, expected, variance) in [
                (1, 0.0, 1.0),
                (2, 1.0, 2.0),
                (3, 0.0, 15.0),
                (4, 3.0, 96.0),
                (6, 15.0, 10_170.0),
                (8, 105.0, 2_016_000.0),
            ] {
                let found = mean(&|k| values[k].powi(power));
                assert!((found - expected).abs() < 4.5 * (variance / n).sqrt(), "moment {power}: {found}");
            }
            for shift in [1, STREAMS, 2 * STREAMS, 8 * STREAMS] {
                let found = mean(&|k| values[k] * values[(k + shift) % values.len()]);
                assert!(found.abs() < 4.5 / n.sqrt(), "correlation {shift}: {found}");
                let found = mean(&|k| (values[k].powi(2) - 1.0) * (values[(k + shift) % values.len()].powi(2) - 1.0));
                assert!(found.abs() < 9.0 / n.sqrt(), "correlation of squares {shift}: {found}");
            }
            // Abramowitz and Stegun, table 26.1: beyond one, two, three and four standard deviations on both sides.
            for (far, share) in [(1.0, 0.317_310_508), (2.0, 0.045_500_264), (3.0, 0.002_699_796), (4.0, 6.334e-5)] {
                let found = mean(&|k| f64::from(values[k].abs() > far));
                assert!((found - share).abs() < 4.5 * (share / n).sqrt(), "beyond {far}: {found}");
            }
        }
    }
}
