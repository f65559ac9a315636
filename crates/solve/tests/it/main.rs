//! Everything an integrator promises, against known answers.

mod carried;
mod common;
mod driver;
mod events;
mod kinks;
mod operators;
mod order_conditions;
mod ordinary;
mod stochastic;
