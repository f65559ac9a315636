//! Bridges and populations: dynamics from snapshots that are never paired across times.

mod action;
mod action_matching;
mod block;
mod course;
mod finetune;
mod lineage;
mod velocity_growth;

pub use action::{Marginals, Rows, Variant};
pub use action_matching::{Config as ActionMatching, Potential};
pub use course::Course;
pub use finetune::FineTune;
pub use lineage::{Descent, Lineage, Passage};
pub use velocity_growth::Config as VelocityGrowth;

use serde::de::DeserializeOwned;
use serde_json::Value;
use thalweg_core::{Error, Result};
use thalweg_nn::Learner;

/// The methods of the family.
pub static LEARNERS: &[Learner] = &[action_matching::LEARNER, velocity_growth::LEARNER];

/// Settings of a method; unknown names and wrong types are refused by name.
fn settings<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|e| {
        Error::input(format!("The settings are not valid: {e}.")).advise("`thalweg methods ID` lists all settings.")
    })
}
