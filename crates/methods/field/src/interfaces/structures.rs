//! What the flow does to the fluid around an interface.

use super::Config;
use thalweg_core::{Context, Points, Result, VectorField};
use thalweg_measure::{Axis, FlowMap, Gridded, ftle, momentum_barriers};

/// A field seen by who moves with a constant velocity from where both frames agree at time 0.
pub struct Moving<'a> {
    /// The field at rest.
    pub field: &'a dyn VectorField,
    /// The velocity of who sees it.
    pub velocity: [f64; 2],
}

impl VectorField for Moving<'_> {
    fn dim(&self) -> usize {
        2
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let still: Vec<f64> = x.iter().zip(self.velocity.iter().cycle()).map(|(x, v)| x + v * t).collect();
        self.field.velocity(t, &still, out);
        out.iter_mut().zip(self.velocity.iter().cycle()).for_each(|(o, v)| *o -= v);
    }

    fn kinks(&self) -> Vec<f64> {
        self.field.kinks()
    }
}

/// Lagrangian structures on a lattice, row by row of constant y.
#[derive(Clone, Debug, PartialEq)]
pub struct Structures {
    /// The finite-time Lyapunov exponent at each place, per unit of time.
    pub ftle: Vec<f64>,
    /// The barrier field of momentum (in units of the force) as a steady field.
    pub barriers: Gridded,
    /// Its magnitude at each place: the diffusive flux of momentum along paths.
    pub flux: Vec<f64>,
    /// The exponent of the steady flow along the barrier field over the time `along`, whose ridges are barriers.
    pub active: Vec<f64>,
}

/// The structures of `field` under the viscous force `force` (a [`thalweg_measure::Viscous`] or a
/// [`Gridded::laplacian`]) at the places of a lattice; orbits as `map` says, those along the barrier field for the dummy time
/// `along`.
///
/// # Errors
/// Settings out of range; fields that are not planar; axes of fewer than 4 places; interruption.
pub fn structures(
    field: &dyn VectorField,
    force: &dyn VectorField,
    (x, y): (Axis, Axis),
    map: &FlowMap,
    along: f64,
    config: &Config,
    ctx: &Context,
) -> Result<Structures> {
    config.check()?;
    let places = (0..y.count).flat_map(|j| (0..x.count).flat_map(move |i| [x.place(i), y.place(j)]));
    let points = Points::new(2, places.collect())?;
    let barriers = momentum_barriers(field, force, &points, map, config.samples, config.averaging, ctx)?;
    let flux = barriers.rows().map(|b| b[0].hypot(b[1])).collect();
    let barriers = Gridded::steady(x, y, barriers.into_values())?;
    let steady = FlowMap { start: 0.0, length: along, ..*map };
    Ok(Structures {
        ftle: ftle(field, &points, map, ctx)?,
        active: ftle(&barriers, &points, &steady, ctx)?,
        flux,
        barriers,
    })
}
