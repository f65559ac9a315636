//! Networks as plain data, executors behind one trait, and the one training loop.
//!
//! A network is a [`NetSpec`] (what is computed), a flat buffer of parameters laid out by [`Layout`], and an
//! [`Exec`] that evaluates and differentiates it. Nothing of an executor shows in a signature above this crate.

mod archive;
mod crc32c;
mod exec;
mod fit;
mod footprint;
mod fused;
mod kernels;
mod learner;
mod model;
mod objective;
mod snapshots;
mod spec;
pub mod tape;

pub use exec::{ActionTerm, Exec, Loss};
pub use fit::{
    Checkpoints, EarlyStop, Event, EventLog, Fit, FitConfig, Fitted, JsonLines, Optimiser, Schedule, TensorBoard,
    decisive,
};
pub use footprint::{Footprint, Reach};
pub use fused::{FusedExec, executor_for};
pub use kernels::{AdamStep, adam_step};
pub use learner::{Learn, Learned, Learner, Validate, Weigh, Workspace};
pub use model::{Clock, Diffusion, Head, Law, Model, Reading, Scaling};
pub use objective::Objective;
pub use snapshots::{Interval, fingerprint, intervals, shares};
pub use spec::{Activation, Layer, Layout, NetSpec, Output, Slot};
pub use tape::TapeExec;
