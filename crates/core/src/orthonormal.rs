//! Tangents made orthonormal, and how much they had grown.

/// Makes the vectors (`k` of length `d`, one after the other) orthonormal in their order (modified Gram-Schmidt, twice
/// for the sake of nearly parallel ones), and adds the logarithm of the length that each had left to `logs` (`k`).
///
/// A vector of length zero is left as it is, with a logarithm of minus infinity.
pub fn orthonormalise(vectors: &mut [f64], d: usize, logs: &mut [f64]) {
    for k in 0..logs.len() {
        let (before, rest) = vectors.split_at_mut(k * d);
        let own = &mut rest[..d];
        for earlier in before.chunks_exact(d).chain(before.chunks_exact(d)) {
            let share: f64 = earlier.iter().zip(&*own).map(|(e, v)| e * v).sum();
            own.iter_mut().zip(earlier).for_each(|(v, e)| *v -= share * e);
        }
        let length = own.iter().map(|v| v * v).sum::<f64>().sqrt();
        logs[k] += length.ln();
        if length > 0.0 {
            own.iter_mut().for_each(|v| *v /= length);
        }
    }
}
