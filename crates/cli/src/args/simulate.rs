//! Flags of known laws.

use super::{Resources, count};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `thalweg systems`.
#[derive(Args, Debug)]
pub struct Systems {
    /// Name of a system; all when absent
    pub name: Option<String>,
    /// Only those of this kind (flow, map, delay, law) or with this tag (chaotic, conservative, forced, ...); repeatable
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only those whose name, other names, equations, reference or note have this word
    #[arg(long, value_name = "WORD")]
    pub search: Option<String>,
    /// File with systems of your own, in the format of the catalogue, in its place
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `thalweg simulate`.
#[derive(Args, Debug)]
pub struct Simulate {
    /// Name of a system or of a law; `thalweg systems` lists them
    pub name: String,
    /// File with systems of your own, in the format of the catalogue, in its place
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Points of a trajectory, times of a field; default: 1000, and 101
    #[arg(short, long, value_name = "N", value_parser = count::<usize>)]
    pub n: Option<usize>,
    /// Points a dominant period; default: 100
    #[arg(long, value_name = "N")]
    pub points_per_period: Option<f64>,
    /// Time between two points, in place of points a period
    #[arg(long, value_name = "T", conflicts_with = "points_per_period")]
    pub dt: Option<f64>,
    /// Points to leave out before the first; default: 0
    #[arg(long, value_name = "N", value_parser = count::<usize>)]
    pub discard: Option<usize>,
    /// Value of a parameter or setting, for example rho=28; repeatable
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Values of a parameter, rho=20,24,28 or rho=20:28:5 (from, to, how many); each with each where repeated
    #[arg(long, value_name = "NAME=VALUES")]
    pub sweep: Vec<String>,
    /// Initial state; default: that of the catalogue
    #[arg(long, value_name = "X", num_args = 1.., value_delimiter = ',')]
    pub start: Vec<f64>,
    /// Trajectories, from initial states scattered around the first; default: 1
    #[arg(long, value_name = "N", value_parser = count::<usize>)]
    pub ensemble: Option<usize>,
    /// Standard deviation of the scatter of initial states, in every coordinate; default: 0.001
    #[arg(long, value_name = "SD")]
    pub spread: Option<f64>,
    /// Term added to the rate of a state, for example x=2*cos(1.2*t); repeatable
    #[arg(long, value_name = "STATE=TERM")]
    pub drive: Vec<String>,
    /// Noise of the motion: 0.1 for every state, or x=0.1*x for one, the coefficient of dW; repeatable
    #[arg(long, value_name = "[STATE=]SIZE", allow_hyphen_values = true)]
    pub sde: Vec<String>,
    /// Sense of the noise where it depends on the state; default: ito
    #[arg(long, value_name = "SENSE")]
    pub sense: Option<Sense>,
    /// Scheme of a motion with noise; default: euler-maruyama for noise of the state in the sense of Ito, else heun
    #[arg(long, value_name = "SCHEME", requires = "sde")]
    pub scheme: Option<NoiseScheme>,
    /// Step of the stochastic scheme; default: that of the catalogue, at most a sixteenth of the time between two points
    #[arg(long, value_name = "T")]
    pub step: Option<f64>,
    /// Noise of observation, as a share of the standard deviation of each state; default: 0
    #[arg(long, value_name = "SHARE")]
    pub noise: Option<f64>,
    /// Share of the points that were missed; they have no row; default: 0
    #[arg(long, value_name = "SHARE")]
    pub gaps: Option<f64>,
    /// Mean length of a gap in points; default: points are missed independently
    #[arg(long, value_name = "N", requires = "gaps")]
    pub gap_length: Option<f64>,
    /// Lyapunov exponents too, over longer and longer times, on the page and in the summary
    #[arg(long)]
    pub exponents: bool,
    /// In place of trajectories a map of the finite-time Lyapunov exponents of a flow, over this time (negative: backward) and
    /// -n shorter ones
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub ftle: Option<f64>,
    /// A side of that map, for example x=0:2:201 (from, to, places); twice. Default: what the motion visits, 101 places
    #[arg(long, value_name = "STATE=FROM:TO:N", requires = "ftle", allow_hyphen_values = true)]
    pub plane: Vec<String>,
    /// Relative and absolute tolerance of a step; default: 1e-9
    #[arg(long, value_name = "TOL")]
    pub tolerance: Option<f64>,
    /// Seed of scatter, noise and gaps
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Table to write, by extension; or, without an extension, a folder for table, record and page
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Page to write beside the table
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
    /// For surface-flux only
    #[command(flatten)]
    pub flux: SurfaceFlux,
}

/// Of `thalweg simulate surface-flux`.
#[derive(Args, Debug)]
#[command(next_help_heading = "surface-flux, into NetCDF")]
pub struct SurfaceFlux {
    /// Map to start from, NetCDF or HDF5: radial field in gauss over latitude and longitude
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Duration in days; default: 28
    #[arg(long, value_name = "DAYS")]
    pub days: Option<f64>,
    /// Days between the maps that are kept; default: the first and the last are
    #[arg(long, value_name = "DAYS")]
    pub every: Option<f64>,
    /// Observed map with weight or mu, and the hours after the start at which it enters; repeatable
    #[arg(long, value_name = "FILE@HOURS")]
    pub observe: Vec<String>,
    /// Frames of flow, NetCDF or HDF5: velocities u and v in metres a second over latitude and longitude, and over time in hours
    /// where there are several; they are added to the flows of the settings
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
    /// Values of a setting, one a realisation, for example diffusivity=200,300,400; repeatable
    #[arg(long, value_name = "NAME=V,V")]
    pub vary: Vec<String>,
}

/// Senses of a stochastic equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sense {
    /// Noise taken at the beginning of a step (Itô)
    Ito,
    /// Noise as the mean of both ends of a step (Stratonovich)
    Stratonovich,
    /// Noise taken at the end of a step (Hänggi and Klimontovich)
    AntiIto,
}

/// Schemes of stochastic equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NoiseScheme {
    /// Strong order 1/2, weak order 1
    EulerMaruyama,
    /// Weak order 2 for noise that is the same in every state, else 1
    Heun,
    /// Strong order 1
    Milstein,
    /// Strong order 1.5, for noise that is the same in every state
    Sra1,
    /// Strong order 1.5
    Sri1,
    /// Weak order 2
    Platen,
}
