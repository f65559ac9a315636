//! Paths between two measures, the affine algebra on them, and closed-form oracles.
//!
//! A path puts a point between a draw `x0` of the source and a draw `x1` of the target:
//! `x_t = alpha(t) x1 + beta(t) x0 + gamma(t) z` with `z ~ N(0, I)` and `t` in `[0, 1]`. [`AffinePath`] is the
//! choice of the three coefficients as plain data, [`Coefficients`] their values and derivatives at a time,
//! [`Prediction`] what a network may be asked for on the way, with all conversions.
//!
//! The oracles ([`GaussianFlow`], [`MixtureFlow`], [`EmpiricalFlow`]) are laws known in closed form. They
//! implement [`thalweg_core::VectorField`], so whatever integrates or measures a network does the same to them.

mod affine;
mod algebra;
pub mod datasets;
mod empirical;
mod gamma;
mod gaussian;
pub mod linalg;
mod mixture;
mod schedule;

pub use affine::{AffinePath, Coefficients, Path};
pub use algebra::{Conversion, Prediction};
pub use empirical::EmpiricalFlow;
pub use gamma::Gamma;
pub use gaussian::{Gaussian, GaussianFlow};
pub use mixture::{Mixture, MixtureFlow};
pub use schedule::Schedule;
