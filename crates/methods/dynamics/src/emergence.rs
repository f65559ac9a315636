#![doc = include_str!("emergence.md")]

mod checks;
mod cycles;
mod lens;
mod protocol;

pub use cycles::{Cycle, affinities};
pub use lens::Lens;
pub use protocol::{alternated, with_phase};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Error, Family, Maturity, Method, Result};
use thalweg_measure::Chain;

const NAME: &str = "emergence-calculus";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S119",
    name: NAME,
    family: Family::Dynamics,
    summary: "Audits of coarse-grained Markov chains: is the partition stable, is the irreversibility real?",
    docs: include_str!("emergence.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "tsiokos2026six",
        bibtex: "@misc{tsiokos2026six,\n  author = {Tsiokos, Ioannis},\n  title = {Six birds theory: emergence calculus for finite Markov kernels},\n  year = {2026},\n  howpublished = {\\url{https://github.com/ioannist/six-birds-theory}}\n}",
    },
};

/// Settings of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Steps of the chain between lifting and looking, at least 1.
    pub tau: u64,
    /// Steps of the paths that are compared with their reversals; all words of `horizon + 1` blocks are gone through.
    pub horizon: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { tau: 1, horizon: 5 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.tau >= 1, NAME, "tau", self.tau, "at least 1")
    }
}

/// What a partition does to a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// How far lifting, moving and looking twice is from doing it once: `max_z TV(E^2(z), E(z))`, 0 for a closed description.
    pub defect: f64,
    /// The largest probability to leave a block within `tau` steps from its prototype. Never below the defect.
    pub retention: f64,
    /// How far each prototype moves under `E`, in total variation; at most the retention error.
    pub shifts: Vec<f64>,
    /// Entropy production of the stationary chain, nats a step.
    pub production: f64,
    /// Arrow of time over the horizon from the stationary law, nats; infinite where a path cannot be run backward.
    pub arrow: f64,
    /// The same for who sees only blocks. Never more.
    pub seen_arrow: f64,
    /// Affinities of a basis of cycles; all zero if and only if the chain is reversible.
    pub cycles: Vec<Cycle>,
}

/// Audits the description of `chain` through `lens`.
///
/// O(n^3 log tau) for n states, and `blocks^(horizon + 1) n^2` for the arrow that is seen.
///
/// # Errors
/// A setting out of range; a lens for another number of states; a chain with more than one stationary law; more than 10^8 words;
/// interruption.
pub fn audit(ctx: &Context, chain: &Chain, lens: &Lens, config: &Config) -> Result<Audit> {
    config.check()?;
    ctx.check_stop()?;
    let moved = chain.power(config.tau);
    let closure = lens.closure(&moved)?;
    let law = chain.stationary()?;
    let prototypes = lens.prototypes();
    let kept = |x: usize| lens.look(&moved.step(&prototypes[x]))[x];
    let retention = (0..prototypes.len()).map(|x| 1.0 - kept(x)).fold(0.0, f64::max);
    let shifts = prototypes.iter().map(|u| total_variation(&closure.step(u), u)).collect();
    let arrow = chain.path_divergence(&law, config.horizon)?;
    let seen_arrow = chain.lumped_path_divergence(&law, lens.blocks(), config.horizon)?;
    Ok(Audit {
        defect: closure.idempotence_defect(),
        retention,
        shifts,
        production: chain.entropy_production()?,
        arrow,
        seen_arrow,
        cycles: affinities(chain),
    })
}

/// The share of all predicates on `states` states that a partition into `blocks` blocks can express: `2^(blocks - states)`.
///
/// # Errors
/// No blocks, or more blocks than states.
pub fn definable_share(states: usize, blocks: usize) -> Result<f64> {
    if blocks == 0 || blocks > states {
        return Err(Error::input(format!("{states} states cannot be cut into {blocks} blocks.")));
    }
    Ok((-((states - blocks) as f64)).exp2())
}

/// Half the sum of absolute differences.
fn total_variation(a: &[f64], b: &[f64]) -> f64 {
    0.5 * a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>()
}
