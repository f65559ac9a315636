//! Densities along one axis, of what was observed and of what the model generated.

use crate::scene::{Particles, Scene, SnapshotView};
use crate::view::Span;

/// Points at which a density is evaluated.
pub const NODES: usize = 96;

/// Observed and generated density along both axes at the time of one snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    /// When.
    pub time: f64,
    /// Whether training never saw the snapshot.
    pub held_out: bool,
    /// Per axis: observed density at [`NODES`] equal steps of the span.
    pub observed: [Vec<f64>; 2],
    /// Per axis: generated density, none where no particle lives at that time.
    pub generated: Option<[Vec<f64>; 2]>,
}

/// Densities at every snapshot, over the spans of the two axes.
///
/// Both curves use one Gaussian kernel whose width is Silverman's rule on the observed points, so that a
/// difference of the curves is a difference of the samples and not of their smoothing.
pub fn marginals(scene: &Scene, spans: [Span; 2]) -> Vec<Marginal> {
    scene.snapshots.iter().filter(|s| !s.xy.is_empty()).map(|s| marginal(s, scene.particles.as_ref(), spans)).collect()
}

fn marginal(snapshot: &SnapshotView, particles: Option<&Particles>, spans: [Span; 2]) -> Marginal {
    let uniform = vec![1.0; snapshot.xy.len()];
    let weights = snapshot.weights.as_ref().unwrap_or(&uniform);
    let bandwidth = [0, 1].map(|k| silverman(&snapshot.xy, weights, k).max(spans[k].width() / NODES as f64));
    let both = |xy: &[[f64; 2]], w: &[f32]| [0, 1].map(|k| density(xy, w, k, bandwidth[k], spans[k]));
    Marginal {
        time: snapshot.time,
        held_out: snapshot.held_out,
        observed: both(&snapshot.xy, weights),
        generated: particles.and_then(|p| at_time(p, snapshot.time)).map(|(xy, w)| both(&xy, &w)),
    }
}

/// Positions and masses at a time, linear between frames; none outside the frames' times.
fn at_time(particles: &Particles, time: f64) -> Option<(Vec<[f64; 2]>, Vec<f32>)> {
    let times = &particles.times;
    let slack = 1e-12 * (times.last()? - times.first()?).abs();
    let next = times.iter().position(|t| *t + slack >= time)?;
    let before = next.saturating_sub(1);
    if time + slack < times[before] {
        return None;
    }
    let step = times[next] - times[before];
    let share = if step > 0.0 { ((time - times[before]) / step).clamp(0.0, 1.0) } else { 0.0 };
    let pairs = particles.xy[before].iter().zip(&particles.xy[next]);
    let mix = |a: f64, b: f64| a + share * (b - a);
    let xy = pairs.map(|(a, b)| [mix(a[0], b[0]), mix(a[1], b[1])]).collect();
    let mass = match &particles.log_weight {
        Some(logs) => {
            logs[before].iter().zip(&logs[next]).map(|(a, b)| mix(f64::from(*a), f64::from(*b)).exp() as f32).collect()
        }
        None => vec![1.0; particles.count()],
    };
    Some((xy, mass))
}

/// Silverman's rule of thumb (Density Estimation, 1986, eq. 3.30) with the effective sample size.
fn silverman(xy: &[[f64; 2]], weights: &[f32], axis: usize) -> f64 {
    let pairs = || xy.iter().zip(weights).map(|(p, w)| (p[axis], f64::from(*w)));
    let total: f64 = pairs().map(|(_, w)| w).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let mean = pairs().map(|(v, w)| v * w).sum::<f64>() / total;
    let variance = pairs().map(|(v, w)| w * (v - mean).powi(2)).sum::<f64>() / total;
    let effective = total.powi(2) / pairs().map(|(_, w)| w * w).sum::<f64>();
    let mut sorted: Vec<f64> = xy.iter().map(|p| p[axis]).collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
    let spread = variance.sqrt().min((quantile(0.75) - quantile(0.25)) / 1.34);
    let spread = if spread > 0.0 { spread } else { variance.sqrt() };
    0.9 * spread * effective.powf(-0.2)
}

/// Weighted Gaussian kernel density on a regular grid. Points are first shared between the two nearest of four
/// fine bins per node, which makes the cost linear in the points.
fn density(xy: &[[f64; 2]], weights: &[f32], axis: usize, bandwidth: f64, span: Span) -> Vec<f64> {
    const FINE: usize = 4 * NODES;
    let width = span.width() / (FINE - 1) as f64;
    let mut bins = vec![0.0; FINE];
    let mut total = 0.0;
    for (point, weight) in xy.iter().zip(weights) {
        let weight = f64::from(*weight);
        total += weight;
        let r = (point[axis] - span.low) / width;
        if r >= 0.0 && r < (FINE - 1) as f64 {
            let share = r.fract();
            bins[r as usize] += weight * (1.0 - share);
            bins[r as usize + 1] += weight * share;
        }
    }
    let norm = 1.0 / (total.max(f64::MIN_POSITIVE) * bandwidth * std::f64::consts::TAU.sqrt());
    (0..NODES)
        .map(|node| {
            let at = node as f64 * span.width() / (NODES - 1) as f64;
            let kernel = |bin: usize| (-0.5 * ((bin as f64 * width - at) / bandwidth).powi(2)).exp();
            norm * bins.iter().enumerate().filter(|(_, m)| **m > 0.0).map(|(b, m)| m * kernel(b)).sum::<f64>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_the_plain_sum_of_kernels() {
        let span = Span { low: -4.0, high: 4.0 };
        let xy: Vec<[f64; 2]> = (0..50).map(|i| [(f64::from(i) * 0.7).sin() * 2.0, 0.0]).collect();
        let weights: Vec<f32> = (0..50).map(|i| 1.0 + (i % 3) as f32).collect();
        let found = density(&xy, &weights, 0, 0.4, span);
        let total: f32 = weights.iter().sum();
        for (node, value) in found.iter().enumerate() {
            let at = -4.0 + 8.0 * node as f64 / 95.0;
            let plain: f64 = xy
                .iter()
                .zip(&weights)
                .map(|(p, w)| f64::from(*w) * (-0.5 * ((p[0] - at) / 0.4).powi(2)).exp())
                .sum::<f64>()
                / (f64::from(total) * 0.4 * std::f64::consts::TAU.sqrt());
            assert!((value - plain).abs() < 1e-3, "{node}: {value} {plain}");
        }
        let mass: f64 = found.iter().sum::<f64>() * 8.0 / 95.0;
        assert!((mass - 1.0).abs() < 1e-3);
    }

    #[test]
    fn generated_points_are_interpolated_and_never_extrapolated() {
        let particles = Particles {
            times: vec![0.0, 2.0],
            xy: vec![vec![[0.0, 1.0]], vec![[4.0, 3.0]]],
            log_weight: Some(vec![vec![0.0], vec![2.0]]),
        };
        let (xy, mass) = at_time(&particles, 0.5).unwrap();
        assert_eq!(xy, [[1.0, 1.5]]);
        assert!((mass[0] - 0.5f32.exp()).abs() < 1e-6);
        assert!(at_time(&particles, -0.5).is_none() && at_time(&particles, 2.5).is_none());
        assert_eq!(at_time(&particles, 2.0).unwrap().0, [[4.0, 3.0]]);
    }
}
