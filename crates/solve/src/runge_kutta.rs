//! The explicit Runge-Kutta stepper: one for all tableaux.

use crate::{Noise, Step, Stepper, System, Tableau};
use std::ops::Range;

/// An explicit Runge-Kutta method given by its [`Tableau`].
pub struct RungeKutta {
    tableau: &'static Tableau,
    /// One drift a stage.
    stages: Vec<Vec<f64>>,
    /// State at the current stage.
    point: Vec<f64>,
    /// Drift at the end of the last step, where the interpolant needs it and no stage is it.
    end: Vec<f64>,
    first: First,
    end_known: bool,
}

/// What the next step can use as its first stage.
#[derive(Clone, Copy, PartialEq)]
enum First {
    /// Nothing: evaluate.
    Unknown,
    /// The first stage of the last try, which was rejected.
    Kept,
    /// The drift at the end of the last step, which was accepted.
    FromEnd,
}

impl RungeKutta {
    /// A stepper of the method.
    pub fn new(tableau: &'static Tableau) -> Self {
        Self {
            tableau,
            stages: vec![Vec::new(); tableau.b.len()],
            point: Vec::new(),
            end: Vec::new(),
            first: First::Unknown,
            end_known: false,
        }
    }

    /// Brings the drift at `(t, y)` into the first stage.
    fn first_stage(&mut self, system: &dyn System, t: f64, y: &[f64]) {
        if self.stages[0].len() != y.len() {
            self.stages.iter_mut().for_each(|k| k.resize(y.len(), 0.0));
            self.point.resize(y.len(), 0.0);
            self.first = First::Unknown;
        }
        let last = self.stages.len() - 1;
        match self.first {
            First::Unknown => system.drift(t, y, &mut self.stages[0]),
            First::Kept => {}
            First::FromEnd if self.tableau.fsal => self.stages.swap(0, last),
            First::FromEnd => std::mem::swap(&mut self.stages[0], &mut self.end),
        }
        self.first = First::Kept;
        self.end_known = false;
    }
}

impl Stepper for RungeKutta {
    fn step(
        &mut self,
        system: &dyn System,
        t: f64,
        h: f64,
        y: &[f64],
        _noise: &mut dyn Noise,
        next: &mut [f64],
        error: &mut [f64],
    ) -> bool {
        self.first_stage(system, t, y);
        let tableau = self.tableau;
        for i in 1..self.stages.len() {
            combine(Some(y), h, tableau.a[i], &self.stages, &mut self.point);
            system.drift(t + tableau.c[i] * h, &self.point, &mut self.stages[i]);
        }
        if tableau.fsal {
            next.copy_from_slice(&self.point);
        } else {
            combine(Some(y), h, tableau.b, &self.stages, next);
        }
        if let Some(weights) = tableau.error {
            combine(None, h, weights, &self.stages, error);
        }
        tableau.error.is_some()
    }

    fn interpolate(&mut self, system: &dyn System, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        if let Some(dense) = self.tableau.dense {
            let weights: Vec<f64> =
                dense.iter().map(|p| theta * (p[0] + theta * (p[1] + theta * (p[2] + theta * p[3])))).collect();
            let stages: Vec<&[f64]> = self.stages.iter().map(|k| &k[range.clone()]).collect();
            combine(Some(&step.y[range]), step.h, &weights, &stages, out);
            return;
        }
        if !self.end_known {
            self.end.resize(step.y.len(), 0.0);
            system.drift(step.t + step.h, step.next, &mut self.end);
            self.end_known = true;
            if self.first == First::Unknown {
                self.first = First::FromEnd;
            }
        }
        hermite(step, &self.stages[0], &self.end, theta, range, out);
    }

    fn order(&self) -> usize {
        self.tableau.order
    }

    fn accept(&mut self, altered: bool) {
        let end_known = self.tableau.fsal || self.end_known;
        self.first = if end_known && !altered { First::FromEnd } else { First::Unknown };
    }
}

/// `out = y + h sum_j weights[j] stages[j]`, in pieces that stay in the first cache.
fn combine<S: AsRef<[f64]>>(y: Option<&[f64]>, h: f64, weights: &[f64], stages: &[S], out: &mut [f64]) {
    const PIECE: usize = 1024;
    for (p, piece) in out.chunks_mut(PIECE).enumerate() {
        let range = p * PIECE..p * PIECE + piece.len();
        match y {
            Some(y) => piece.copy_from_slice(&y[range.clone()]),
            None => piece.fill(0.0),
        }
        for (w, k) in weights.iter().zip(stages).filter(|(w, _)| **w != 0.0) {
            let hw = h * w;
            piece.iter_mut().zip(&k.as_ref()[range.clone()]).for_each(|(o, k)| *o += hw * k);
        }
    }
}

/// Cubic of Hermite through both ends of a step and their drifts: local error of order 4.
fn hermite(step: Step<'_>, start: &[f64], end: &[f64], theta: f64, range: Range<usize>, out: &mut [f64]) {
    let (s, s2) = (theta, theta * theta);
    let s3 = s2 * s;
    let (to, from_slope, to_slope) = (3.0 * s2 - 2.0 * s3, s3 - 2.0 * s2 + s, s3 - s2);
    for (o, i) in out.iter_mut().zip(range) {
        let slopes = from_slope * start[i] + to_slope * end[i];
        *o = step.y[i] + to * (step.next[i] - step.y[i]) + step.h * slopes;
    }
}
