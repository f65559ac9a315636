//! The explicit Runge-Kutta stepper: one for all tableaux.

use crate::hermite::hermite;
use crate::{Dense, Estimate, Noise, Step, Stepper, System, Tableau};
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
    /// Stages of the interpolant beyond those of the step.
    beyond: Vec<Vec<f64>>,
    beyond_known: bool,
    /// Second error estimate, where there are two.
    second: Vec<f64>,
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
            beyond: Vec::new(),
            beyond_known: false,
            second: Vec::new(),
        }
    }

    /// Brings the drift at `(t, y)` into the first stage.
    fn first_stage(&mut self, system: &System<'_>, t: f64, y: &[f64]) {
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
        self.beyond_known = false;
    }

    /// The error of the step just made; whether there is an estimate.
    fn estimate(&mut self, h: f64, error: &mut [f64]) -> bool {
        match self.tableau.error {
            Estimate::None => return false,
            Estimate::One(weights) => combine(None, h, weights, &self.stages, error),
            Estimate::Two(high, low) => {
                self.second.resize(error.len(), 0.0);
                combine(None, h, high, &self.stages, error);
                combine(None, h, low, &self.stages, &mut self.second);
                for (e, low) in error.iter_mut().zip(&self.second) {
                    let size = e.hypot(0.1 * low);
                    *e *= if size > 0.0 { e.abs() / size } else { 1.0 };
                }
            }
        }
        true
    }

    /// Evaluates the stages beyond those of the step, unless they are there.
    fn reach_beyond(&mut self, system: &System<'_>, step: Step<'_>, a: &[&[f64]], c: &[f64]) {
        if self.beyond_known {
            return;
        }
        self.beyond.resize(a.len(), Vec::new());
        for i in 0..a.len() {
            let (done, rest) = self.beyond.split_at_mut(i);
            let stages: Vec<&Vec<f64>> = self.stages.iter().chain(done.iter()).collect();
            combine(Some(step.y), step.h, a[i], &stages, &mut self.point);
            rest[0].resize(step.y.len(), 0.0);
            system.drift(step.t + c[i] * step.h, &self.point, &mut rest[0]);
        }
        self.beyond_known = true;
    }

    /// The interpolant of Hermite, with the drift at the end where no stage is it.
    fn cubic(&mut self, system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
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
}

/// Weights of all stages at fraction `theta`, see [`Dense::Nested`].
fn nested(tableau: &Tableau, d: &[&[f64]], theta: f64) -> Vec<f64> {
    let (s, r, last) = (theta, 1.0 - theta, tableau.b.len() - 1);
    (0..d[0].len())
        .map(|j| {
            let b = tableau.b.get(j).copied().unwrap_or(0.0);
            let (first, end) = (f64::from(j == 0), f64::from(j == last));
            let inner = d[0][j] + s * (d[1][j] + r * (d[2][j] + s * d[3][j]));
            s * (b + r * (first - b + s * (2.0 * b - first - end + r * inner)))
        })
        .collect()
}

impl Stepper for RungeKutta {
    fn step(
        &mut self,
        system: &System<'_>,
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
        self.estimate(h, error)
    }

    fn interpolate(&mut self, system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        match self.tableau.dense {
            Dense::Hermite => self.cubic(system, step, theta, range, out),
            Dense::Powers(p) => {
                let power = |p: &[f64; 4]| theta * (p[0] + theta * (p[1] + theta * (p[2] + theta * p[3])));
                let weights: Vec<f64> = p.iter().map(power).collect();
                let stages: Vec<&[f64]> = self.stages.iter().map(|k| &k[range.clone()]).collect();
                combine(Some(&step.y[range]), step.h, &weights, &stages, out);
            }
            Dense::Nested { a, c, d } => {
                self.reach_beyond(system, step, a, c);
                let weights = nested(self.tableau, d, theta);
                let stages: Vec<&[f64]> = self.stages.iter().chain(&self.beyond).map(|k| &k[range.clone()]).collect();
                combine(Some(&step.y[range]), step.h, &weights, &stages, out);
            }
        }
    }

    fn degree(&self) -> usize {
        match self.tableau.dense {
            Dense::Hermite => 3,
            Dense::Powers(_) => 4,
            Dense::Nested { .. } => 7,
        }
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
