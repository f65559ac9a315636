//! Where a flow carries points, how it stretches what is around them, and how much it turns them.

use crate::series::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::{Class, Context, Error, Points, Report, Result, Status, VectorField};
use thalweg_solve::{Integrate, integrate};

/// Steps that a point may take: over as many turns its neighbours have nothing to say any more.
const MOST_STEPS: usize = 100_000;

/// From when, for how long and how exactly points are carried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowMap {
    /// The time at which the points are given.
    pub start: f64,
    /// For how long they are carried, negative for backward: forward shows what repels, backward what attracts.
    pub length: f64,
    /// Relative and absolute tolerance of a step.
    pub tolerance: f64,
    /// Distance of the neighbours whose parting is the gradient of the map, small beside what the field shows.
    pub offset: f64,
}

impl Default for FlowMap {
    fn default() -> Self {
        Self { start: 0.0, length: 1.0, tolerance: 1e-7, offset: 1e-4 }
    }
}

impl FlowMap {
    pub(crate) fn check(&self, field: &dyn VectorField, points: &Points) -> Result<()> {
        demand(self.length != 0.0 && self.length.is_finite(), "length", self.length, "finite and not 0")?;
        demand(self.start.is_finite(), "start", self.start, "finite")?;
        demand(self.offset > 0.0 && self.offset.is_finite(), "offset", self.offset, "positive")?;
        demand(self.tolerance > 0.0, "tolerance", self.tolerance, "positive")?;
        points.check_finite()?;
        if points.dim() == field.dim() {
            return Ok(());
        }
        Err(Error::input(format!(
            "The points have {} coordinates and the field has dimension {}, but both must agree.",
            points.dim(),
            field.dim()
        )))
    }

    /// The states of `points` after the times `span`.
    pub(crate) fn carry(
        &self,
        field: &dyn VectorField,
        points: &Points,
        span: (f64, f64),
        ctx: &Context,
    ) -> Result<Points> {
        let options = Integrate { max_steps: MOST_STEPS, ..Integrate::adaptive(self.tolerance) };
        let path = integrate(field, points, None, span, &options, ctx)?;
        match path.last() {
            Some(end) if path.report.converged() => Ok(end.clone()),
            _ => Err(Error::failed("A point left the finite range, or moves so fast that steps cannot follow it.")
                .advise(path.report.advice.unwrap_or_else(|| "Carry points for a shorter time.".to_owned()))),
        }
    }

    /// The `2 d` neighbours of each point: a step there and a step back along each axis.
    pub(crate) fn crosses(&self, points: &Points) -> Points {
        let axes: Vec<usize> = (0..points.dim()).collect();
        self.arms(points, &axes)
    }

    /// As [`Self::crosses`], along these coordinates only.
    fn arms(&self, points: &Points, axes: &[usize]) -> Points {
        let arms = 2 * axes.len();
        let mut crosses = Points::zeros(points.len() * arms, points.dim());
        for k in 0..crosses.len() {
            let (row, arm) = (crosses.row_mut(k), k % arms);
            row.copy_from_slice(points.row(k / arms));
            row[axes[arm / 2]] += if arm % 2 == 0 { self.offset } else { -self.offset };
        }
        crosses
    }

    /// The gradient `dF_i/dx_j` of the map at each point (`n x d x d`), from where its neighbours went.
    pub(crate) fn gradients(&self, crosses: &Points) -> Vec<f64> {
        let d = crosses.dim();
        let mut gradients = vec![0.0; crosses.len() / 2 * d];
        for (n, gradient) in gradients.chunks_exact_mut(d * d).enumerate() {
            for j in 0..d {
                let (plus, minus) = (crosses.row(n * 2 * d + 2 * j), crosses.row(n * 2 * d + 2 * j + 1));
                (0..d).for_each(|i| gradient[i * d + j] = (plus[i] - minus[i]) / (2.0 * self.offset));
            }
        }
        gradients
    }
}

/// The gradient of the flow map at each of `points` (`n x d`): `n x d x d`, rows the components of where they go. Costs `2 d`
/// orbits a point.
///
/// # Errors
/// Settings out of range, points of another dimension or not finite, a law with noise, orbits that leave the finite range;
/// interruption.
pub fn flow_gradient(field: &dyn VectorField, points: &Points, settings: &FlowMap, ctx: &Context) -> Result<Vec<f64>> {
    settings.check(field, points)?;
    let span = (settings.start, settings.start + settings.length);
    Ok(settings.gradients(&settings.carry(field, &settings.crosses(points), span, ctx)?))
}

/// The finite-time Lyapunov exponent at each of `points` (`n x d`), per unit of time: the logarithm of the largest
/// stretching by the flow map over its length (Haller, Physica D 149, 2001; Shadden, Lekien and Marsden, Physica D 212, 2005).
///
/// # Errors
/// As [`flow_gradient`].
pub fn ftle(field: &dyn VectorField, points: &Points, settings: &FlowMap, ctx: &Context) -> Result<Vec<f64>> {
    let gradients = flow_gradient(field, points, settings, ctx)?;
    let d = points.dim();
    Ok(gradients.chunks_exact(d * d).map(|g| stretching(g, d).ln() / settings.length.abs()).collect())
}

/// The largest singular value of a matrix (`d x d`), by rotations of its rows (Hestenes).
fn stretching(matrix: &[f64], d: usize) -> f64 {
    let mut rows = matrix.to_vec();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for _ in 0..30 {
        let mut turned = false;
        for p in 0..d {
            for q in p + 1..d {
                let (low, high) = rows.split_at_mut(q * d);
                let (a, b) = (&mut low[p * d..(p + 1) * d], &mut high[..d]);
                let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
                if ab.abs() <= 1e-15 * (aa * bb).sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (bb - aa) / (2.0 * ab);
                let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                for (a, b) in a.iter_mut().zip(b) {
                    (*a, *b) = (c * (*a - t * *b), c * (*b + t * *a));
                }
            }
        }
        if !turned {
            break;
        }
    }
    rows.chunks_exact(d).map(|row| dot(row, row).sqrt()).fold(0.0, f64::max)
}

/// Exponents of displacements in a plane, as the time grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretching {
    /// The times over which points were carried, positive, as far as they came.
    pub times: Vec<f64>,
    /// The exponent at each point over each time, per unit of time: `times x n`.
    pub exponents: Vec<f64>,
    /// How it ended; what was done until then is kept.
    pub report: Report,
}

/// The finite-time Lyapunov exponents at each of `points` (`n x d`) of displacements along the coordinates `plane` alone, over
/// `frames` equal parts of the length and all that is shorter: how the [`ftle`] of a planar flow grows, also of one that is
/// written with its phase as a third state, and how a section of a flow of more states is stretched. Costs 4 orbits a point.
///
/// Interruption, and a point that leaves the finite range, end it early.
///
/// # Errors
/// Settings out of range, points of another dimension or not finite, coordinates that are not two of them, no frames.
pub fn stretching_in_plane(
    field: &dyn VectorField,
    points: &Points,
    plane: [usize; 2],
    frames: usize,
    settings: &FlowMap,
    ctx: &Context,
) -> Result<Stretching> {
    settings.check(field, points)?;
    demand(frames >= 1, "frames", frames, "at least 1")?;
    if plane[0] == plane[1] || plane.iter().any(|k| *k >= field.dim()) {
        return Err(Error::input(format!(
            "The coordinates {} and {} are not two of the {} of the field.",
            plane[0],
            plane[1],
            field.dim()
        )));
    }
    let time = |k: usize| settings.length * k as f64 / frames as f64;
    let mut at = settings.arms(points, &plane);
    let mut found = Stretching { times: Vec::new(), exponents: Vec::new(), report: Report::new(Status::Converged, 0) };
    for k in 1..=frames {
        let span = (settings.start + time(k - 1), settings.start + time(k));
        at = match settings.carry(field, &at, span, ctx) {
            Ok(there) => there,
            Err(error) => {
                let status = if error.class() == Class::Interrupted { Status::Interrupted } else { Status::Diverged };
                let report = Report::new(status, k - 1);
                found.report = match error.advice() {
                    Some(advice) => report.advise(format!("{} {advice}", error.message())),
                    None => report,
                };
                break;
            }
        };
        found.report.iterations = k;
        found.times.push(time(k).abs());
        found.exponents.extend(at.values().chunks_exact(4 * at.dim()).map(|arms| {
            let d = arms.len() / 4;
            let arm = |n: usize| &arms[n * d..][..d];
            let side = |n: usize| arm(n).iter().zip(arm(n + 1)).map(|(a, b)| (a - b) / (2.0 * settings.offset));
            let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
            side(0).zip(side(2)).for_each(|(a, b)| (aa, bb, ab) = (aa + a * a, bb + b * b, ab + a * b));
            // The larger eigenvalue of the matrix of products is the square of the stretching.
            let square = 0.5 * (aa + bb) + (0.5 * (aa - bb)).hypot(ab);
            0.5 * square.ln() / time(k).abs()
        }));
        ctx.progress("stretching", k as u64, frames as u64, "");
    }
    Ok(found)
}

/// The vorticity `dv/dx - du/dy` of a planar field at each of `points` (`n x 2`), by central differences of `offset`.
pub(crate) fn vorticity(field: &dyn VectorField, t: f64, points: &Points, settings: &FlowMap) -> Vec<f64> {
    let crosses = settings.crosses(points);
    let mut velocity = Points::zeros(crosses.len(), 2);
    field.velocity(t, crosses.values(), velocity.values_mut());
    settings.gradients(&velocity).chunks_exact(4).map(|g| g[2] - g[1]).collect()
}

/// The Lagrangian-averaged vorticity deviation of each of `points` (`n x 2`): the integral along its path of `|w - mean w|`, with
/// the mean over the points where they are (Haller, Hadjighasem, Farazmand and Huhn, J. Fluid Mech. 795, 2016). Vortices that
/// keep together are around its maxima, in every rotating frame.
///
/// Integrated by the trapezoidal rule over `samples` equal times. The points should fill the region that is looked at.
///
/// # Errors
/// As [`flow_gradient`]; a field that is not planar; no samples.
pub fn lavd(
    field: &dyn VectorField,
    points: &Points,
    settings: &FlowMap,
    samples: usize,
    ctx: &Context,
) -> Result<Vec<f64>> {
    planar(field)?;
    settings.check(field, points)?;
    demand(samples >= 1, "samples", samples, "at least 1")?;
    let step = settings.length / samples as f64;
    let time = |k: usize| settings.start + step * k as f64;
    let mut at = points.clone();
    let mut total = vec![0.0; points.len()];
    for k in 0..=samples {
        let turning = vorticity(field, time(k), &at, settings);
        let middle = turning.iter().sum::<f64>() / turning.len() as f64;
        let weight = if k == 0 || k == samples { 0.5 } else { 1.0 };
        total.iter_mut().zip(&turning).for_each(|(sum, w)| *sum += weight * step.abs() * (w - middle).abs());
        if k < samples {
            at = settings.carry(field, &at, (time(k), time(k + 1)), ctx)?;
            ctx.progress("vorticity", k as u64 + 1, samples as u64, "");
        }
    }
    Ok(total)
}

pub(crate) fn planar(field: &dyn VectorField) -> Result<()> {
    if field.dim() == 2 {
        return Ok(());
    }
    Err(Error::input(format!("The field has dimension {}, but this needs a planar one.", field.dim())))
}
