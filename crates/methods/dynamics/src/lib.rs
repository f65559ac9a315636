//! Published systems on laws that are known, and on what they do: one module a system, one line a system in [`METHODS`].

pub mod acceleration;
pub mod catalogue;
pub mod emergence;
pub mod state_diffusion;

use thalweg_core::{Error, Method, Report, Result, Status};
pub(crate) use thalweg_core::{demand, to_value};

/// The systems of this family, by number.
pub static METHODS: &[Method] = &[state_diffusion::METHOD, catalogue::METHOD, acceleration::METHOD, emergence::METHOD];

/// Refuses to go on with the part of a result that an interruption left.
pub(crate) fn whole(report: &Report) -> Result<()> {
    if report.status == Status::Interrupted { Err(Error::interrupted()) } else { Ok(()) }
}
