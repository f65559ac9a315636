//! Published systems: one module a system, one line a system in [`METHODS`].

pub mod acceleration;
pub mod catalogue;
pub mod emergence;
pub mod state_diffusion;

use serde::Serialize;
use serde_json::Value;
use thalweg_core::{Error, Method, Result};

/// The systems of this family, by number.
pub static METHODS: &[Method] = &[state_diffusion::METHOD, catalogue::METHOD, acceleration::METHOD, emergence::METHOD];

/// A configuration as JSON.
pub(crate) fn to_value(config: &impl Serialize) -> Value {
    serde_json::to_value(config).unwrap_or(Value::Null)
}

/// Refuses the setting `name` of `method` unless `holds`; `range` completes "it must be".
pub(crate) fn demand(holds: bool, method: &str, name: &str, value: impl std::fmt::Display, range: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::input(format!("The setting {name} of {method} is {value}, but it must be {range}.")))
}
