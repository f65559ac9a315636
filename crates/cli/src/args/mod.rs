//! Every verb and flag; help, completions and the man page come from these definitions.

mod learn;
mod matching;
mod measure;
mod methods;
mod route;
mod shell;
mod simulate;

pub use learn::{Demo, Learn, Push};
pub use matching::{Cost, Match, Problem, Rows};
pub use measure::Measure;
pub use methods::{Cite, Methods, Picture, Report, Verify};
pub use route::{Route, Rule};
pub use shell::{Completions, Man};
pub use simulate::{NoiseScheme, Sense, Simulate, Systems};

use clap::{Args, Parser, Subcommand};

/// Finds how distributions, populations and trajectories move, and moves them.
#[derive(Debug, Parser)]
#[command(name = "thalweg", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Learn how a population moves from snapshots of it
    Learn(Learn),
    /// Generate a small differentiating population and learn its dynamics
    Demo(Demo),
    /// Move new points with a learned run
    Push(Push),
    /// Say which mass of one cloud of points goes where in another, at what cost
    Match(Match),
    /// Find the flows of trips through a network whose edges fill up
    Route(Route),
    /// Write the page of a run or a match again, or export its figures
    Report(Report),
    /// List the methods, or show one with its settings
    Methods(Methods),
    /// Measure the claims of the methods against known answers
    Verify(Verify),
    /// Print what to cite for a run or a match
    Cite(Cite),
    /// List the known systems, or show one with its equations
    Systems(Systems),
    /// Follow a known law, or one of your own, and write what it does
    Simulate(Simulate),
    /// Measure what a series does: exponents, dimensions, entropies, spectra, distances
    Measure(Measure),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the man page, of the program or of a verb
    Man(Man),
}

/// A count, in place of the parser's "invalid digit found in string".
fn count<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "a whole number from 0 on is needed".to_owned())
}

/// Threads, memory and output, the same for every verb that computes.
#[derive(Args, Debug)]
pub struct Resources {
    /// Threads; 0 means all cores
    #[arg(long, value_name = "N", default_value_t = 0, env = "THALWEG_THREADS", value_parser = count::<usize>)]
    pub threads: usize,
    /// Memory budget, for example 4GiB or 800MB
    #[arg(long, value_name = "SIZE", value_parser = thalweg_core::parse_bytes)]
    pub memory: Option<u64>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
