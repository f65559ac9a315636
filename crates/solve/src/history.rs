//! Laws that look back, and the past they look at.

use std::collections::VecDeque;
use std::f64::consts::PI;

/// A law `dx/dt = f(t, x(t), x(t - tau_1), ..., x(t - tau_k))` with constant delays.
pub trait Delayed: Send + Sync {
    /// Number of coordinates of a state.
    fn dim(&self) -> usize;

    /// The delays, all positive.
    fn delays(&self) -> &[f64];

    /// Writes the rate of each row into `out` (`n x dim`). `past` holds, delay after delay, the states of all rows
    /// (`n x dim` each) that long ago.
    fn velocity(&self, t: f64, x: &[f64], past: &[f64], out: &mut [f64]);

    /// Writes the states of all rows at a time before the start into `out` (`n x dim`), given those at the start.
    ///
    /// The default is a past that stood still.
    fn before(&self, _t: f64, start: &[f64], out: &mut [f64]) {
        out.copy_from_slice(start);
    }
}

/// Corners beyond which no further level is added: with many delays they lie as close as steps do.
const MOST_CORNERS: usize = 1000;

/// Times after `start` at which the solution has a corner, or a derivative of it has: sums of up to `levels` delays. After
/// each delay the corner is in a derivative one order higher, so those further on are below the error of the scheme.
pub fn corners(delays: &[f64], (start, end): (f64, f64), levels: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut fresh = vec![0.0];
    for _ in 0..levels {
        if sums.len() > MOST_CORNERS {
            break;
        }
        fresh = fresh.iter().flat_map(|s| delays.iter().map(move |tau| s + tau)).collect();
        fresh.retain(|s| *s < end - start);
        fresh.sort_by(f64::total_cmp);
        // Sums in another order differ by rounding.
        fresh.dedup_by(|a, b| (*a - *b).abs() <= 1e-12 * (end - start));
        sums.extend(&fresh);
    }
    sums.sort_by(f64::total_cmp);
    sums.dedup_by(|a, b| (*a - *b).abs() <= 1e-12 * (end - start));
    sums.iter().map(|s| start + s).collect()
}

/// A step of the past: the interpolant of the scheme, by its values at the points of Chebyshev and Lobatto. A polynomial is
/// its values, so this is what the scheme itself says lies between its steps.
struct Stretch {
    t: f64,
    h: f64,
    values: Vec<f64>,
}

/// What a block remembers.
pub struct History {
    start: f64,
    first: Vec<f64>,
    longest: f64,
    degree: usize,
    stretches: VecDeque<Stretch>,
}

impl History {
    /// A history that begins at `(start, first)`, of interpolants of this degree, and reaches `longest` back.
    pub fn new(start: f64, first: &[f64], longest: f64, degree: usize) -> Self {
        Self { start, first: first.to_vec(), longest, degree, stretches: VecDeque::new() }
    }

    /// Fractions of a step at which the interpolant is kept.
    pub fn nodes(degree: usize) -> Vec<f64> {
        (0..=degree).map(|j| 0.5 - 0.5 * (PI * j as f64 / degree as f64).cos()).collect()
    }

    /// Adds the step from `t` of length `h`: the states at each of the [`History::nodes`], one after the other.
    pub fn push(&mut self, t: f64, h: f64, values: Vec<f64>) {
        let oldest = t - 1.5 * self.longest;
        while self.stretches.front().is_some_and(|s| s.t + s.h < oldest) {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch { t, h, values });
    }

    /// Writes the state at `t`, seen from within the smooth piece `piece` a `delay` later, into `out`.
    pub fn at(&self, t: f64, delay: f64, piece: (f64, f64), law: &dyn Delayed, out: &mut [f64]) {
        // At the start itself the side matters, as the past need not end where the solution begins, and rounding may put the
        // end of the piece before on the other.
        let ended = piece.1 - delay <= self.start + 1e-12 * (self.longest + self.start.abs());
        if ended || t < self.start || self.stretches.is_empty() {
            law.before(t.min(self.start), &self.first, out);
            return;
        }
        let k = self.stretches.partition_point(|s| s.t <= t).saturating_sub(1);
        let stretch = &self.stretches[k];
        interpolate((t - stretch.t) / stretch.h, self.degree, &stretch.values, out);
    }
}

/// The polynomial through values at the points of Chebyshev and Lobatto, in barycentric form.
fn interpolate(theta: f64, degree: usize, values: &[f64], out: &mut [f64]) {
    let nodes = History::nodes(degree);
    let len = out.len();
    if let Some(j) = nodes.iter().position(|node| *node == theta) {
        out.copy_from_slice(&values[j * len..(j + 1) * len]);
        return;
    }
    let weight = |j: usize| {
        let end = if j == 0 || j == degree { 0.5 } else { 1.0 };
        let sign = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * end / (theta - nodes[j])
    };
    let weights: Vec<f64> = (0..=degree).map(weight).collect();
    let total: f64 = weights.iter().sum();
    out.fill(0.0);
    for (w, values) in weights.iter().zip(values.chunks_exact(len)) {
        out.iter_mut().zip(values).for_each(|(o, v)| *o += w / total * v);
    }
}
