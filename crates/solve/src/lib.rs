//! Integrators: how a law of motion moves points, forward and backward in time.
//!
//! A [`Stepper`] makes one step and never loops; a [`Controller`] chooses its length; [`SaveAt`] says what to
//! keep; an [`Event`] says when a row stops; one driver, [`integrate`], does the looping. Rows are split into
//! blocks of [`BLOCK`], whatever the number of threads, so results are the same bytes on any machine load.
//!
//! A [`Scheme`] is plain data. What it may use of a law is in [`Law`]: a vector field, a Hamiltonian, a linear part, noise
//! with its sense, delays. [`Motion`] adds what else happens on the way: events, walls, kicks, jumps. Explicit Runge-Kutta
//! methods are data too: a [`Tableau`] in, a stepper out, and a test that every tableau satisfies the order conditions it
//! declares.

mod adapt;
mod block;
mod config;
mod control;
mod diffusion;
mod driver;
mod event;
mod exponential;
mod finite_volume;
mod hermite;
mod history;
mod jumps;
mod law;
mod likelihood;
mod lu;
mod milstein;
mod motion;
mod noise;
mod plan;
mod resolve;
mod rosenbrock;
mod rossler;
mod runge_kutta;
mod spectral;
mod splitting;
mod stepper;
mod stochastic;
mod super_time;
mod symplectic;
mod system;
mod tableau;
mod walls;
mod weak;

pub use adapt::{Differences, Drift, FnField, NoisyField, Reversed, Scaled, Sum, Tangents};
pub use config::{Integrate, Need, SaveAt, Scheme, Share};
pub use control::Controller;
pub use diffusion::{Diffusion, NoiseKind, Sense};
pub use driver::{BLOCK, integrate, integrate_as_far, integrate_until};
pub use event::{Direction, Event, Hit, Value};
pub use exponential::Etdrk4;
pub use finite_volume::{Cells, Edge, Face};
pub use history::Delayed;
pub use jumps::{Kick, Poisson};
pub use law::{Diagonal, Differentiable, Law, Parabolic, Semilinear, Separable};
pub use likelihood::{Likelihood, log_likelihood};
pub use milstein::Milstein;
pub use motion::Motion;
pub use noise::{Noise, RowNoise};
pub use resolve::{noise_within, steps_for_noise};
pub use rosenbrock::Rodas5p;
pub use rossler::{Sra1, Sri1};
pub use runge_kutta::RungeKutta;
pub use spectral::{Spectral, Wall};
pub use splitting::{BLANES_MOAN4, BLANES_MOAN6, KAHAN_LI6, KAHAN_LI8, Splitting, VERLET, YOSHIDA4};
pub use stepper::{Step, Stepper};
pub use stochastic::{EulerMaruyama, StochasticHeun};
pub use super_time::{Polynomials, SuperTime};
pub use symplectic::Symplectic;
pub use system::{Extra, Layout, System};
pub use tableau::{DOP853, DORMAND_PRINCE, Dense, EULER, Estimate, HEUN, MIDPOINT, RK4, TSIT5, Tableau};
pub use walls::{Reflection, Region, Walls};
pub use weak::Platen;
