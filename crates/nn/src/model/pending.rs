//! Stands where the choice of an executor will be, until there is one in this crate.

use crate::{Exec, Loss, NetSpec};
use thalweg_core::{Error, Result};

/// An executor that refuses.
pub(super) struct Pending;

fn refuse<T>() -> Result<T> {
    Err(Error::failed("No executor is part of this build."))
}

impl Exec for Pending {
    fn forward(&self, _: &NetSpec, _: &[f32], _: &[f32], _: &mut [f32]) -> Result<()> {
        refuse()
    }

    fn vjp(&self, _: &NetSpec, _: &[f32], _: &[f32], _: &[f32], _: &mut [f32], _: &mut [f32]) -> Result<()> {
        refuse()
    }

    fn jvp(&self, _: &NetSpec, _: &[f32], _: &[f32], _: &[f32], _: &mut [f32], _: &mut [f32]) -> Result<()> {
        refuse()
    }

    fn loss_grad(&self, _: &NetSpec, _: &[f32], _: &Loss<'_>, _: &mut [f32]) -> Result<f64> {
        refuse()
    }
}
