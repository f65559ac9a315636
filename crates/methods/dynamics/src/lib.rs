//! Published systems on laws that are known, and on what they do: one module a system, one line a system in [`METHODS`].

pub mod acceleration;
pub mod catalogue;
pub mod emergence;
pub mod state_diffusion;

use thalweg_core::Method;
pub(crate) use thalweg_core::{demand, to_value};

/// The systems of this family, by number.
pub static METHODS: &[Method] = &[state_diffusion::METHOD, catalogue::METHOD, acceleration::METHOD, emergence::METHOD];
