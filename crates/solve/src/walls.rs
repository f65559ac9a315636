//! Boundaries that a diffusion is turned back at.

use crate::{Step, System};
use thalweg_core::{Error, Points, Result, Stream};

/// Where rows may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// Between two bounds in each coordinate; infinite ones are none.
    Box {
        /// Lower bounds, one a coordinate.
        low: Vec<f64>,
        /// Upper bounds, one a coordinate.
        high: Vec<f64>,
    },
    /// Where `normal . x >= offset`.
    HalfSpace {
        /// The direction inwards; any length.
        normal: Vec<f64>,
        /// The offset.
        offset: f64,
    },
}

/// What is done with a step that ends outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reflection {
    /// The nearest point inside. Weak order 1/2: near the wall the law is off by `0.58 sigma sqrt(h)`.
    Projection,
    /// The mirror image of the end of the step: weak order 1 (Bossy, Gobet and Talay, "A symmetrized Euler scheme for an
    /// efficient approximation of reflected diffusions", J. Appl. Probab. 41, 2004).
    Mirror,
    /// The step is pushed inwards by as much as the path within it would have gone outside, drawn from the law of the
    /// extreme of a Brownian bridge: the exact reflected law where drift and noise are constant, weak order 1 else (Lépingle,
    /// "Euler scheme for reflected stochastic differential equations", Math. Comput. Simul. 38, 1995). Walls are treated one
    /// by one, so they should be further apart than a step reaches.
    Bridge,
}

/// A region with a rule: rows are reflected along the normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Walls {
    region: Region,
    rule: Reflection,
}

impl Walls {
    /// Reflection at the boundary of `region`.
    ///
    /// # Errors
    /// Bounds out of order, other numbers of them, a normal that is zero or not finite.
    pub fn new(region: Region, rule: Reflection) -> Result<Self> {
        match &region {
            Region::Box { low, high } => {
                if low.len() != high.len() || low.iter().zip(high).any(|(a, b)| a.is_nan() || b.is_nan() || a >= b) {
                    return Err(Error::input(format!(
                        "The box from {low:?} to {high:?} is empty, but every lower bound must be below its upper."
                    )));
                }
            }
            Region::HalfSpace { normal, offset } => {
                let size: f64 = normal.iter().map(|n| n * n).sum();
                if !(size.is_finite() && size > 0.0 && offset.is_finite()) {
                    return Err(Error::input(format!(
                        "The half-space has the normal {normal:?} and the offset {offset}, but both must be finite and the normal not zero."
                    )));
                }
            }
        }
        Ok(Self { region, rule })
    }

    /// Refuses points of another dimension, or outside.
    pub(crate) fn check(&self, start: &Points) -> Result<()> {
        let dim = match &self.region {
            Region::Box { low, .. } => low.len(),
            Region::HalfSpace { normal, .. } => normal.len(),
        };
        if dim != start.dim() {
            return Err(Error::input(format!(
                "The walls have {dim} coordinates and the points {}, but both must agree.",
                start.dim()
            )));
        }
        let planes = self.planes();
        if let Some((i, row)) = start.rows().enumerate().find(|(_, row)| planes.iter().any(|p| p.depth(row) < 0.0)) {
            return Err(Error::input(format!("Point {i} is {row:?}, outside the walls, but must start inside.")));
        }
        Ok(())
    }

    /// Its boundary, wall by wall.
    fn planes(&self) -> Vec<Plane> {
        match &self.region {
            Region::HalfSpace { normal, offset } => {
                let size = normal.iter().map(|n| n * n).sum::<f64>().sqrt();
                let normal = normal.iter().enumerate().map(|(i, n)| (i, n / size)).collect();
                vec![Plane { normal, offset: offset / size }]
            }
            Region::Box { low, high } => {
                let side = |i: usize, sign: f64, bound: f64| Plane { normal: vec![(i, sign)], offset: sign * bound };
                let lower = low.iter().enumerate().map(|(i, a)| side(i, 1.0, *a));
                let upper = high.iter().enumerate().map(|(i, b)| side(i, -1.0, *b));
                lower.chain(upper).filter(|plane| plane.offset.is_finite()).collect()
            }
        }
    }
}

/// One wall: inside is where `normal . x >= offset`, the normal of length 1 and given by its components that are not zero.
struct Plane {
    normal: Vec<(usize, f64)>,
    offset: f64,
}

impl Plane {
    /// Distance inwards.
    fn depth(&self, x: &[f64]) -> f64 {
        self.normal.iter().map(|(i, n)| n * x[*i]).sum::<f64>() - self.offset
    }

    fn push(&self, x: &mut [f64], by: f64) {
        self.normal.iter().for_each(|(i, n)| x[*i] += n * by);
    }
}

/// The walls of a block, with a stream of random numbers a row.
pub struct Guard {
    planes: Vec<Plane>,
    rule: Reflection,
    streams: Vec<Stream>,
    spread: Vec<f64>,
}

impl Guard {
    /// The walls of the rows `first..first + rows`.
    pub fn new(walls: &Walls, seed: u64, first: usize, rows: usize) -> Self {
        let streams = (first..first + rows).map(|row| Stream::new(seed, "walls", row as u64)).collect();
        Self { planes: walls.planes(), rule: walls.rule, streams, spread: Vec::new() }
    }

    /// Turns the rows of `next` back that a step from `y` at `t` has taken outside.
    pub fn hold(&mut self, system: &System<'_>, step: Step<'_>, next: &mut [f64]) {
        let dim = system.layout().dim;
        if self.rule == Reflection::Bridge {
            system.spread(step.t, step.y, &mut self.spread);
        }
        for row in 0..system.layout().rows {
            let (from, to) = (&step.y[row * dim..(row + 1) * dim], &mut next[row * dim..(row + 1) * dim]);
            for plane in &self.planes {
                let depth = plane.depth(to);
                match self.rule {
                    Reflection::Projection => plane.push(to, (-depth).max(0.0)),
                    Reflection::Mirror => plane.push(to, 2.0 * (-depth).max(0.0)),
                    Reflection::Bridge => {
                        let variance = step.h.abs() * along(system, &self.spread, row, plane);
                        let deepest = extreme(plane.depth(from) - depth, variance, self.streams[row].uniform());
                        plane.push(to, (deepest - plane.depth(from)).max(0.0));
                    }
                }
            }
            // A step across the whole region.
            self.planes.iter().for_each(|plane| plane.push(to, (-plane.depth(to)).max(0.0)));
        }
    }
}

/// Variance of the noise of a row along a normal, per time.
fn along(system: &System<'_>, spread: &[f64], row: usize, plane: &Plane) -> f64 {
    let dim = system.layout().dim;
    let square = |x: f64| x * x;
    match system.noise().columns() {
        None => plane.normal.iter().map(|(i, n)| square(n * spread[row * dim + i])).sum(),
        Some(m) => {
            (0..m).map(|j| square(plane.normal.iter().map(|(i, n)| n * spread[(row * dim + i) * m + j]).sum())).sum()
        }
    }
}

/// A draw of the largest value of a Brownian bridge from 0 to `end` of this variance, from a uniform draw in `[0, 1)`.
fn extreme(end: f64, variance: f64, uniform: f64) -> f64 {
    0.5 * (end + (end * end - 2.0 * variance * (1.0 - uniform).ln()).sqrt())
}

#[cfg(test)]
mod tests {
    use super::extreme;

    /// P(max > m) = exp(-2 m (m - b) / v) for a bridge from 0 to b of variance v (Karatzas and Shreve, "Brownian Motion and
    /// Stochastic Calculus", section 4.3): the draw is where it is one minus the uniform number.
    #[test]
    fn the_highest_point_of_a_bridge_has_its_law() {
        for end in [-1.3, 0.0, 0.4, 2.0] {
            for variance in [0.01, 0.5, 3.0] {
                for uniform in [0.01, 0.3, 0.5, 0.9, 0.999] {
                    let highest = extreme(end, variance, uniform);
                    let above = (-2.0 * highest * (highest - end) / variance).exp();
                    assert!(
                        highest >= end.max(0.0) && (above - (1.0 - uniform)).abs() < 1e-9,
                        "{end} {variance} {uniform}"
                    );
                }
            }
        }
    }
}
