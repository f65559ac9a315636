//! Flags of flows through a network.

use super::{Resources, count};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// By what rule ways through a network are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rule {
    /// Nobody gains by another way (Wardrop's user equilibrium)
    Equilibrium,
    /// The total time is least (system optimum)
    Optimum,
    /// Everybody takes a fastest way of the empty network
    Shortest,
    /// The largest flow over capacity is least
    MinCongestion,
    /// Goods are alike and any may serve any demand; capacities hold
    MinCost,
}

/// `thalweg route`.
#[derive(Args, Debug)]
pub struct Route {
    /// The network: .tntp, or .csv, .tsv, .parquet with columns from, to, time, and as there are capacity, b, power, fixed
    #[arg(long, value_name = "NET")]
    pub network: PathBuf,
    /// The trips: .tntp, or .csv, .tsv, .parquet with columns from, to, amount
    #[arg(long, value_name = "TRIPS")]
    pub trips: PathBuf,
    /// By what rule ways are chosen
    #[arg(long, value_name = "METHOD", default_value = "equilibrium")]
    pub method: Rule,
    /// Relative gap at which an iteration ends
    #[arg(long, value_name = "T", default_value_t = 1e-10)]
    pub tolerance: f64,
    /// Iterations that may be taken
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = count::<usize>)]
    pub max_iterations: usize,
    /// Table of the paths to write, by extension
    #[arg(long, value_name = "FILE")]
    pub paths: Option<PathBuf>,
    /// Table of the edges with their flows to write, by extension
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}
