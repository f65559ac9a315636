//! Known laws: a catalogue of flows, maps and delay equations, and what they do.
//!
//! A system is data: a [`Record`] of names, equations in a small language, parameters, an initial state, a period and
//! what is known of its motion. [`catalogue`] holds those that are shipped, [`read`] reads a file of one's own. A
//! [`System`] is a record with values of its parameters; it compiles to a [`Flow`] (a
//! [`VectorField`](thalweg_core::VectorField) that every integrator takes), a [`Map`] or a [`Delay`], each with its exact
//! Jacobian, and gives [trajectories](System::trajectory) and [Lyapunov exponents](System::exponents).
//!
//! ```
//! use thalweg_core::Context;
//! use thalweg_systems::{Sampling, System};
//!
//! # fn main() -> thalweg_core::Result<()> {
//! let ctx = Context::new(0, 1)?;
//! let lorenz = System::named("lorenz63")?.with("rho", 20.0)?;
//! let settled = Sampling { points: 1, discard: 20_000, ..Sampling::default() };
//! // Below rho = 24.06 the motion ends in one of two fixed points, sqrt(beta (rho - 1)) from the middle.
//! let end = lorenz.trajectory(None, &settled, &ctx)?;
//! let expected = (8.0 / 3.0 * 19.0_f64).sqrt();
//! assert!((end.states[0].row(0)[0].abs() - expected).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```
//!
//! # The expression language
//!
//! Statements are separated by `;`: the right-hand sides, one a state and in their order, and between them
//! `let name = expression` for parts that are used again. Operators are `+ - * / % ^` and parentheses; `%` is the rest of
//! a division, with the sign of the divisor; `-x^2` is `-(x^2)`, and `a^b^c` is `a^(b^c)`. Functions: `sin cos tan asin acos
//! atan exp log sqrt abs sign step floor sinh cosh tanh`, `min` and `max` of two or more, and `sum(i, from, to, expression)`, in
//! which `i` is a number, `a_i` the name `a_1`, `a_2`, ... and `a_{i+1}` the next. `pi` is known, and `t` is the time. In a
//! delay equation `xd` is the state `x` a time `tau` ago. A whole exponent of up to 64 is multiplication, and a term with
//! a factor of zero is zero.
//!
//! Equations are read, never run as code: nothing but numbers can come of them. What cannot be read is refused with a
//! sentence and a caret under the place.

mod abreast;
mod catalogue;
mod courses;
mod delay;
mod equations;
mod expr;
mod flow;
#[cfg(target_arch = "x86_64")]
mod jit;
mod kernel;
mod lyapunov;
mod map;
mod march;
mod names;
mod observe;
mod paths;
mod program;
mod record;
mod sampling;
mod step;
mod system;

pub use catalogue::{catalogue, find, read};
pub use delay::Delay;
pub use flow::{Flow, Variational};
pub use lyapunov::{Exponents, Lyapunov};
pub use map::Map;
pub use march::March;
pub use observe::{Noise, observe};
pub use paths::Paths;
pub use record::{Kind, Record, Spectrum};
pub use sampling::{Sampling, Spacing};
pub use step::NoisyScheme;
pub use system::System;
