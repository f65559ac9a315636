//! Functions of known curvature and minimum.

use super::{Curvature, Objective};

/// The convex function of one variable on which the heavy ball that is best on quadratics runs in a cycle of three (Lessard,
/// Recht and Packard, 2016): `f' = 25 x` below 1, `x + 24` up to 2, `25 x - 24` beyond. Its minimum is at 0.
#[derive(Clone, Copy, Debug)]
pub struct Kinked;

impl Kinked {
    /// The bounds of its curvature.
    pub const CURVATURE: Curvature = Curvature { least: 1.0, largest: 25.0 };
}

impl Objective for Kinked {
    fn dim(&self) -> usize {
        1
    }

    fn value(&self, x: &[f64]) -> f64 {
        let x = x[0];
        if x < 1.0 {
            12.5 * x * x
        } else if x < 2.0 {
            12.5 + 0.5 * (x * x - 1.0) + 24.0 * (x - 1.0)
        } else {
            38.0 + 12.5 * (x * x - 4.0) - 24.0 * (x - 2.0)
        }
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        let x = x[0];
        out[0] = if x < 1.0 {
            25.0 * x
        } else if x < 2.0 {
            x + 24.0
        } else {
            25.0 * x - 24.0
        };
    }
}

/// `sum curvature_i x_i^2 / 2`, by its curvatures; its minimum is at the origin.
#[derive(Clone, Debug)]
pub struct Quadratic(pub Vec<f64>);

impl Objective for Quadratic {
    fn dim(&self) -> usize {
        self.0.len()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.0.iter().zip(x).map(|(l, x)| 0.5 * l * x * x).sum()
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        (0..x.len()).for_each(|i| out[i] = self.0[i] * x[i]);
    }
}
