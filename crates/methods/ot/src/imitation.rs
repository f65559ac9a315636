#![doc = include_str!("imitation.md")]

mod checks;
mod network;
mod policy;
mod prior;
mod scaling;

pub use network::Network;
pub use policy::{Shock, Solved};
pub use prior::{habit, maximum_entropy, uniform};

use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use thalweg_core::{Citation, Context, Family, Maturity, Method, Result};

const NAME: &str = "imitation-transport";

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S027",
    name: NAME,
    family: Family::Ot,
    summary: "Routes over a network near an expert's habit, with a certificate against changes of the link costs",
    docs: include_str!("imitation.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "oishi2024imitation",
        bibtex: "@misc{oishi2024imitation,\n  title = {Imitation-regularized Optimal Transport on Networks: Provable Robustness and Application to Logistics Planning},\n  author = {Oishi, Koshi and Hashizume, Yota and Jimbo, Tomohiko and Kaji, Hirotaka and Kashima, Kenji},\n  year = {2024},\n  eprint = {2402.17967},\n  archivePrefix = {arXiv}\n}",
    },
};

/// Settings of imitation-regularised transport.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Price of leaving the prior, in units of the cost, positive.
    pub alpha: f64,
    /// Largest L1 error of the marginals, from 1e-14 to 1.
    pub tolerance: f64,
    /// Most rounds of scaling, at least 1.
    pub iterations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { alpha: 1.0, tolerance: 1e-10, iterations: 10_000 }
    }
}

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        demand(self.alpha > 0.0 && self.alpha.is_finite(), NAME, "alpha", self.alpha, "positive and finite")?;
        demand((1e-14..=1.0).contains(&self.tolerance), NAME, "tolerance", self.tolerance, "from 1e-14 to 1")?;
        demand(self.iterations >= 1, NAME, "iterations", self.iterations, "at least 1")
    }
}

/// The plan from `mu` to `nu`, each normalised to mass 1.
///
/// # Errors
/// A setting out of range; weights that are not one a node, negative, or all zero; goods that reach no demand, or
/// demand that no goods reach, in the steps of the network (the node is named); interruption. Scaling that did not
/// converge is no error but a status.
pub fn solve(ctx: &Context, network: &Network, mu: &[f64], nu: &[f64], config: &Config) -> Result<Solved> {
    config.check()?;
    let (mu, nu) = (network.normalised("mu", mu)?, network.normalised("nu", nu)?);
    let scaled = scaling::scale(ctx, network, &mu, &nu, config)?;
    Ok(policy::follow(network, &mu, &nu, scaled, config.alpha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Class;
    use thalweg_ot::graph::Graph;

    #[test]
    fn what_cannot_be_routed_is_refused_in_a_sentence() {
        let ctx = Context::new(0, 1).unwrap();
        let graph = Graph::new(3, &[(0, 1), (1, 1)]).unwrap();
        let network = |prior: &[f64]| Network::stationary(graph.clone(), 2, &[1.0, 0.0], prior);
        assert!(network(&[0.5, 1.0]).unwrap_err().to_string().contains("out of node 0 sums to 0.5"));
        assert!(Network::new(graph.clone(), vec![], vec![]).is_err());
        let network = network(&[1.0, 1.0]).unwrap();
        let said = |mu: [f64; 3], nu: [f64; 3], alpha: f64| {
            let refused = solve(&ctx, &network, &mu, &nu, &Config { alpha, ..Config::default() }).unwrap_err();
            assert_eq!(refused.class(), Class::Input);
            refused.to_string()
        };
        assert!(said([1.0, 0.0, 0.0], [0.0, 0.0, 1.0], 1.0).contains("node 0 in 2 steps"));
        assert!(said([0.0, 1.0, 0.0], [1.0, 1.0, 0.0], 1.0).contains("No goods reach node 0"));
        assert!(said([0.0; 3], [0.0, 1.0, 0.0], 1.0).contains("mu"));
        assert!(said([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], 0.0).contains("alpha"));
        assert!(habit(&graph, &[1.0], 0.0).is_err() && maximum_entropy(&graph).is_err());
        let found = solve(&ctx, &network, &[2.0, 0.0, 0.0], &[0.0, 7.0, 0.0], &Config::default()).unwrap();
        assert!((found.cost - 1.0).abs() < 1e-12 && found.report.converged());
        assert!(found.shock(&network, &[vec![0.0]]).is_err());
    }
}
