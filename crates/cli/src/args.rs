//! Every verb and flag; help, completions and the man page come from these definitions.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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

/// What moving costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cost {
    /// |x - y|^2, without a half
    Sqeuclidean,
    /// |x - y|
    Euclidean,
    /// 1 - cosine of the angle
    Cosine,
    /// Sum of |x_k - y_k|
    Cityblock,
    /// |x - y|^2 / 2 + --gamma times the sum of |x_k - y_k|
    Elastic,
    /// The shortest path through --graph between the nodes in column --node
    Graph,
}

/// Transport problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Problem {
    /// The cheapest plan, with a proof that there is no cheaper one
    Exact,
    /// Spread by an entropy of strength epsilon; marginals are met
    Entropic,
    /// As entropic; creating and destroying mass costs rho
    Unbalanced,
    /// The cheapest plan that moves --mass and leaves the rest, with a proof
    Partial,
    /// The plan that best keeps relations within each cloud; the clouds may have different columns
    Gromov,
    /// Through --rank meeting places, in time and memory linear in the points
    LowRank,
    /// The source as a law carried to the target's finitely many sites
    SemiDiscrete,
}

/// What the rows of the source of a semi-discrete problem are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Draws from the law
    Draws,
    /// Centres of the pixels of a regular grid in the plane, --weights their masses
    Pixels,
}

/// `thalweg match`.
#[derive(Args, Debug)]
pub struct Match {
    /// The source: .csv, .tsv, .npz, .npy, .parquet or .h5ad
    pub source: PathBuf,
    /// The target, in any of these formats
    pub target: PathBuf,
    /// Columns of both (a,b,c), obsm:KEY or X; default: every numeric column but the weights
    #[arg(long, value_name = "COLS")]
    pub features: Option<String>,
    /// Columns of the target where they are not those of the source, for gromov
    #[arg(long, value_name = "COLS")]
    pub target_features: Option<String>,
    /// Column or key of both with the weight of each row; default: every row counts the same
    #[arg(long, value_name = "KEY")]
    pub weights: Option<String>,
    /// What moving costs
    #[arg(long, value_name = "COST", default_value = "sqeuclidean")]
    pub cost: Cost,
    /// Weight of the city block in the cost elastic, in units of the features
    #[arg(long, value_name = "G")]
    pub gamma: Option<f64>,
    /// The network of the cost graph: .tntp, or .csv, .tsv, .parquet with columns from, to, time
    #[arg(long, value_name = "NET", requires = "node")]
    pub graph: Option<PathBuf>,
    /// Column of both tables with the node of the network at which each row is
    #[arg(long, value_name = "KEY", requires = "graph")]
    pub node: Option<String>,
    /// Which problem is solved
    #[arg(long, value_name = "METHOD", default_value = "exact")]
    pub method: Problem,
    /// Strength of the entropy, as a part of the mean cost; default 0.05, for semi-discrete 0.01, for gromov none
    #[arg(long, value_name = "E", conflicts_with = "epsilon_absolute")]
    pub epsilon: Option<f64>,
    /// Strength of the entropy in units of the cost
    #[arg(long, value_name = "E")]
    pub epsilon_absolute: Option<f64>,
    /// Cost of creating or destroying mass, as a multiple of the mean cost; default 1
    #[arg(long, value_name = "R", conflicts_with = "rho_absolute")]
    pub rho: Option<f64>,
    /// Cost of creating or destroying mass in units of the cost
    #[arg(long, value_name = "R")]
    pub rho_absolute: Option<f64>,
    /// Weight of the relations against costs between the columns that both have, for gromov; default 1
    #[arg(long, value_name = "A")]
    pub alpha: Option<f64>,
    /// What the rows of the source are, for semi-discrete
    #[arg(long, value_name = "ROWS", default_value = "draws")]
    pub rows: Rows,
    /// Rank of the plan, for low-rank; default 32
    #[arg(long, value_name = "R", value_parser = count::<usize>)]
    pub rank: Option<usize>,
    /// Mass that moves, for partial, in units of the source's total
    #[arg(long, value_name = "M")]
    pub mass: Option<f64>,
    /// Largest entries of each row of the plan that are written; default: all, of large plans two million together, of large
    /// ones of low rank none beside the factors
    #[arg(long, value_name = "K", value_parser = count::<usize>)]
    pub top_k: Option<usize>,
    /// Relative marginal error, for gromov relative change of the objective, for low-rank what ten steps gain of the cost, at
    /// which a solver stops; default 1e-6, for gromov and pixels 1e-9, for draws 0.02, for low-rank 1e-4
    #[arg(long, value_name = "T")]
    pub tolerance: Option<f64>,
    /// Iterations that a solver may take; default 10000, for pixels 200, for draws 256000, for low-rank 500
    #[arg(long, value_name = "N", value_parser = count::<usize>)]
    pub max_iterations: Option<usize>,
    /// Seed of the sample that the page draws
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count::<u64>)]
    pub seed: u64,
    /// Folder for the match
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Threads, memory and output
    #[command(flatten)]
    pub resources: Resources,
}

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

/// `thalweg man`.
#[derive(Args, Debug)]
pub struct Man {
    /// The verb; the program itself when absent
    pub verb: Option<String>,
}

/// `thalweg completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

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
