//! Vectorised kernels: the instruction set is chosen at run time, so that a default build is a fast build.

mod activation;
mod adam;
mod gemm;
mod isa;
mod math;
mod products;

pub(crate) use activation::{Jet, activate};
pub use adam::{AdamStep, adam_step};
pub(crate) use gemm::{PANEL, outer, product};
pub(crate) use isa::Isa;
pub(crate) use products::{Adjoint, Probe, adjoint, multiply, pull, pull_probe, push, push_probe};
