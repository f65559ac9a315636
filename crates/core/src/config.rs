//! What the configurations of all methods share: how they are written, and how a setting out of range is refused.

use crate::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;

/// A configuration as JSON. Configurations are plain structs of numbers and words, which JSON always takes.
pub fn to_value(config: &impl Serialize) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

/// Refuses the setting `name` of `method` unless `holds`; `range` completes "it must be".
///
/// # Errors
/// The setting does not hold; the message names its value.
pub fn demand(holds: bool, method: &str, name: &str, value: impl Display, range: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::input(format!("The setting {name} of {method} is {value}, but it must be {range}.")))
}
