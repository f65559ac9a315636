#![doc = include_str!("mass_exchange.md")]

mod checks;
mod exchange;
mod observe;
mod ring;

pub use exchange::{Choice, Exchange};
pub use observe::{Shape, correlation, log_histogram, shape};
pub use ring::Ring;

use crate::{demand, to_value};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Family, Maturity, Method, Result};

const NAME: &str = "random-advection-diffusion";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S051",
    name: NAME,
    family: Family::Field,
    summary: "A conserved mass on a ring, moved and mixed between random neighbours",
    docs: include_str!("mass_exchange.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "lepri2023large",
        bibtex: "@article{lepri2023large,\n  author = {Lepri, Stefano and Politi, Paolo and Pikovsky, Arkady},\n  title = {Random advection-diffusion models and their mass statistics},\n  journal = {Physical Review E},\n  volume = {108},\n  pages = {044150},\n  year = {2023},\n  eprint = {2306.00463},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Whom a site meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partners {
    /// Its neighbours on a ring.
    Neighbours,
    /// Anyone: the mean field.
    Anyone,
}

/// Settings of a simulation of many rings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Sites of a ring, at least 3.
    pub sites: usize,
    /// What two sites do when they meet.
    pub exchange: Exchange,
    /// Whom a site meets.
    pub partners: Partners,
    /// Rings that are independent of each other, at least 1.
    pub replicas: usize,
    /// Sweeps before anything is observed; a sweep is a meeting a site.
    pub relax: usize,
    /// Sweeps that are observed, at least 1.
    pub sweeps: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sites: 32,
            exchange: Exchange::PairSum { kept: 0.05 },
            partners: Partners::Neighbours,
            replicas: 64,
            relax: 1000,
            sweeps: 10_000,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        self.exchange.check()?;
        demand(self.sites >= 3, NAME, "sites", self.sites, "at least 3")?;
        demand(self.replicas >= 1, NAME, "replicas", self.replicas, "at least 1")?;
        demand(self.sweeps >= 1, NAME, "sweeps", self.sweeps, "at least 1")
    }
}

/// What [`simulate`] observed, per ring and on average.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean over sites and sweeps of `u^2`, in units of the squared mean density, one a ring.
    pub second: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// The standard error of it, from the spread between rings; NaN of one ring.
    pub error: f64,
    /// The rings at the end.
    pub rings: Vec<Ring>,
}

/// Follows independent rings that start flat with density 1, and averages the second moment over sweeps.
///
/// About 10 ns a meeting and thread. A ring depends on the seed and its number alone.
///
/// # Errors
/// A setting out of range; interruption.
pub fn simulate(ctx: &Context, config: &Config) -> Result<Statistics> {
    config.check()?;
    ctx.require_memory(
        (config.sites as u64).saturating_add(64).saturating_mul(8).saturating_mul(config.replicas as u64),
        "The rings",
    )?;
    let follow = |replica: usize| -> Result<(f64, Ring)> {
        let mut ring = Ring::flat(ctx.seed(), replica as u64, config.sites, 1.0)?;
        let mut sum = 0.0;
        for sweep in 0..config.relax + config.sweeps {
            if sweep.is_multiple_of(256) {
                ctx.check_stop()?;
            }
            ring.sweep(&config.exchange, config.partners);
            if sweep >= config.relax {
                sum += ring.masses().iter().map(|u| u * u).sum::<f64>();
            }
        }
        Ok((sum / (config.sweeps * config.sites) as f64, ring))
    };
    let all: Result<Vec<(f64, Ring)>> = ctx.install(|| (0..config.replicas).into_par_iter().map(follow).collect());
    let (second, rings): (Vec<f64>, Vec<Ring>) = all?.into_iter().unzip();
    let n = second.len() as f64;
    let mean = second.iter().sum::<f64>() / n;
    let error = (second.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
    Ok(Statistics { second, mean, error, rings })
}
