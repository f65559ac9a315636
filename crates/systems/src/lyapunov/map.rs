//! Exponents of maps.

use super::{Exponents, Growth, ITERATIONS, Lyapunov, finite, generic};
use crate::Map;
use thalweg_core::{Context, Points, Result, orthonormalise};

pub(super) fn of_map(map: &Map, start: Points, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
    let (d, orbits) = (map.dim(), options.orbits);
    let total = options.stretches * ITERATIONS;
    let mut seeds = Points::zeros(orbits, d);
    let mut state = start;
    for k in 0..options.settle * ITERATIONS + (orbits - 1) * total + 1 {
        if let Some(after) = k.checked_sub(options.settle * ITERATIONS).filter(|after| after % total == 0) {
            seeds.row_mut(after / total).copy_from_slice(state.row(0));
        }
        let now = state.clone();
        map.next(k as f64, now.values(), state.values_mut());
    }
    let mut now = finite(Some(seeds))?;
    let (mut next, mut jacobians) = (now.clone(), vec![0.0; orbits * d * d]);
    let mut tangents: Vec<f64> = (0..orbits).flat_map(|row| generic(d, row)).collect();
    let mut turned = vec![0.0; d * d];
    let mut growth = Growth::new(orbits, d);
    for k in 0..options.settle * ITERATIONS + total {
        if k % 1024 == 0 {
            ctx.check_stop()?;
        }
        map.jacobian(k as f64, now.values(), &mut jacobians);
        for (row, own) in tangents.chunks_exact_mut(d * d).enumerate() {
            times(&jacobians[row * d * d..][..d * d], own, d, &mut turned);
            own.copy_from_slice(&turned);
            let mut logs = vec![0.0; d];
            orthonormalise(own, d, &mut logs);
            if let Some(after) = k.checked_sub(options.settle * ITERATIONS) {
                growth.add(row, (after, total), 1.0, &logs);
            }
        }
        map.next(k as f64, now.values(), next.values_mut());
        std::mem::swap(&mut now, &mut next);
    }
    finite(Some(now))?;
    Ok(growth.means().ordered())
}

/// The images of `vectors` (`k x d`) under the matrix `a` (`d x d`).
fn times(a: &[f64], vectors: &[f64], d: usize, out: &mut [f64]) {
    for (vector, image) in vectors.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
        for (entry, row) in image.iter_mut().zip(a.chunks_exact(d)) {
            *entry = row.iter().zip(vector).map(|(a, v)| a * v).sum();
        }
    }
}
