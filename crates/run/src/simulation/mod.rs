//! `thalweg simulate`: what a known law does from here.
//!
//! [`follow`] follows a system of the catalogue, or a user's own, with noise, drives, sweeps and the flaws of an
//! instrument; [`laws`] are those with settings of their own. Both give a table and a [`Picture`] for the page. The
//! command line and Python call it.

mod described;
mod diagram;
mod drive;
mod exponents;
mod follow;
mod gaps;
mod keep;
mod law;
pub mod laws;
mod noise;
mod options;
mod picture;
mod record;
mod rule;
mod spectrum;
mod stretch;
mod table;

pub use described::{described, described_law};
pub use diagram::Diagram;
pub use drive::driven;
pub use exponents::{Growth, chosen, exponents, require_no_noise};
pub use follow::{Followed, Member, Subject, follow};
pub use keep::{PICTURE, RECORD, is_simulation, keep};
pub use law::{FRAMES, Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
pub use noise::{Diffusion, NoiseScheme};
pub use options::{Options, Sweep};
pub use picture::{Convergence, Extremes, Orbit, Picture, Shown, Spectrum};
pub use record::SimulationRecord;
pub use rule::Rule;
pub use stretch::{Side, Stretch, stretch};
pub use thalweg_solve::Sense;
