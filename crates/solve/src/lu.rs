//! Decomposition of small dense matrices, row-major, in place.

/// Writes the factors of `n x n` `a` over it, rows exchanged as `pivots` say; false where `a` is singular or not finite.
pub fn decompose(n: usize, a: &mut [f64], pivots: &mut [usize]) -> bool {
    for k in 0..n {
        let mut best = k;
        for i in k + 1..n {
            if a[i * n + k].abs() > a[best * n + k].abs() {
                best = i;
            }
        }
        pivots[k] = best;
        let pivot = a[best * n + k];
        if !pivot.is_finite() || pivot == 0.0 {
            return false;
        }
        if best != k {
            (0..n).for_each(|j| a.swap(k * n + j, best * n + j));
        }
        let (done, below) = a.split_at_mut((k + 1) * n);
        let row = &done[k * n..];
        for line in below.chunks_exact_mut(n) {
            line[k] /= pivot;
            let factor = line[k];
            if factor != 0.0 {
                line[k + 1..].iter_mut().zip(&row[k + 1..]).for_each(|(l, r)| *l -= factor * r);
            }
        }
    }
    true
}

/// Solves with the factors of [`decompose`], in place.
pub fn solve(n: usize, a: &[f64], pivots: &[usize], b: &mut [f64]) {
    for k in 0..n {
        b.swap(k, pivots[k]);
    }
    for i in 0..n {
        b[i] -= a[i * n..i * n + i].iter().zip(&b[..i]).map(|(a, b)| a * b).sum::<f64>();
    }
    for i in (0..n).rev() {
        let rest: f64 = a[i * n + i + 1..(i + 1) * n].iter().zip(&b[i + 1..n]).map(|(a, b)| a * b).sum();
        b[i] = (b[i] - rest) / a[i * n + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_undone() {
        // Rows in an order that needs every exchange.
        let n = 5;
        let a: Vec<f64> =
            (0..25).map(|k| ((k * k * 7 + 3 * k) % 11) as f64 - if k % 6 == 0 { 5.0 } else { 0.0 }).collect();
        let x = [1.0, -2.0, 0.5, 3.0, 4.0];
        let mut b: Vec<f64> = a.chunks(n).map(|row| row.iter().zip(&x).map(|(a, x)| a * x).sum()).collect();
        let (mut factors, mut pivots) = (a.clone(), vec![0; n]);
        assert!(decompose(n, &mut factors, &mut pivots));
        solve(n, &factors, &pivots, &mut b);
        assert!(b.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-11));
        assert!(!decompose(2, &mut [1.0, 2.0, 2.0, 4.0], &mut [0; 2]));
        assert!(!decompose(1, &mut [f64::NAN], &mut [0]));
    }
}
