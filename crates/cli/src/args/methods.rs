//! Flags of methods and of what they left.

use super::{Resources, count};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Picture formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// Vector graphics
    Svg,
    /// Pixels
    Png,
}

/// `thalweg report`.
#[derive(Args, Debug)]
pub struct Report {
    /// A finished run or match
    pub run: PathBuf,
    /// Export each figure in this format instead of writing the page
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Picture>,
    /// Folder for exported figures; default: figures in the run folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// `thalweg methods`.
#[derive(Args, Debug)]
pub struct Methods {
    /// Name or number of a method; all when absent
    pub id: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `thalweg verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// A method, a family, or all
    #[arg(default_value = "all")]
    pub what: String,
    /// Seed of every check
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}

/// `thalweg cite`.
#[derive(Args, Debug)]
pub struct Cite {
    /// A run or a match
    pub run: PathBuf,
}
