//! Flags of measuring a series.

use super::{Resources, count};
use clap::Args;
use std::path::PathBuf;

/// `thalweg measure`.
#[derive(Args, Debug)]
pub struct Measure {
    /// Table with a row a time: .csv, .tsv, .npz, .npy, .parquet or .h5ad
    #[arg(required_unless_present = "list")]
    pub file: Option<PathBuf>,
    /// What to measure, as NAME,NAME; `thalweg measure --list` names all
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required_unless_present = "list")]
    pub what: Vec<String>,
    /// Columns that are the state (a,b,c), obsm:KEY or X; default: every numeric column but the time
    #[arg(long, value_name = "COLS")]
    pub column: Option<String>,
    /// Column with the time of each row, evenly spaced; default: the one called time or t, if any
    #[arg(long, value_name = "KEY", conflicts_with = "dt")]
    pub time: Option<String>,
    /// Time between two rows, where there is no column of it; default 1
    #[arg(long, value_name = "T")]
    pub dt: Option<f64>,
    /// Table with the same columns to compare with: a generated series, or a forecast of the same times
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// A setting, of one measure (lyapunov.dim=3) or of all that have it (theiler=50); repeatable
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// List the measures with their settings
    #[arg(long)]
    pub list: bool,
    /// Seed of surrogates and draws
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Table of the figures to write, by extension; with .json the curves as well
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}
