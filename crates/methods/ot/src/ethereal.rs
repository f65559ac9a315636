#![doc = include_str!("ethereal.md")]

mod checks;
mod collective;
mod fabric;
mod fair;
mod loads;
mod split;

pub use collective::{Collective, Flow, Step};
pub use fabric::Fabric;
pub use fair::completion;
pub use loads::Loads;
pub use split::{Piece, ecmp, split};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Family, Maturity, Method, Result};

const NAME: &str = "ethereal";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S029",
    name: NAME,
    family: Family::Ot,
    summary: "One path a flow in a leaf-spine fabric, with the link loads of ideal packet spraying",
    docs: include_str!("ethereal.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "addanki2024ethereal",
        bibtex: "@misc{addanki2024ethereal,\n  title = {Challenging the Need for Packet Spraying in Large-Scale Distributed Training},\n  author = {Addanki, Vamsi and Goyal, Prateesh and Marinos, Ilias},\n  year = {2024},\n  eprint = {2407.00550},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Most of anything that a fabric has.
const MOST: usize = 1 << 16;

/// Settings of a fabric and its traffic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Leaf switches, from 1 to 65,536.
    pub leaves: usize,
    /// Spine switches, from 1 to 65,536.
    pub spines: usize,
    /// Servers a leaf, from 1 to 65,536.
    pub servers: usize,
    /// Capacity of a link between leaf and spine, in units of size a unit of time, positive.
    pub uplink: f64,
    /// Capacity of the link of a server, positive.
    pub access: f64,
    /// Links between a leaf and a spine that are down.
    pub failed: Vec<(usize, usize)>,
    /// What the servers do.
    pub collective: Collective,
    /// Size of the flows (of the smallest ones where they differ), from 1 to 2^40.
    pub size: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            leaves: 4,
            spines: 4,
            servers: 4,
            uplink: 1.0,
            access: 1.0,
            failed: Vec::new(),
            collective: Collective::AllToAll,
            size: 1,
        }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        for (name, value) in [("leaves", self.leaves), ("spines", self.spines), ("servers", self.servers)] {
            demand((1..=MOST).contains(&value), NAME, name, value, "from 1 to 65,536")?;
        }
        for (name, value) in [("uplink", self.uplink), ("access", self.access)] {
            demand(value > 0.0 && value.is_finite(), NAME, name, value, "positive and finite")?;
        }
        demand((1..=1 << 40).contains(&self.size), NAME, "size", self.size, "from 1 to 2^40")?;
        for (leaf, spine) in &self.failed {
            let there = *leaf < self.leaves && *spine < self.spines;
            demand(there, NAME, "failed", format_args!("({leaf}, {spine})"), "a leaf and a spine, counted from 0")?;
        }
        Ok(())
    }
}

/// A step of a collective on a fabric: where its flows go, and what the links carry.
#[derive(Clone, Debug)]
pub struct Balanced {
    /// The flows, and how often they are sent.
    pub step: Step,
    /// Each flow, whole or in pieces, with its spine.
    pub pieces: Vec<Piece>,
    /// What the links carry.
    pub loads: Loads,
    /// What they would carry under spraying.
    pub sprayed: Loads,
}

/// Balances every step of the collective.
///
/// # Errors
/// A setting out of range; a collective that the number of servers does not fit; two leaves that no spine connects;
/// loads whose exact unit leaves 128 bits; interruption.
pub fn solve(ctx: &Context, config: &Config) -> Result<Vec<Balanced>> {
    let fabric = Fabric::new(config)?;
    let steps = config.collective.steps(fabric.all_servers(), config.size)?;
    steps
        .into_iter()
        .map(|step| {
            ctx.check_stop()?;
            let pieces = split(&fabric, &step.flows)?;
            let loads = Loads::of(&fabric, &step.flows, &pieces)?;
            let sprayed = Loads::sprayed(&fabric, &step.flows)?;
            Ok(Balanced { step, pieces, loads, sprayed })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_balanced_is_refused_in_a_sentence() {
        let ctx = Context::new(0, 1).unwrap();
        let said = |config: Config| solve(&ctx, &config).unwrap_err().to_string();
        assert!(said(Config { leaves: 0, ..Config::default() }).contains("leaves of ethereal is 0"));
        assert!(said(Config { uplink: -1.0, ..Config::default() }).contains("uplink"));
        assert!(said(Config { failed: vec![(9, 0)], ..Config::default() }).contains("(9, 0)"));
        let cut = (0..4).map(|spine| (1, spine)).collect();
        assert!(said(Config { failed: cut, ..Config::default() }).contains("No spine connects leaf 0 with leaf 1"));
        let odd = Config { servers: 3, collective: Collective::HalvingDoubling, ..Config::default() };
        assert!(said(odd).contains("power of two"));
        assert!(said(Config { leaves: 1, servers: 1, ..Config::default() }).contains("from two to 2^26 servers"));
        let huge = Config { size: 1 << 40, servers: 1 << 16, leaves: 1 << 10, ..Config::default() };
        assert!(said(huge).contains("below 2^64"));
        let fabric = Fabric::new(&Config::default()).unwrap();
        let flows = [Flow { source: 0, destination: 99, size: 1 }];
        assert!(split(&fabric, &flows).unwrap_err().to_string().contains("no server 99"));
        let stray = [Piece { flow: 3, spine: None, parts: 1 }];
        assert!(Loads::of(&fabric, &[], &stray).is_err() && completion(&ctx, &fabric, &[], &stray).is_err());
    }
}
