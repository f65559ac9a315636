//! Vectorised kernels: the instruction set is chosen at run time, so that a default build is a fast build.

mod adam;
pub(crate) mod isa;

pub use adam::{AdamStep, adam_step};
pub(crate) use isa::Isa;
