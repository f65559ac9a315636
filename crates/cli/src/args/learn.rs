//! Flags of learning a law and moving points with it.

use super::{Resources, count};
use clap::Args;
use std::path::PathBuf;

/// `thalweg learn`.
#[derive(Args, Debug)]
pub struct Learn {
    /// Table with a time column: .csv, .tsv, .npz, .npy, .parquet or .h5ad
    pub data: PathBuf,
    /// Column or key with the time of each row
    #[arg(long, value_name = "KEY")]
    pub time: Option<String>,
    /// Columns (a,b,c), obsm:KEY or X; default: every other numeric column
    #[arg(long, value_name = "COLS")]
    pub features: Option<String>,
    /// Column or key with the weight of each row; default: every row counts 1
    #[arg(long, value_name = "KEY")]
    pub weights: Option<String>,
    /// Method, by name or number; default: velocity-growth-matching when masses differ, else flow-matching
    #[arg(long, value_name = "ID")]
    pub method: Option<String>,
    /// Times to leave out of training and predict, as T,T or with the flag repeated
    #[arg(long, value_name = "T", value_delimiter = ',')]
    pub hold_out: Vec<f64>,
    /// Seed of every random stream
    #[arg(long, value_name = "N", value_parser = count::<u64>)]
    pub seed: Option<u64>,
    /// TOML or JSON file with the same fields; flags win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A setting of the method, for example fit.steps=2000; repeatable
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Continue the run in the output folder
    #[arg(long)]
    pub resume: bool,
    /// Folder for the run
    #[arg(short, long, value_name = "RUN")]
    pub output: PathBuf,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}

/// `thalweg demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// Folder for the run; default: runs/demo, or the first free runs/demo-N
    #[arg(short, long, value_name = "RUN")]
    pub output: Option<PathBuf>,
    /// Continue the demo in the output folder
    #[arg(long)]
    pub resume: bool,
    /// Seed of the population and of the learning
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}

/// `thalweg push`.
#[derive(Args, Debug)]
pub struct Push {
    /// A finished run
    pub run: PathBuf,
    /// Table with the columns the run was learned on
    #[arg(long, value_name = "FILE")]
    pub points: PathBuf,
    /// Columns of the points (a,b,c), obsm:KEY or X; default: the features of the run
    #[arg(long, value_name = "COLS")]
    pub features: Option<String>,
    /// Time of the points
    #[arg(long, value_name = "T")]
    pub from: f64,
    /// Time to move them to
    #[arg(long, value_name = "T")]
    pub to: f64,
    /// Move along the SDE of this noise that has the same snapshots, in squared units of the features a unit of time; for
    /// laws with a score (stochastic-interpolants)
    #[arg(long, value_name = "EPS")]
    pub epsilon: Option<f64>,
    /// Seed of the noise, where there is noise
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Table to write, by extension
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}
