//! Projections of points on directions.

use crate::sinkhorn::four_dots;
use rayon::prelude::*;

/// Points whose coordinates are laid side by side at a time: of fifty coordinates they stay in the first cache.
const BLOCK: usize = 64;
/// Points of a task, a multiple of the blocks; a constant, so that the work is cut the same way whatever the threads.
const TASK: usize = 4096;
/// Directions whose products stay in registers.
pub(super) const FOUR: usize = 4;

/// Writes `points_i . directions_k` to `out[k n + i]` for `n` points and directions of `dim` coordinates, one after the other.
///
/// Each block of points is laid out once for all directions. Parallel over points in the calling pool.
pub(super) fn project(points: &[f64], directions: &[f64], dim: usize, out: &mut [f64]) {
    let fours: Vec<Vec<[f64; FOUR]>> = directions.chunks(FOUR * dim).map(|four| by_coordinate(four, dim)).collect();
    // What a task writes of each direction.
    let mut parts: Vec<Vec<&mut [f64]>> = points.chunks(TASK * dim).map(|_| Vec::new()).collect();
    for line in out.chunks_exact_mut(points.len() / dim) {
        line.chunks_mut(TASK).zip(&mut parts).for_each(|(part, parts)| parts.push(part));
    }
    points.par_chunks(TASK * dim).zip(parts).for_each(|(points, mut lines)| {
        let (mut laid, mut found) = (vec![[0.0; BLOCK]; dim], [0.0; FOUR * BLOCK]);
        for (block, points) in points.chunks(BLOCK * dim).enumerate() {
            for (i, point) in points.chunks_exact(dim).enumerate() {
                laid.iter_mut().zip(point).for_each(|(row, v)| row[i] = *v);
            }
            let (start, len) = (block * BLOCK, points.len() / dim);
            for (four, lines) in fours.iter().zip(lines.chunks_mut(FOUR)) {
                four_dots(four, laid.as_flattened(), &[0.0; BLOCK], [0.0; FOUR], &mut found, BLOCK);
                for (line, found) in lines.iter_mut().zip(found.chunks_exact(BLOCK)) {
                    line[start..start + len].copy_from_slice(&found[..len]);
                }
            }
        }
    });
}

/// Up to four directions, one coordinate of all after the other.
fn by_coordinate(directions: &[f64], dim: usize) -> Vec<[f64; FOUR]> {
    let mut four = vec![[0.0; FOUR]; dim];
    for (k, direction) in directions.chunks_exact(dim).enumerate() {
        four.iter_mut().zip(direction).for_each(|(four, u)| four[k] = *u);
    }
    four
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn projections_are_sums_of_products() {
        for (n, dim, k) in [(1, 1, 1), (63, 2, 4), (65, 3, 5), (4100, 7, 9)] {
            let mut stream = Stream::new(0, "project", n as u64);
            let mut draw = |len: usize| (0..len).map(|_| stream.normal()).collect::<Vec<f64>>();
            let (points, directions) = (draw(n * dim), draw(k * dim));
            let mut out = vec![f64::NAN; k * n];
            project(&points, &directions, dim, &mut out);
            for (direction, line) in directions.chunks(dim).zip(out.chunks(n)) {
                for (point, found) in points.chunks(dim).zip(line) {
                    let plain: f64 = point.iter().zip(direction).map(|(x, u)| x * u).sum();
                    assert!((found - plain).abs() < 1e-13);
                }
            }
        }
    }
}
