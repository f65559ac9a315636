//! The direction along which two measures are farthest apart.

use super::along;
use crate::cost::check_clouds;
use crate::line::{line_w2, merge, sorted};
use crate::metrics::{direction, homogeneous};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Measure, Points, Report, Result, Status, Stream};

/// Most starts.
const MOST: usize = 1_000_000;
/// Starts from which an ascent is made: those where the distance is largest.
const ASCENTS: usize = 8;
/// Halvings of a step before a direction counts as the best of its surroundings: maxima lie where the coupling changes, which
/// a step has to hit.
const HALVINGS: i32 = 40;

/// Max-sliced W2: the largest `W2` of the projections on a direction of unit length.
///
/// Along a direction `u` with the monotone coupling `pi` of the projections, `W2^2(u) = sum pi (u . (x - y))^2` has the gradient
/// `2 sum pi (u . (x - y)) (x - y)`. A step goes towards the gradient and back to the sphere. It begins with the whole way, that
/// is a step of the power method for this coupling, and is halved until the distance rises, which therefore never falls.
/// Ascents start from the best of many directions, among them that between the means; what they end at is a local maximum,
/// and so a lower bound.
///
/// References: Deshpande et al., CVPR 2019; Kolouri et al., NeurIPS 2019 (projected gradient ascent).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxSliced {
    /// Random directions of which the best begin an ascent, 1 to 1,000,000.
    pub starts: usize,
    /// Budget of steps of an ascent.
    pub max_iterations: usize,
    /// Ends where a step raises the distance by at most this fraction of it.
    pub tolerance: f64,
}

impl Default for MaxSliced {
    fn default() -> Self {
        Self { starts: 64, max_iterations: 200, tolerance: 1e-12 }
    }
}

/// The farthest direction that was found.
#[derive(Clone, Debug)]
pub struct Greatest {
    /// `W2` of the projections.
    pub distance: f64,
    /// The direction, of unit length.
    pub direction: Vec<f64>,
    /// How its ascent ended; the residual is named "rise of the distance".
    pub report: Report,
}

impl MaxSliced {
    /// The largest `W2` along a direction. Each side is normalised to mass 1; directions are drawn from `stream`.
    ///
    /// `O((starts + iterations) (n + m) d)` and sorting.
    ///
    /// # Errors
    /// Different dimensions; no starts or too many; points so far apart that no number says how far; interruption.
    pub fn solve(&self, ctx: &Context, source: &Measure, target: &Measure, stream: &mut Stream) -> Result<Greatest> {
        check_clouds(source.points(), target.points())?;
        if !(1..=MOST).contains(&self.starts) {
            return Err(Error::input(format!("Max-sliced W2 needs 1 to {MOST} starts and got {}.", self.starts)));
        }
        let drawn: Vec<f64> = (0..self.starts).flat_map(|_| direction(source.dim(), stream)).collect();
        let mut best = None;
        let distance = homogeneous(source, target, |source, target| {
            let found = self.best(ctx, source, target, drawn)?;
            let distance = found.distance;
            best = Some(found);
            Ok(distance)
        })?;
        best.map(|best| Greatest { distance, ..best }).ok_or_else(|| Error::failed("No direction was tried."))
    }

    /// The end of the best ascent; `starts` are directions one after the other.
    fn best(&self, ctx: &Context, source: &Measure, target: &Measure, mut starts: Vec<f64>) -> Result<Greatest> {
        let dim = source.dim();
        let apart: Vec<f64> = mean(source).iter().zip(mean(target)).map(|(x, y)| x - y).collect();
        starts.extend(unit(&apart).unwrap_or_default());
        let starts = Points::new(dim, starts)?;
        let distances = along(ctx, source, target, &starts, line_w2)?;
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_by(|i, j| distances[*j].total_cmp(&distances[*i]));
        order.truncate(ASCENTS);
        let ends: Vec<Greatest> = ctx.install(|| {
            order.into_par_iter().map(|k| self.ascend(ctx, source, target, starts.row(k))).collect::<Result<_>>()
        })?;
        let better = |a: Greatest, b: Greatest| if b.distance > a.distance { b } else { a };
        ends.into_iter().reduce(better).ok_or_else(|| Error::failed("No direction was tried."))
    }

    fn ascend(&self, ctx: &Context, source: &Measure, target: &Measure, start: &[f64]) -> Result<Greatest> {
        let begun = Instant::now();
        let mut here = Slope::new(source, target, start.to_vec());
        let (mut rise, mut steps) = (f64::INFINITY, 0);
        while steps < self.max_iterations && rise > self.tolerance {
            ctx.check_stop()?;
            let next = here.higher(source, target);
            rise = next.as_ref().map_or(0.0, |next| next.square.sqrt() / here.square.sqrt() - 1.0);
            here = next.unwrap_or(here);
            steps += 1;
        }
        let settled = rise <= self.tolerance;
        let status = if settled { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
        let report = Report::new(status, steps).residual("rise of the distance", rise).timed(begun);
        let report = if settled {
            report
        } else {
            report.advise(format!("Raise max_iterations above {}.", self.max_iterations))
        };
        Ok(Greatest { distance: here.square.sqrt(), direction: here.direction, report })
    }
}

/// The squared distance along a direction, and its gradient.
struct Slope {
    direction: Vec<f64>,
    square: f64,
    gradient: Vec<f64>,
}

impl Slope {
    fn new(source: &Measure, target: &Measure, direction: Vec<f64>) -> Self {
        let projected = |measure: &Measure| {
            let at = measure.points().rows().map(|row| dot(row, &direction)).collect::<Vec<f64>>();
            sorted(&at, measure.weights())
        };
        let ((x, s), (y, t)) = (projected(source), projected(target));
        let (mut square, mut gradient) = (0.0, vec![0.0; direction.len()]);
        let mut gap = vec![0.0; direction.len()];
        merge((s.len(), |i| s[i]), (t.len(), |j| t[j]), |i, j, mass| {
            let (x, y) = (source.points().row(x[i]), target.points().row(y[j]));
            gap.iter_mut().zip(x.iter().zip(y)).for_each(|(g, (x, y))| *g = x - y);
            let along = dot(&gap, &direction);
            square += mass * along * along;
            gradient.iter_mut().zip(&gap).for_each(|(s, g)| *s += 2.0 * mass * along * g);
        });
        Self { direction, square, gradient }
    }

    /// A direction towards the gradient with a larger distance, if there is one.
    fn higher(&self, source: &Measure, target: &Measure) -> Option<Self> {
        let towards = unit(&self.gradient)?;
        (0..HALVINGS).find_map(|halvings| {
            let share = 0.5_f64.powi(halvings);
            let mixed: Vec<f64> =
                self.direction.iter().zip(&towards).map(|(u, g)| (1.0 - share) * u + share * g).collect();
            let next = Self::new(source, target, unit(&mixed)?);
            (next.square > self.square).then_some(next)
        })
    }
}

fn mean(measure: &Measure) -> Vec<f64> {
    let mut mean = vec![0.0; measure.dim()];
    for (row, w) in measure.points().rows().zip(measure.probabilities()) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += w * v);
    }
    mean
}

/// The vector at unit length; None where its length is no number or none.
fn unit(v: &[f64]) -> Option<Vec<f64>> {
    let norm = dot(v, v).sqrt();
    norm.is_normal().then(|| v.iter().map(|x| x / norm).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
