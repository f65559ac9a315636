//! Barriers to the diffusion of momentum in planar flows.

use crate::flow_map::{FlowMap, planar};
use crate::series::demand;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Points, Result, VectorField};

/// `viscosity` times the Laplacian of a planar velocity, by central differences: the force of viscosity on a unit of mass.
///
/// For [`Gridded`](crate::Gridded) take its own `laplacian`: that of the interpolation jumps from cell to cell.
pub struct Viscous<'a> {
    /// The velocity.
    pub field: &'a dyn VectorField,
    /// The kinematic viscosity.
    pub viscosity: f64,
    /// The distance of the differences.
    pub step: f64,
}

impl VectorField for Viscous<'_> {
    fn dim(&self) -> usize {
        self.field.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        let (mut moved, mut there) = (x.to_vec(), vec![0.0; x.len()]);
        self.field.velocity(t, x, &mut there);
        out.iter_mut().zip(&there).for_each(|(o, v)| *o = -2.0 * d as f64 * v);
        for k in 0..d {
            for side in [self.step, -self.step] {
                moved.iter_mut().skip(k).step_by(d).zip(x.iter().skip(k).step_by(d)).for_each(|(m, x)| *m = x + side);
                self.field.velocity(t, &moved, &mut there);
                out.iter_mut().zip(&there).for_each(|(o, v)| *o += v);
            }
            moved.copy_from_slice(x);
        }
        let factor = self.viscosity / (self.step * self.step);
        out.iter_mut().for_each(|o| *o *= factor);
    }

    fn kinks(&self) -> Vec<f64> {
        self.field.kinks()
    }
}

/// How the force along a path is averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Averaging {
    /// Carried back to where the path began by the inverse of the gradient of the flow map: the same in every frame.
    PulledBack,
    /// As it is.
    Plain,
}

/// The barrier field of momentum at each of `points` (`n x 2`): the mean along its path of the viscous force `force` (a field as
/// [`Viscous`]), whose lines block the diffusion of momentum most (Haller, Katsanoulis, Holzner, Frohnapfel and Gatti, J. Fluid
/// Mech. 905, 2020).
///
/// The trapezoidal rule over `samples` equal times. Structures are its magnitude, and the [`ftle`](crate::ftle) of the steady
/// flow along it. Of planar data these are the components in the plane.
///
/// # Errors
/// As [`flow_gradient`](crate::flow_gradient); fields that are not planar; no samples.
pub fn momentum_barriers(
    field: &dyn VectorField,
    force: &dyn VectorField,
    points: &Points,
    settings: &FlowMap,
    samples: usize,
    averaging: Averaging,
    ctx: &Context,
) -> Result<Points> {
    planar(field)?;
    planar(force)?;
    settings.check(field, points)?;
    demand(samples >= 1, "samples", samples, "at least 1")?;
    let step = settings.length / samples as f64;
    let time = |k: usize| settings.start + step * k as f64;
    let (mut at, mut crosses) = (points.clone(), settings.crosses(points));
    let (mut total, mut push) = (Points::zeros(points.len(), 2), Points::zeros(points.len(), 2));
    for k in 0..=samples {
        force.velocity(time(k), at.values(), push.values_mut());
        let weight = if k == 0 || k == samples { 0.5 } else { 1.0 } / samples as f64;
        let gradients = settings.gradients(&crosses);
        for (n, g) in gradients.chunks_exact(4).enumerate() {
            let (f, sum) = (push.row(n), total.row_mut(n));
            let back = match averaging {
                Averaging::Plain => [f[0], f[1]],
                Averaging::PulledBack => {
                    let volume = g[0] * g[3] - g[1] * g[2];
                    [(g[3] * f[0] - g[1] * f[1]) / volume, (g[0] * f[1] - g[2] * f[0]) / volume]
                }
            };
            (0..2).for_each(|c| sum[c] += weight * back[c]);
        }
        if k < samples {
            let span = (time(k), time(k + 1));
            at = settings.carry(field, &at, span, ctx)?;
            if averaging == Averaging::PulledBack {
                crosses = settings.carry(field, &crosses, span, ctx)?;
            }
            ctx.progress("barriers", k as u64 + 1, samples as u64, "");
        }
    }
    Ok(total)
}
