//! Median seconds of the exact and entropic solvers.
fn main() {}
