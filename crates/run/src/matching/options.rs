//! What a match is asked to do.

use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// What moving costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// `|x - y|^2`, in squared units of the features, without the factor one half.
    #[default]
    SqEuclidean,
    /// `|x - y|`, in units of the features.
    Euclidean,
    /// `1 - x.y / (|x| |y|)`, between 0 and 2, without a unit.
    Cosine,
    /// `sum |x_k - y_k|`, in units of the features.
    Cityblock,
}

impl Cost {
    /// The name by which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::SqEuclidean => "sqeuclidean",
            Self::Euclidean => "euclidean",
            Self::Cosine => "cosine",
            Self::Cityblock => "cityblock",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SqEuclidean => "squared Euclidean cost",
            Self::Euclidean => "Euclidean cost",
            Self::Cosine => "cosine cost",
            Self::Cityblock => "city-block cost",
        }
    }
}

/// Which transport problem is solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Problem {
    /// The cheapest plan between probability weights, with a proof.
    #[default]
    Exact,
    /// The cheapest plan plus `epsilon KL(pi | a x b)`, marginals met.
    Entropic,
    /// As entropic, with `rho KL` in place of each marginal.
    Unbalanced,
    /// The cheapest plan that moves a given mass and leaves the rest, with a proof.
    Partial,
}

impl Problem {
    /// The name by which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Entropic => "entropic",
            Self::Unbalanced => "unbalanced",
            Self::Partial => "partial",
        }
    }

    /// Whether weights are amounts, which need not be equal, and not shares.
    pub fn weighs_amounts(self) -> bool {
        matches!(self, Self::Unbalanced | Self::Partial)
    }

    /// Whether an entropy spreads the plan.
    pub fn is_entropic(self) -> bool {
        matches!(self, Self::Entropic | Self::Unbalanced)
    }
}

/// A strength in units of the cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// A multiple of the mean cost between the two clouds under independent draws.
    Relative(f64),
    /// As it is, in units of the cost.
    Absolute(f64),
}

impl Strength {
    /// The strength in units of the cost, where `mean` is the mean cost.
    pub fn absolute(self, mean: f64) -> f64 {
        match self {
            Self::Relative(share) => share * mean,
            Self::Absolute(value) => value,
        }
    }

    fn check(self, flag: &str) -> Result<()> {
        let (value, flag) = match self {
            Self::Relative(v) => (v, flag.to_owned()),
            Self::Absolute(v) => (v, format!("{flag}-absolute")),
        };
        if value > 0.0 && value.is_finite() {
            return Ok(());
        }
        Err(Error::input(format!("{flag} is {value}, but it must be positive and finite.")))
    }
}

/// Everything that decides what a match computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// What moving costs.
    pub cost: Cost,
    /// Which problem.
    pub method: Problem,
    /// Strength of the entropy; 0.05 of the mean cost where absent. For `entropic` and `unbalanced`.
    pub epsilon: Option<Strength>,
    /// Cost of creating or destroying mass; the mean cost where absent. For `unbalanced` only.
    pub rho: Option<Strength>,
    /// Mass that moves, in units of the source's total. For `partial`, which needs it.
    pub mass: Option<f64>,
    /// Largest entries kept of each row of the plan; where absent, as many as [`Options::kept`] says.
    pub top_k: Option<usize>,
    /// Relative L1 marginal error at which an entropic solver stops.
    pub tolerance: f64,
    /// Iterations that an entropic solver may take.
    pub max_iterations: usize,
    /// Seed of the sample that is drawn on the page. No plan depends on it.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            method: Problem::default(),
            epsilon: None,
            rho: None,
            mass: None,
            top_k: None,
            tolerance: 1e-6,
            max_iterations: 10_000,
            seed: 0,
        }
    }
}

/// Entries of a plan that are kept where nothing else is asked for.
const MOST_ENTRIES: usize = 1 << 21;

impl Options {
    /// The strength of the entropy, asked for or not.
    pub fn epsilon_or_default(&self) -> Strength {
        self.epsilon.unwrap_or(Strength::Relative(0.05))
    }

    /// The cost of creating or destroying mass, asked for or not.
    pub fn rho_or_default(&self) -> Strength {
        self.rho.unwrap_or(Strength::Relative(1.0))
    }

    /// Most entries kept of each of `rows` rows with `columns` entries: all of them while the whole plan has at most
    /// two million, then as many as make two million together, and never fewer than 8.
    pub fn kept(&self, rows: usize, columns: usize) -> usize {
        self.top_k.unwrap_or_else(|| (MOST_ENTRIES / rows.max(1)).max(8)).min(columns)
    }

    /// Refuses what cannot be computed, and settings that the method would ignore.
    ///
    /// # Errors
    /// As said, naming the flag and its value.
    pub fn check(&self) -> Result<()> {
        let ignored = |flag: &str, who: &str| {
            Err(Error::input(format!("{flag} means nothing to the method {}.", self.method.name()))
                .advise(format!("Leave it out, or choose {who} with --method.")))
        };
        match (self.epsilon, self.method) {
            (Some(epsilon), method) if method.is_entropic() => epsilon.check("--epsilon")?,
            (Some(_), _) => return ignored("--epsilon", "entropic or unbalanced"),
            (None, _) => {}
        }
        match (self.rho, self.method) {
            (Some(rho), Problem::Unbalanced) => rho.check("--rho")?,
            (Some(_), _) => return ignored("--rho", "unbalanced"),
            (None, _) => {}
        }
        match (self.mass, self.method) {
            (Some(mass), Problem::Partial) if mass > 0.0 && mass.is_finite() => {}
            (Some(mass), Problem::Partial) => {
                return Err(Error::input(format!("--mass is {mass}, but it must be positive and finite.")));
            }
            (None, Problem::Partial) => {
                return Err(Error::input("The method partial needs the mass that moves.")
                    .advise("Give it with --mass; without weights each cloud has mass 1."));
            }
            (Some(_), _) => return ignored("--mass", "partial"),
            (None, _) => {}
        }
        if self.top_k == Some(0) {
            return Err(Error::input("--top-k is 0, but at least one entry of each row must be kept."));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(Error::input(format!("--tolerance is {}, but it must lie between 0 and 1.", self.tolerance))
                .advise("It is the part of the mass that may be in the wrong place; 1e-6 is the default."));
        }
        if self.max_iterations == 0 {
            return Err(Error::input("--max-iterations is 0, but a solver needs at least one."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_a_method_would_ignore_are_refused() {
        let refused = |options: Options| options.check().unwrap_err().to_string();
        let epsilon = Some(Strength::Relative(0.1));
        assert!(refused(Options { epsilon, ..Options::default() }).contains("--epsilon means nothing"));
        let rho = Some(Strength::Absolute(1.0));
        assert!(refused(Options { rho, method: Problem::Entropic, ..Options::default() }).contains("--rho"));
        let epsilon = Some(Strength::Absolute(f64::NAN));
        let said = refused(Options { epsilon, method: Problem::Entropic, ..Options::default() });
        assert!(said.contains("--epsilon-absolute is NaN"), "{said}");
        Options { epsilon: None, rho, method: Problem::Unbalanced, ..Options::default() }.check().unwrap();
    }

    #[test]
    fn small_plans_are_kept_whole() {
        let options = Options::default();
        assert_eq!((options.kept(1000, 1000), options.kept(100_000, 100_000)), (1000, 20));
        assert_eq!(Options { top_k: Some(5), ..options }.kept(10, 3), 3);
    }
}
