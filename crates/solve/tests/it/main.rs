//! Everything an integrator promises, against known answers.

mod carried;
mod common;
mod delays;
mod driver;
mod events;
mod jumps;
mod kinks;
mod noisy_laws;
mod noisy_paths;
mod operators;
mod order_conditions;
mod ordinary;
mod stiff;
mod stochastic;
mod strong_orders;
mod structured;
mod walls;
mod weak_orders;
