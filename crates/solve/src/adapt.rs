//! Fields made of closures and of other fields.

mod closure;
mod combine;
mod noisy;
mod tangents;

pub use closure::FnField;
pub use combine::{Drift, Reversed, Scaled, Sum};
pub use noisy::NoisyField;
pub use tangents::{Differences, Tangents};
