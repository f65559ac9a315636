//! The discrete Fourier transform of any length in O(n log n).

use std::f64::consts::PI;

/// A complex number: real and imaginary part.
pub(crate) type Complex = (f64, f64);

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// What transforms of one length share.
pub(crate) struct Fourier {
    n: usize,
    /// Length of the transforms of a power of two: `n` itself, or at least twice that.
    padded: usize,
    /// `exp(-2 pi i k / padded)`, half of the circle.
    roots: Vec<Complex>,
    /// For other lengths (Bluestein): `exp(-pi i k^2 / n)`, and the transform of its conjugate as a filter.
    chirp: Vec<Complex>,
    filter: Vec<Complex>,
}

impl Fourier {
    pub(crate) fn new(n: usize) -> Self {
        let padded = if n.is_power_of_two() { n } else { (2 * n).next_power_of_two() };
        let unit = |turn: f64| (turn.cos(), turn.sin());
        let roots = (0..padded / 2).map(|k| unit(-2.0 * PI * k as f64 / padded as f64)).collect();
        let mut this = Self { n, padded, roots, chirp: Vec::new(), filter: Vec::new() };
        if padded != n {
            // k^2 modulo 2n keeps the angle exact where k^2 / n would lose digits.
            let square = |k: usize| (k as u128 * k as u128 % (2 * n as u128)) as f64;
            this.chirp = (0..n).map(|k| unit(-PI * square(k) / n as f64)).collect();
            let mut filter = vec![(0.0, 0.0); padded];
            for (k, c) in this.chirp.iter().enumerate() {
                filter[k] = (c.0, -c.1);
                filter[(padded - k) % padded] = (c.0, -c.1);
            }
            this.radix(&mut filter);
            this.filter = filter;
        }
        this
    }

    /// `sum_j x_j exp(-2 pi i j k / n)` in the place of `values` (`n`).
    pub(crate) fn forward(&self, values: &mut [Complex]) {
        if self.padded == self.n {
            return self.radix(values);
        }
        let mut work = vec![(0.0, 0.0); self.padded];
        work.iter_mut().zip(values.iter().zip(&self.chirp)).for_each(|(w, (v, c))| *w = times(*v, *c));
        self.radix(&mut work);
        // The inverse is the transform of the conjugate, conjugated.
        work.iter_mut().zip(&self.filter).for_each(|(w, f)| {
            let product = times(*w, *f);
            *w = (product.0, -product.1);
        });
        self.radix(&mut work);
        let scale = 1.0 / self.padded as f64;
        for ((v, w), c) in values.iter_mut().zip(&work).zip(&self.chirp) {
            *v = times((w.0 * scale, -w.1 * scale), *c);
        }
    }

    /// The inverse of [`Fourier::forward`].
    pub(crate) fn inverse(&self, values: &mut [Complex]) {
        values.iter_mut().for_each(|v| v.1 = -v.1);
        self.forward(values);
        let scale = 1.0 / self.n as f64;
        values.iter_mut().for_each(|v| *v = (v.0 * scale, -v.1 * scale));
    }

    /// The transform of real numbers.
    pub(crate) fn of_real(&self, x: &[f64]) -> Vec<Complex> {
        let mut values: Vec<Complex> = x.iter().map(|v| (*v, 0.0)).collect();
        self.forward(&mut values);
        values
    }

    /// The transform of a power of two, in place (Cooley and Tukey).
    fn radix(&self, values: &mut [Complex]) {
        let n = values.len();
        if n < 2 {
            return;
        }
        let shift = usize::BITS - n.trailing_zeros();
        for i in 0..n {
            let j = i.reverse_bits() >> shift;
            if i < j {
                values.swap(i, j);
            }
        }
        let mut half = 1;
        while half < n {
            let stride = n / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let turned = times(*b, self.roots[k * stride]);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn every_length_agrees_with_the_sum() {
        for n in [1, 2, 3, 4, 5, 8, 12, 31, 64, 100, 97] {
            let mut stream = Stream::new(0, "test/fourier", n as u64);
            let x: Vec<Complex> = (0..n).map(|_| (stream.normal(), stream.normal())).collect();
            let fourier = Fourier::new(n);
            let mut y = x.clone();
            fourier.forward(&mut y);
            for (k, found) in y.iter().enumerate() {
                let sum = x.iter().enumerate().fold((0.0, 0.0), |sum: Complex, (j, v)| {
                    let turn = -2.0 * PI * ((j * k) % n) as f64 / n as f64;
                    let term = times(*v, (turn.cos(), turn.sin()));
                    (sum.0 + term.0, sum.1 + term.1)
                });
                assert!((found.0 - sum.0).abs() < 1e-11 && (found.1 - sum.1).abs() < 1e-11, "{n} {k}");
            }
            fourier.inverse(&mut y);
            assert!(x.iter().zip(&y).all(|(a, b)| (a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12), "{n}");
        }
    }
}
