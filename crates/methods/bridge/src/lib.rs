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

/// Settings of a method; unknown names and wrong types are refused by name. Who asks knows which method to advise.
fn settings<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|e| Error::input(format!("The settings are not valid: {e}.")))
}

/// Refuses a batch or hidden layers that are no training, or more than one could be meant to be.
fn check_sizes(batch: usize, hidden: &[usize]) -> Result<()> {
    const ROWS: usize = 1 << 20;
    const WIDEST: usize = 8192;
    if (1..=ROWS).contains(&batch) && !hidden.is_empty() && hidden.iter().all(|w| (1..=WIDEST).contains(w)) {
        return Ok(());
    }
    Err(Error::input(format!(
        "A batch of {batch} and hidden widths {hidden:?} do not make a network to train: a batch has from 1 to {ROWS} rows, \
         and there is at least one hidden layer, each from 1 to {WIDEST} wide."
    )))
}
