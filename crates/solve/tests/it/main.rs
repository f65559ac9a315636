//! Everything an integrator promises, against known answers.

mod carried;
mod common;
mod delays;
mod driver;
mod events;
mod jumps;
mod kinks;
mod noise_orders;
mod operators;
mod order_conditions;
mod ordinary;
mod stiff;
mod stochastic;
mod structured;
mod walls;
