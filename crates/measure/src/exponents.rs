//! Lyapunov exponents: of a law, by its tangents, and of a series, by neighbours that part.

mod law;
mod series;

pub use law::{Exponents, JacobianFn, MapLaw, Tangents, exponents, exponents_of_map};
pub use series::{Divergence, FromData, kantz, rosenstein};
