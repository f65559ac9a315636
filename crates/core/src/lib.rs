//! The nouns everything in thalweg is made of.
//!
//! A *noun* is a plain struct or a trait with at most four required methods. The crates above this one
//! solve transport problems (`thalweg-ot`), integrate laws (`thalweg-solve`), interpolate between measures
//! (`thalweg-path`), train networks (`thalweg-nn`) and compose all of that into published methods.

mod check;
mod config;
mod context;
mod coupling;
mod error;
mod field;
mod kaplan_yorke;
mod machine;
mod measure;
mod method;
mod names;
mod normals;
mod orthonormal;
mod points;
mod report;
mod room;
mod size;
mod snapshots;
mod stream;
mod trajectory;
mod wide;

pub use check::{Check, Expected, Measured};
pub use config::{demand, to_value};
pub use context::{Context, Progress, Silent};
pub use coupling::{Coupling, Pairs};
pub use error::{Class, Error, Result};
pub use field::VectorField;
pub use kaplan_yorke::kaplan_yorke;
pub use measure::Measure;
pub use method::{Citation, Family, Maturity, Method};
pub use names::listed;
pub use normals::{Normals, STREAMS};
pub use orthonormal::orthonormalise;
pub use points::Points;
pub use report::{Budget, Report, Status};
pub use room::room;
pub use size::parse_bytes;
pub use snapshots::{Snapshot, Snapshots, decimals};
pub use stream::Stream;
pub use trajectory::Trajectory;
