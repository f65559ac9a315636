//! The plan in sixteen bits an entry, for the products of a Newton step.
//!
//! An entry over its row's mass lies in [0, 1]. It is kept without a sign in six bits of exponent and ten of mantissa,
//! as a single-precision number near 2^-64 shifted by 13 bits: reading it back is a shift on any processor.

use super::pass::{Stop, part_rows};
use crate::real::Real;
use crate::simd::fused;
use rayon::prelude::*;
use std::ops::Range;
use thalweg_core::Result;

/// What entries are multiplied by, so that their exponents fit six bits.
const UNIT: f32 = 5.421_011e-20; // 2^-64
/// Entries below are left out: their products would be too small for the format of the sums.
const LEAST: f64 = 1.0 / 1_073_741_824.0; // 2^-30
/// Columns that are skipped together where four rows have no entry in them.
const BLOCK: usize = 64;
const SHIFT: u32 = 13;
const LANES: usize = 16;

/// Shares of each row's mass, `n` rows of padded length.
pub(super) enum Held {
    /// In sixteen bits: what a Newton step needs, since it is corrected by the next pass. With each four rows, the blocks
    /// of columns where they have entries.
    Rounded { values: Vec<u16>, active: Vec<bool>, stride: usize },
    /// As they are, where what is left to correct lies below the rounding.
    Full { values: Vec<f64>, stride: usize },
}

/// Rows of one part, to be written.
pub(super) enum Share<'a> {
    Rounded(&'a mut [u16], &'a mut [bool]),
    Full(&'a mut [f64]),
}

impl Held {
    pub(super) fn rounded(rows: usize, stride: usize) -> Self {
        let active = vec![false; rows.div_ceil(4) * stride.div_ceil(BLOCK)];
        Self::Rounded { values: vec![0; rows * stride], active, stride }
    }

    pub(super) fn full(rows: usize, stride: usize) -> Self {
        Self::Full { values: vec![0.0; rows * stride], stride }
    }

    /// The rows in parts of `rows`, a multiple of four.
    pub(super) fn parts(&mut self, rows: usize) -> Vec<Share<'_>> {
        match self {
            Self::Rounded { values, active, stride } => {
                let active = active.chunks_mut(rows / 4 * stride.div_ceil(BLOCK));
                values.chunks_mut(rows * *stride).zip(active).map(|(v, a)| Share::Rounded(v, a)).collect()
            }
            Self::Full { values, stride } => values.chunks_mut(rows * *stride).map(Share::Full).collect(),
        }
    }

    /// `sum_i E_ij row(i, s_i)` with `s_i = sum_j E_ij v_j`, which is left in `dots`, in one reading of the entries.
    pub(super) fn sweep(
        &self,
        v: &[f64],
        dots: &mut [f64],
        row: impl Fn(usize, f64) -> f64 + Sync,
        stop: Stop,
    ) -> Result<Vec<f64>> {
        match self {
            Self::Rounded { values, active, stride } => {
                let v: Vec<f32> = v.iter().map(|v| *v as f32).collect();
                let (unit, blocks) = (f64::from(UNIT), stride.div_ceil(BLOCK));
                let runs = |four: usize| runs(&active[four * blocks..][..blocks], *stride);
                let dot = |four: usize, e: &[u16]| {
                    runs(four).map(|run| f64::from(row_dot(&e[run.clone()], &v[run]))).sum::<f64>() / unit
                };
                let add = |four: usize, e: &[u16], t: [f64; 4], out: &mut [f32]| {
                    let row = |r: usize| e.get(r * stride..(r + 1) * stride).unwrap_or(&e[..*stride]);
                    for run in runs(four) {
                        let e = [0, 1, 2, 3].map(|r| &row(r)[run.clone()]);
                        add_four(e, t.map(|t| t as f32), &mut out[run]);
                    }
                };
                let mut out = fold(values, *stride, dots, dot, add, row, stop)?;
                out.iter_mut().for_each(|o| *o /= unit);
                Ok(out)
            }
            Self::Full { values, stride } => {
                let dot = |_, e: &[f64]| e.iter().zip(v).map(|(e, v)| e * v).sum();
                let add = |_, e: &[f64], t: [f64; 4], out: &mut [f64]| {
                    super::kernel::add_rows(&t[..e.len() / out.len()], e, out);
                };
                fold(values, *stride, dots, dot, add, row, stop)
            }
        }
    }
}

/// Stretches of columns in consecutive active blocks.
fn runs(active: &[bool], stride: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + active[at..].iter().position(|a| *a)?;
        at = start + active[start..].iter().position(|a| !*a).unwrap_or(active.len() - start);
        Some(start * BLOCK..(at * BLOCK).min(stride))
    })
}

impl Share<'_> {
    /// Writes rows from `first` on: exponentials `e` over their `sums`.
    pub(super) fn write<T: Real>(&mut self, first: usize, e: &[T], stride: usize, sums: impl Iterator<Item = f64>) {
        let least = T::of(LEAST);
        for ((r, e), sum) in e.chunks_exact(stride).enumerate().zip(sums) {
            let i = first + r;
            match self {
                Share::Rounded(out, active) => {
                    let out = &mut out[i * stride..][..stride];
                    write_row(e, T::of(1.0 / sum), least, out);
                    let blocks = stride.div_ceil(BLOCK);
                    for (block, active) in out.chunks(BLOCK).zip(&mut active[i / 4 * blocks..][..blocks]) {
                        let any = block.iter().fold(0, |all, v| all | v) != 0;
                        *active = any || (!i.is_multiple_of(4) && *active);
                    }
                }
                Share::Full(out) => {
                    out[i * stride..][..stride].iter_mut().zip(e).for_each(|(o, e)| *o = e.get() / sum);
                }
            }
        }
    }
}

/// Four rows at a time: their products with a vector, and their sum weighted by what `row` makes of those. `dot` and
/// `add` are told which four.
fn fold<E: Sync, A: Real>(
    values: &[E],
    stride: usize,
    dots: &mut [f64],
    dot: impl Fn(usize, &[E]) -> f64 + Sync,
    add: impl Fn(usize, &[E], [f64; 4], &mut [A]) + Sync,
    row: impl Fn(usize, f64) -> f64 + Sync,
    stop: Stop,
) -> Result<Vec<f64>> {
    let rows = part_rows(dots.len(), stride);
    let work = |part: usize, entries: &[E], dots: &mut [f64]| -> Result<Vec<A>> {
        let mut out = vec![A::default(); stride];
        for (k, (four, dots)) in entries.chunks(4 * stride).zip(dots.chunks_mut(4)).enumerate() {
            if k.is_multiple_of(16) {
                stop()?;
            }
            let mut t = [0.0; 4];
            for (r, (entries, out)) in four.chunks_exact(stride).zip(dots).enumerate() {
                *out = dot(part * rows / 4 + k, entries);
                t[r] = row(part * rows + 4 * k + r, *out);
            }
            add(part * rows / 4 + k, four, t, &mut out);
        }
        Ok(out)
    };
    let parts: Vec<Vec<A>> = values
        .par_chunks(rows * stride)
        .zip(dots.par_chunks_mut(rows))
        .enumerate()
        .map(|(part, (entries, dots))| work(part, entries, dots))
        .collect::<Result<_>>()?;
    let mut out = vec![0.0; stride];
    for part in &parts {
        out.iter_mut().zip(part).for_each(|(o, p)| *o += p.get());
    }
    Ok(out)
}

#[inline(always)]
fn read(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << SHIFT)
}

fused! {
    /// Writes `e` times `factor`, at most about 1, rounded to nearest, where that is more than `least`.
    fn write_row<T>(e: &[T], factor: T, least: T, out: &mut [u16]) {
        for (out, e) in out.iter_mut().zip(e) {
            // Cut before the product, which would be too small for a fast one.
            let share = *e * factor;
            let kept = (if share > least { share } else { least }).single().fma::<FMA>(UNIT, 0.0);
            let bits = (kept.to_bits() + (1 << (SHIFT - 1))) >> SHIFT;
            *out = if share > least { bits as u16 } else { 0 };
        }
    }
}

fused! {
    /// `sum_j entries_j v_j`, in the unit of the entries; lengths are multiples of the lanes.
    ///
    /// A row at a time: loops over several rows are not compiled to vectors.
    fn row_dot(entries: &[u16], v: &[f32]) -> f32 {
        // Whole blocks in sums that do not wait for each other, and what is left.
        let ((blocks, e), (vectors, v)) = (entries.as_chunks::<BLOCK>(), v.as_chunks::<BLOCK>());
        let mut wide = [0.0_f32; BLOCK];
        for (e, v) in blocks.iter().zip(vectors) {
            for l in 0..BLOCK {
                wide[l] = read(e[l]).fma::<FMA>(v[l], wide[l]);
            }
        }
        let mut lanes = [0.0_f32; LANES];
        for part in wide.as_chunks::<LANES>().0 {
            for l in 0..LANES {
                lanes[l] += part[l];
            }
        }
        for (e, v) in e.as_chunks::<LANES>().0.iter().zip(v.as_chunks::<LANES>().0) {
            for l in 0..LANES {
                lanes[l] = read(e[l]).fma::<FMA>(v[l], lanes[l]);
            }
        }
        lanes.into_iter().sum()
    }
}

fused! {
    /// Adds four rows weighted by `t` to `out`.
    fn add_four(e: [&[u16]; 4], t: [f32; 4], out: &mut [f32]) {
        let len = out.len();
        let (e0, e1, e2, e3) = (&e[0][..len], &e[1][..len], &e[2][..len], &e[3][..len]);
        for j in 0..len {
            let low = read(e1[j]).fma::<FMA>(t[1], read(e0[j]).fma::<FMA>(t[0], out[j]));
            out[j] = low + read(e3[j]).fma::<FMA>(t[3], read(e2[j]) * t[2]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn products_agree_with_plain_ones_to_the_rounding_of_the_entries() {
        for (n, m) in [(1, 16), (7, 32), (150, 1040)] {
            let mut stream = Stream::new(0, "half", n as u64);
            let entries: Vec<f64> =
                (0..n * m).map(|k| if k % m / 100 % 3 == 1 { 0.0 } else { (-9.0 * stream.uniform()).exp() }).collect();
            let v: Vec<f64> = (0..m).map(|_| stream.uniform()).collect();
            let dots: Vec<f64> = entries.chunks(m).map(|e| e.iter().zip(&v).map(|(e, v)| e * v).sum()).collect();
            // Half a unit of the eleventh bit in the entry and in the sum, and what is left out; the order of the sums.
            let kinds = [(Held::rounded(n, m), 1.0 / 1024.0 + 1e-3), (Held::full(n, m), 1e-13)];
            for (mut held, tolerance) in kinds {
                for share in &mut held.parts(n.next_multiple_of(4)) {
                    share.write(0, &entries, m, std::iter::repeat_n(1.0, n));
                }
                let weigh = |i: usize, dot: f64| dot / (1.0 + i as f64);
                let found = held.sweep(&v, &mut vec![0.0; n], weigh, &|| Ok(())).unwrap();
                for j in 0..m {
                    let truth: f64 = (0..n).map(|i| entries[i * m + j] * weigh(i, dots[i])).sum();
                    assert!((found[j] - truth).abs() <= tolerance * truth, "{} for {truth}", found[j]);
                }
            }
        }
    }
}
