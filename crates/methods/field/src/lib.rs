//! Published systems on fields on boxes, spheres, lattices and graphs: one module a system, one line a system in [`METHODS`].

pub mod ginzburg_landau;
pub mod interfaces;
pub mod klein_gordon;
pub mod line;
pub mod mass_exchange;
pub mod rank_tests;
pub mod sphere;
pub mod surface_flux;

use thalweg_core::{Error, Method, Report, Result, Status};
pub(crate) use thalweg_core::{demand, to_value};

/// The systems of this family, by number.
pub static METHODS: &[Method] =
    &[interfaces::METHOD, mass_exchange::METHOD, surface_flux::METHOD, klein_gordon::METHOD, ginzburg_landau::METHOD];

/// Refuses to go on with the part of a result that an interruption left.
pub(crate) fn whole(report: &Report) -> Result<()> {
    if report.status == Status::Interrupted { Err(Error::interrupted()) } else { Ok(()) }
}
