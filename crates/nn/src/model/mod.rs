//! A learned law as data: saved, loaded and evaluated without knowing the method that learned it.

mod check;
mod clock;
mod evaluate;
mod file;
mod law;
mod net;

pub use clock::Clock;
pub use law::{Diffusion, Head, Law, Reading, Scaling};

use net::Net;
use std::fmt;
use thalweg_core::{Error, Result};

/// A learned law: a [`Law`] and its parameters, ready to be evaluated.
///
/// It works in data units outside and in standardised ones inside, in double precision outside and in single
/// precision inside, and is a [`thalweg_core::VectorField`].
#[derive(Clone)]
pub struct Model {
    law: Law,
    params: Vec<f32>,
    velocity: Net,
    growth: Option<Net>,
    score: Option<Net>,
}

impl Model {
    /// A model from a law and the flat buffer of parameters its heads point into.
    ///
    /// # Errors
    /// The law is not consistent with itself or with the number of parameters; a parameter is not finite.
    pub fn new(law: Law, params: Vec<f32>) -> Result<Self> {
        law.check(params.len())?;
        if let Some(i) = params.iter().position(|p| !p.is_finite()) {
            return Err(Error::input(format!("Parameter {i} of the model is {}, but it must be finite.", params[i])));
        }
        Ok(Self {
            velocity: Net::new(&law.velocity)?,
            growth: law.growth.as_ref().map(Net::new).transpose()?,
            score: law.score.as_ref().map(Net::new).transpose()?,
            law,
            params,
        })
    }

    /// The law without its parameters.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The parameters of all heads.
    pub fn params(&self) -> &[f32] {
        &self.params
    }

    /// Whether [`Model::score`] is known.
    pub fn has_score(&self) -> bool {
        self.score.is_some()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("law", &self.law).field("params", &self.params.len()).finish_non_exhaustive()
    }
}
