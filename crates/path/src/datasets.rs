//! Two-dimensional benchmark sets, with the quirks that published numbers depend on.

use crate::{Gaussian, Mixture};
use std::f64::consts::PI;
use thalweg_core::{Points, Result, Stream};

/// Eight normal laws on a circle of radius 5.
///
/// The per-coordinate variance is `sqrt(0.1)`, not 0.1: the published code of conditional flow matching
/// passes a standard deviation where a covariance is expected, and published figures follow it.
///
/// # Errors
/// None for the constants used here.
pub fn eight_gaussians_law() -> Result<Mixture> {
    circle_of_gaussians(8, 5.0, 0.1_f64.sqrt())
}

/// `count` normal laws of variance `variance` per coordinate, evenly on a circle.
///
/// # Errors
/// No component, or a variance that is not positive and finite.
pub fn circle_of_gaussians(count: usize, radius: f64, variance: f64) -> Result<Mixture> {
    let centre = |k: usize| {
        let (sin, cos) = (2.0 * PI * k as f64 / count as f64).sin_cos();
        Gaussian::isotropic(vec![radius * cos, radius * sin], variance)
    };
    Mixture::equal((0..count).map(centre).collect::<Result<_>>()?)
}

/// `n` draws of [`eight_gaussians_law`].
///
/// # Errors
/// As [`eight_gaussians_law`].
pub fn eight_gaussians(n: usize, stream: &mut Stream) -> Result<Points> {
    Ok(eight_gaussians_law()?.sample(n, stream))
}

/// Two half circles on a regular angular grid, `n / 2` points on the first, scaled by 3 and shifted by -1.
///
/// The noise is uniform in `[0, 0.2)` before scaling, with the same offset in both coordinates of a point, as
/// in the published generator; the familiar moons with normal noise are another law.
pub fn moons(n: usize, stream: &mut Stream) -> Points {
    let upper = n / 2;
    let mut points = Points::zeros(n, 2);
    for i in 0..n {
        let (k, count) = if i < upper { (i, upper) } else { (i - upper, n - upper) };
        let (sin, cos) = (PI * k as f64 / (count.max(2) - 1) as f64).sin_cos();
        let (x, y) = if i < upper { (cos, sin) } else { (1.0 - cos, 0.5 - sin) };
        let offset = 0.2 * stream.uniform();
        points.row_mut(i).copy_from_slice(&[3.0 * (x + offset) - 1.0, 3.0 * (y + offset) - 1.0]);
    }
    points
}

/// `n` draws, uniform on the eight dark unit squares of the four by four board on `[-2, 2]²`.
pub fn checkerboard(n: usize, stream: &mut Stream) -> Points {
    let mut points = Points::zeros(n, 2);
    for i in 0..n {
        let (column, half) = (stream.below(4), stream.below(2));
        let row = 2 * half + column % 2;
        let corner = [column as f64 - 2.0, row as f64 - 2.0];
        let [u, v] = [stream.uniform(), stream.uniform()];
        points.row_mut(i).copy_from_slice(&[corner[0] + u, corner[1] + v]);
    }
    points
}

/// Whether a point lies on a dark square of [`checkerboard`].
pub fn on_checkerboard(x: &[f64]) -> bool {
    let cell = |v: f64| (v + 2.0).floor();
    let inside = |v: f64| (-2.0..2.0).contains(&v);
    inside(x[0]) && inside(x[1]) && (cell(x[0]) + cell(x[1])) % 2.0 == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_gaussians_have_the_published_second_moment() {
        for seed in 0..3 {
            let points = eight_gaussians(40_000, &mut Stream::new(seed, "set", 0)).unwrap();
            let second = points.values().iter().map(|v| v * v).sum::<f64>() / 40_000.0;
            // 25 + 2 sqrt(0.1) = 25.632; the sd of |x|² is 2 * 5 * 0.562, four standard errors.
            assert!((second - 25.632).abs() < 4.0 * 5.7 / 200.0, "{second}");
        }
    }

    #[test]
    fn checkerboard_fills_its_squares_alone() {
        for seed in 0..3 {
            let points = checkerboard(8_000, &mut Stream::new(seed, "set", 0));
            assert!(points.rows().all(on_checkerboard));
            let mut counts = [0_usize; 16];
            points.rows().for_each(|p| counts[((p[0] + 2.0) as usize) * 4 + (p[1] + 2.0) as usize] += 1);
            let used: Vec<_> = counts.into_iter().filter(|c| *c > 0).collect();
            assert_eq!(used.len(), 8);
            // Binomial(8000, 1/8): sd 29.6.
            assert!(used.iter().all(|c| (*c as f64 - 1000.0).abs() < 120.0), "{used:?}");
        }
    }

    #[test]
    fn moons_share_one_offset_between_coordinates() {
        let points = moons(100, &mut Stream::new(0, "set", 0));
        let first = points.row(0);
        // The noiseless first point is (1, 0): 3 (1 + u) - 1 and 3 u - 1 differ by 3.
        assert!((first[0] - first[1] - 3.0).abs() < 1e-12);
        assert!(first[1] >= -1.0 && first[1] < -0.4);
    }
}
