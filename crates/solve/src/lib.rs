//! Integrators: how a law of motion moves points, forward and backward in time.
//!
//! A [`Stepper`] makes one step and never loops; a [`Controller`] chooses its length; [`SaveAt`] says what to
//! keep; an [`Event`] says when a row stops; one driver, [`integrate`], does the looping. Rows are split into
//! blocks of [`BLOCK`], whatever the number of threads, so results are the same bytes on any machine load.
//!
//! Explicit Runge-Kutta methods are data: a [`Tableau`] in, a stepper out, and a test that every tableau
//! satisfies the order conditions it declares.

mod adapt;
mod block;
mod config;
mod control;
mod driver;
mod event;
mod finite_volume;
mod likelihood;
mod noise;
mod plan;
mod resolve;
mod runge_kutta;
mod spectral;
mod stepper;
mod stochastic;
mod system;
mod tableau;

pub use adapt::{Drift, FnField, NoisyField, Reversed, Scaled, Sum};
pub use config::{Integrate, SaveAt, Scheme};
pub use control::Controller;
pub use driver::{BLOCK, integrate, integrate_as_far, integrate_until};
pub use event::{Direction, Event, Hit};
pub use finite_volume::{Cells, Edge, Face};
pub use likelihood::{Likelihood, log_likelihood};
pub use noise::{Noise, RowNoise};
pub use resolve::{noise_within, steps_for_noise};
pub use runge_kutta::RungeKutta;
pub use spectral::{Spectral, Wall};
pub use stepper::{Step, Stepper};
pub use stochastic::{EulerMaruyama, StochasticHeun};
pub use system::{Extra, FieldSystem, Layout, System};
pub use tableau::{DORMAND_PRINCE, EULER, HEUN, MIDPOINT, RK4, Tableau};
