//! The two directions a page shows: time and value for one feature, both features where there are two, otherwise
//! principal components.

use crate::scene::Axis;
use thalweg_core::{Points, Result};

/// An affine map from states at a time to the plane of the page.
pub(crate) struct Plane {
    mean: Vec<f64>,
    /// How fast time runs along the first axis: 1 for one feature, which leaves that axis free, else 0.
    clock: f64,
    /// Two orthonormal directions.
    directions: [Vec<f64>; 2],
    axes: [Axis; 2],
    window: ([f64; 2], [f64; 2]),
}

impl Plane {
    /// The plane of `points` (`n x d`), of which each has a time.
    pub(crate) fn of(points: &Points, times: &[f64], features: &[String], time: &Axis) -> Result<Self> {
        let d = points.dim();
        let feature = |k: usize| Axis::new(features[k].clone(), "");
        let (mean, directions, axes) = match d {
            1 => (vec![0.0], [vec![0.0], vec![1.0]], [time.clone(), feature(0)]),
            2 => (vec![0.0; 2], [vec![1.0, 0.0], vec![0.0, 1.0]], [feature(0), feature(1)]),
            _ => {
                let mean = centre(points);
                let first = leading(points, &mean, None);
                let second = leading(points, &mean, Some(&first));
                let axes = [("PC1", &first), ("PC2", &second)].map(|(name, direction)| {
                    let share = 100.0 * explained(points, &mean, direction);
                    Axis::new(name, format!("{share:.0}\u{202F}% of the variance"))
                });
                (mean, [first, second], axes)
            }
        };
        let clock = if d == 1 { 1.0 } else { 0.0 };
        let mut view = Self { mean, clock, directions, axes, window: ([0.0, 1.0], [0.0, 1.0]) };
        let xy: Vec<[f64; 2]> = points.rows().zip(times).map(|(x, t)| view.point(*t, x)).collect();
        view.window = (range(xy.iter().map(|p| p[0])), range(xy.iter().map(|p| p[1])));
        Ok(view)
    }

    pub(crate) fn axes(&self) -> [Axis; 2] {
        self.axes.clone()
    }

    /// First and last of each axis, with a margin.
    pub(crate) fn window(&self) -> ([f64; 2], [f64; 2]) {
        self.window
    }

    /// Whether the first axis is time, so that one picture has all of it.
    pub(crate) fn has_time(&self) -> bool {
        self.clock > 0.0
    }

    /// Points of one time in the plane.
    pub(crate) fn points(&self, time: f64, points: &Points) -> Vec<[f64; 2]> {
        points.rows().map(|x| self.point(time, x)).collect()
    }

    fn point(&self, time: f64, x: &[f64]) -> [f64; 2] {
        let centred: Vec<f64> = x.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        let [along, up] = self.shadow(&centred);
        [along + self.clock * time, up]
    }

    /// A velocity in the plane, in which time, where it has an axis, goes on by one in a unit of time.
    pub(crate) fn direction(&self, v: &[f64]) -> [f64; 2] {
        let [along, up] = self.shadow(v);
        [along + self.clock, up]
    }

    fn shadow(&self, v: &[f64]) -> [f64; 2] {
        [0, 1].map(|k| v.iter().zip(&self.directions[k]).map(|(a, b)| a * b).sum())
    }

    /// States over the nodes of the plane, and whether there is data near each. Off the plane a node takes the mean
    /// of the data around it, because the law was never seen elsewhere. `xy` are the projected `points`.
    pub(crate) fn lift(&self, nodes: &[[f64; 2]], points: &Points, xy: &[[f64; 2]]) -> (Points, Vec<bool>) {
        let ([x0, x1], [y0, y1]) = self.window;
        let (rx, ry) = ((x1 - x0) / 30.0, (y1 - y0) / 30.0);
        let d = points.dim();
        let mut lifted = Points::zeros(nodes.len(), d);
        let mut data = Vec::with_capacity(nodes.len());
        for (k, node) in nodes.iter().enumerate() {
            let near = xy
                .iter()
                .enumerate()
                .filter(|(_, p)| ((p[0] - node[0]) / rx).powi(2) + ((p[1] - node[1]) / ry).powi(2) < 1.0);
            let mut count = 0.0;
            let row = lifted.row_mut(k);
            for (i, _) in near {
                count += 1.0;
                row.iter_mut().zip(points.row(i)).for_each(|(r, x)| *r += x);
            }
            data.push(count > 0.0);
            if count > 0.0 {
                row.iter_mut().for_each(|r| *r /= count);
            } else {
                row.copy_from_slice(&self.mean);
            }
            // Replace the part in the plane by the node itself.
            let centred: Vec<f64> = row.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
            let here = self.shadow(&centred);
            for (k, direction) in self.directions.iter().enumerate() {
                let shift = node[k] - here[k];
                row.iter_mut().zip(direction).for_each(|(r, e)| *r += shift * e);
            }
        }
        (lifted, data)
    }
}

fn centre(points: &Points) -> Vec<f64> {
    let n = points.len() as f64;
    let mut mean = vec![0.0; points.dim()];
    for x in points.rows() {
        mean.iter_mut().zip(x).for_each(|(m, x)| *m += x / n);
    }
    mean
}

/// Share of the total variance along a unit `direction`.
fn explained(points: &Points, mean: &[f64], direction: &[f64]) -> f64 {
    let (mut along, mut total) = (0.0, 0.0);
    for x in points.rows() {
        let centred = || x.iter().zip(mean).map(|(x, m)| x - m);
        along += centred().zip(direction).map(|(c, e)| c * e).sum::<f64>().powi(2);
        total += centred().map(|c| c * c).sum::<f64>();
    }
    if total > 0.0 { along / total } else { 0.0 }
}

/// The direction of largest variance, orthogonal to `other`, by power iteration on the centred data.
fn leading(points: &Points, mean: &[f64], other: Option<&[f64]>) -> Vec<f64> {
    let d = points.dim();
    // A start that no axis-aligned data set is orthogonal to.
    let mut v: Vec<f64> = (0..d).map(|k| 1.0 + 0.1 * ((k * k + 1) as f64).sin()).collect();
    for _ in 0..200 {
        orthonormalise(&mut v, other);
        let mut next = vec![0.0; d];
        for x in points.rows() {
            let share: f64 = x.iter().zip(mean).zip(&v).map(|((x, m), v)| (x - m) * v).sum();
            next.iter_mut().zip(x.iter().zip(mean)).for_each(|(n, (x, m))| *n += share * (x - m));
        }
        if next.iter().all(|n| *n == 0.0) {
            break;
        }
        v = next;
    }
    orthonormalise(&mut v, other);
    // The sign of a component is free: make the largest entry positive, so that pictures do not flip.
    let largest = v.iter().copied().fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
    v.iter_mut().for_each(|x| *x *= largest.signum());
    v
}

fn orthonormalise(v: &mut [f64], other: Option<&[f64]>) {
    if let Some(e) = other {
        let overlap: f64 = v.iter().zip(e).map(|(a, b)| a * b).sum();
        v.iter_mut().zip(e).for_each(|(a, b)| *a -= overlap * b);
    }
    let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        v.iter_mut().for_each(|x| *x /= norm);
    }
}

/// Least and largest with a margin of five per cent; a unit interval around a constant.
fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let margin = if high > low { 0.05 * (high - low) } else { 0.5 };
    [low - margin, high + margin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_components_are_those_of_the_construction() {
        let mut stream = thalweg_core::Stream::new(0, "view", 0);
        // Variances 9, 4 and 0.01 along the axes y, z, x.
        let values =
            (0..3000).flat_map(|_| [0.1 * stream.normal(), 3.0 * stream.normal(), 2.0 * stream.normal()]).collect();
        let points = Points::new(3, values).unwrap();
        let time = Axis::new("day", "d");
        let view = Plane::of(&points, &[0.0; 3000], &["a".into(), "b".into(), "c".into()], &time).unwrap();
        assert!(view.directions[0][1] > 0.99 && view.directions[1][2] > 0.99, "{:?}", view.directions);
        let shares = [0, 1].map(|k| explained(&points, &view.mean, &view.directions[k]));
        assert!((shares[0] - 9.0 / 13.01).abs() < 0.03 && (shares[1] - 4.0 / 13.01).abs() < 0.03, "{shares:?}");
        let nodes = [[1.0, -1.0]];
        let (lifted, data) = view.lift(&nodes, &points, &view.points(0.0, &points));
        assert!(data[0]);
        let back = view.points(7.0, &lifted)[0];
        assert!((back[0] - 1.0).abs() < 1e-5 && (back[1] + 1.0).abs() < 1e-5);
    }

    #[test]
    fn one_feature_is_drawn_against_time() {
        let points = Points::new(1, vec![3.0, 5.0, 4.0, 8.0]).unwrap();
        let view = Plane::of(&points, &[0.0, 0.0, 2.0, 2.0], &["a".into()], &Axis::new("day", "d")).unwrap();
        assert_eq!(view.axes().map(|a| a.title()), ["day (d)", "a"]);
        assert_eq!(view.window(), ([-0.1, 2.1], [2.75, 8.25]));
        assert_eq!(view.points(1.5, &points)[1], [1.5, 5.0]);
        assert_eq!(view.direction(&[-3.0]), [1.0, -3.0]);
        let (lifted, data) = view.lift(&[[0.0, 5.1], [1.0, 5.1]], &points, &view.points(0.0, &points));
        assert!(data == [true, false] && (lifted.row(1)[0] - 5.1).abs() < 1e-6);
    }
}
