//! Means at a distance from an interface.

use super::Interface;
use thalweg_core::{Context, Error, Result, VectorField};

/// Means of a planar field along the normals of an interface, one entry a distance. Positive distances are above the level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Distances from the interface, in units of the data.
    pub distance: Vec<f64>,
    /// Mean component along the normal, toward what is above the level.
    pub normal: Vec<f64>,
    /// Mean component along the interface, with what is above on the left.
    pub parallel: Vec<f64>,
    /// Mean magnitude.
    pub magnitude: Vec<f64>,
    /// Points of the interface that have a share.
    pub count: Vec<usize>,
}

/// How much nearer a place may be to another part of the interface.
const SLACK: f64 = 0.95;

/// Means of `field` at time `t` at each of `distances` from the interface, along its normals. Places whose nearest part of
/// the interface is another one, because the normal crosses it again or comes near, are left out. A scalar is a field whose
/// second component is zero, of which the magnitude counts.
///
/// # Errors
/// A field that is not planar; distances that are not finite; interruption.
pub fn profile(
    interface: &Interface,
    field: &dyn VectorField,
    t: f64,
    distances: &[f64],
    ctx: &Context,
) -> Result<Profile> {
    if field.dim() != 2 || distances.iter().any(|d| !d.is_finite()) {
        return Err(Error::input("A profile needs a planar field and finite distances."));
    }
    let mut found = Profile::default();
    for &distance in distances {
        ctx.check_stop()?;
        let (mut sums, mut count, mut out) = ([0.0; 3], 0, [0.0; 2]);
        for (k, point) in interface.points.iter().enumerate() {
            let normal = interface.normal(k);
            let at = [0, 1].map(|c| point[c] + distance * normal[c]);
            if interface.distance(at) < SLACK * distance.abs() {
                continue;
            }
            field.velocity(t, &at, &mut out);
            sums[0] += out[0] * normal[0] + out[1] * normal[1];
            sums[1] += out[0] * normal[1] - out[1] * normal[0];
            sums[2] += out[0].hypot(out[1]);
            count += 1;
        }
        let mean = sums.map(|s| s / count as f64);
        found.distance.push(distance);
        found.normal.push(mean[0]);
        found.parallel.push(mean[1]);
        found.magnitude.push(mean[2]);
        found.count.push(count);
    }
    Ok(found)
}
