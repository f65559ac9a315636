//! Flags of matching two clouds.

use super::{Resources, count};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
