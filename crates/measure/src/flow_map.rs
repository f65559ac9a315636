//! Where a flow carries points, how it stretches what is around them, and how much it turns them.

use crate::series::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result, VectorField};
use thalweg_solve::{Integrate, integrate};

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
        let options = Integrate { max_steps: 10_000_000, ..Integrate::adaptive(self.tolerance) };
        let path = integrate(field, points, None, span, &options, ctx)?;
        match path.last() {
            Some(end) if path.report.converged() => Ok(end.clone()),
            _ => Err(Error::failed("A point left the finite range, or moves so fast that steps cannot follow it.")
                .advise(path.report.advice.unwrap_or_else(|| "Carry points for a shorter time.".to_owned()))),
        }
    }

    /// The `2 d` neighbours of each point: a step there and a step back along each axis.
    pub(crate) fn crosses(&self, points: &Points) -> Points {
        let d = points.dim();
        let mut crosses = Points::zeros(points.len() * 2 * d, d);
        for k in 0..crosses.len() {
            let (row, arm) = (crosses.row_mut(k), k % (2 * d));
            row.copy_from_slice(points.row(k / (2 * d)));
            row[arm / 2] += if arm % 2 == 0 { self.offset } else { -self.offset };
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
