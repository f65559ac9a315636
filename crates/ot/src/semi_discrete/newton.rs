//! Damped Newton steps on the masses of Laguerre cells.

use super::cells::{Cells, cell};
use super::density::Pixels;
use super::laplacian;
use crate::{Plan, plan::Sparse};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Measure, Points, Report, Result, Status};

/// Exact transport under `|x - y|^2` from a density of pixels to sites in the plane.
///
/// Reference: Kitagawa, Mérigot, Thibert, J. Eur. Math. Soc. 21 (2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// Stops once the masses of the cells are off by less than this in L1; the whole mass is 1.
    pub tolerance: f64,
    /// Budget of Newton steps, each `O(J^2)` for J sites and a visit of every pixel.
    pub max_iterations: usize,
}

impl Default for Newton {
    fn default() -> Self {
        Self { tolerance: 1e-9, max_iterations: 200 }
    }
}

/// An optimal map to sites.
#[derive(Clone, Debug)]
pub struct SemiDiscrete {
    /// Mass from each point of the density's measure (its pixel) to each site, the cost of a unit being the mean over the
    /// part of the pixel; mass 1.
    pub plan: Plan,
    /// Potential of each site, in squared units: its cell is where `|x - y_j|^2 - g_j` is least.
    pub potential: Vec<f64>,
    /// Mean over each pixel of `min_j |x - y_j|^2 - g_j`.
    pub source_potential: Vec<f64>,
    /// Value of the semi-dual, a bound that no plan beats.
    pub dual: f64,
    /// L1 error of the masses before each step and at the end.
    pub course: Vec<f64>,
    /// How it ended; the residual is named "marginal error".
    pub report: Report,
}

/// Halvings of a step before it is given up.
const HALVINGS: usize = 40;
/// Times that the density may be blended with the even one, of which there is a quarter each time.
const BLENDS: usize = 30;

impl Newton {
    /// The optimal map from `density` to `sites`, both with mass 1.
    ///
    /// Steps are damped so that no cell loses its mass. Where cells would have none at the start, because the density is
    /// zero there, it is first blended with the even one.
    ///
    /// # Errors
    /// Sites that are not in the plane, without weight or twice in one place; interruption.
    pub fn solve(&self, ctx: &Context, density: &Pixels, sites: &Measure) -> Result<SemiDiscrete> {
        let start = Instant::now();
        let b = checked(sites)?;
        let y = sites.points();
        let mut g = inside(y, density);
        let (mut course, mut share) = (Vec::new(), 1.0);
        ctx.install(|| {
            for _ in 0..BLENDS {
                if Cells::of(y, &g, density).leanest(&b) > 0.1 {
                    break;
                }
                let blended = density.blended(share);
                let loose = Self { tolerance: 1e-3 * b.iter().fold(1.0, |s, v| v.min(s)), ..*self };
                loose.descend(ctx, &blended, y, &b, &mut g, &mut course)?;
                share *= 0.25;
            }
            let cells = self.descend(ctx, density, y, &b, &mut g, &mut course)?;
            let off = cells.off(&b);
            let report = self.report(off, course.len()).timed(start);
            course.push(off);
            let cost: f64 = cells.cost.iter().sum();
            let dual = cost + (0..b.len()).map(|j| (b[j] - cells.mass[j]) * g[j]).sum::<f64>();
            let (plan, source_potential) = planned(density, y, &g);
            Ok(SemiDiscrete { plan, potential: g, source_potential, dual, course, report })
        })
    }

    /// Steps until the masses are met, or no step helps any more.
    fn descend(
        &self,
        ctx: &Context,
        density: &Pixels,
        y: &Points,
        b: &[f64],
        g: &mut Vec<f64>,
        course: &mut Vec<f64>,
    ) -> Result<Cells> {
        let mut cells = Cells::of(y, g, density);
        let least = 0.5 * cells.leanest(b).min(1.0);
        while cells.off(b) > self.tolerance && course.len() < self.max_iterations {
            course.push(cells.off(b));
            let wanted: Vec<f64> = b.iter().zip(&cells.mass).map(|(b, m)| b - m).collect();
            let step = laplacian::solve(&cells.neighbours, &wanted);
            let mut length = 1.0;
            let mut better = None;
            for _ in 0..HALVINGS {
                ctx.check_stop()?;
                let tried: Vec<f64> = g.iter().zip(&step).map(|(g, s)| g + length * s).collect();
                let there = Cells::of(y, &tried, density);
                if there.leanest(b) >= least && there.off(b) <= (1.0 - 0.5 * length) * cells.off(b) {
                    better = Some((tried, there));
                    break;
                }
                length *= 0.5;
            }
            match better {
                Some((tried, there)) => (*g, cells) = (tried, there),
                None => break,
            }
        }
        Ok(cells)
    }

    fn report(&self, off: f64, iterations: usize) -> Report {
        let report = |status| Report::new(status, iterations).residual("marginal error", off);
        if off <= self.tolerance {
            return report(Status::Converged);
        }
        if iterations >= self.max_iterations {
            return report(Status::Exhausted { budget: Budget::Iterations })
                .advise(format!("The masses are off by {off:.1e}; allow more than {iterations} Newton steps."));
        }
        report(Status::Exhausted { budget: Budget::Precision }).advise(format!(
            "The masses are off by {off:.1e} and no step brings them nearer; raise the tolerance to {:.0e}, or fill the \
             empty pixels between parts of the density with a little mass.",
            2.0 * off
        ))
    }
}

/// The weights of sites that have cells.
fn checked(sites: &Measure) -> Result<Vec<f64>> {
    let y = sites.points();
    if y.dim() != 2 {
        return Err(Error::input(format!(
            "Newton's method for semi-discrete transport works in the plane, but the sites have {} coordinates.",
            y.dim()
        ))
        .advise("Use the stochastic method, which takes any dimension."));
    }
    if let Some(j) = sites.weights().iter().position(|w| *w == 0.0) {
        return Err(
            Error::input(format!("Site {j} (counted from 0) has no weight, and so no cell.")).advise("Leave it out.")
        );
    }
    let mut order: Vec<usize> = (0..y.len()).collect();
    let key = |j: usize| (y.row(j)[0], y.row(j)[1]);
    order.sort_unstable_by(|i, j| key(*i).0.total_cmp(&key(*j).0).then(key(*i).1.total_cmp(&key(*j).1)));
    if let Some(pair) = order.windows(2).find(|w| key(w[0]) == key(w[1])) {
        let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        return Err(Error::input(format!(
            "Sites {first} and {second} (counted from 0) lie in one place, and cannot share a cell."
        ))
        .advise("Merge equal sites."));
    }
    Ok(sites.probabilities())
}

/// Potentials under which each cell holds the image of its site in the domain, when the box of all sites is scaled to fit
/// it: the nearest image is where `|x - y|^2 - g` is least.
fn inside(y: &Points, density: &Pixels) -> Vec<f64> {
    let [low, high] = density.corners();
    let extent = |k: usize| y.rows().fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], y| [l.min(y[k]), h.max(y[k])]);
    let boxes = [extent(0), extent(1)];
    let room = |k: usize| {
        let [l, h] = boxes[k];
        if h > l { 0.99 * (high[k] - low[k]) / (h - l) } else { f64::INFINITY }
    };
    let scale = room(0).min(room(1));
    let scale = if scale.is_finite() { scale.min(1.0) } else { 1.0 };
    let within = scale == 1.0 && (0..2).all(|k| boxes[k][0] > low[k] && boxes[k][1] < high[k]);
    if within {
        return vec![0.0; y.len()];
    }
    let shift = [0, 1].map(|k| 0.5 * (low[k] + high[k]) - scale * 0.5 * (boxes[k][0] + boxes[k][1]));
    let square = |p: [f64; 2]| p[0] * p[0] + p[1] * p[1];
    let potential = |y: &[f64]| {
        let image = [0, 1].map(|k| scale * y[k] + shift[k]);
        square([y[0], y[1]]) - square(image) / scale
    };
    y.rows().map(potential).collect()
}

/// Mass and mean cost of every part of a pixel, and the mean of the least cost over each.
fn planned(density: &Pixels, y: &Points, g: &[f64]) -> (Plan, Vec<f64>) {
    let domain = density.corners();
    let parts: Vec<Vec<(usize, usize, f64, f64)>> = (0..y.len())
        .into_par_iter()
        .map(|j| {
            let mut parts = Vec::new();
            let centre = [y.row(j)[0], y.row(j)[1]];
            density.over(&cell(y, g, j, domain), centre, |pixel, mass, cost| {
                if let Some(i) = density.row(pixel) {
                    parts.push((i, j, mass, cost / mass));
                }
            });
            parts
        })
        .collect();
    let entries = parts.concat();
    let rows = density.len();
    let (mut mass, mut sums) = (vec![0.0; rows], vec![0.0; rows]);
    for (i, j, part, cost) in &entries {
        mass[*i] += part;
        sums[*i] += part * (cost - g[*j]);
    }
    let means = sums.iter().zip(&mass).map(|(s, m)| if *m > 0.0 { s / m } else { 0.0 }).collect();
    (Plan::Sparse(Sparse::new(rows, y.len(), entries)), means)
}
