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
    /// `|z|^2 / 2 + gamma sum |z_k|` of the displacement `z = x - y`.
    Elastic,
    /// The length of the shortest path between two nodes of a network.
    Graph,
}

impl Cost {
    /// The name by which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::SqEuclidean => "sqeuclidean",
            Self::Euclidean => "euclidean",
            Self::Cosine => "cosine",
            Self::Cityblock => "cityblock",
            Self::Elastic => "elastic",
            Self::Graph => "graph",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SqEuclidean => "squared Euclidean cost",
            Self::Euclidean => "Euclidean cost",
            Self::Cosine => "cosine cost",
            Self::Cityblock => "city-block cost",
            Self::Elastic => "elastic cost",
            Self::Graph => "shortest paths on a network",
        }
    }
}

/// Which transport problem is solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// The plan that best keeps relations within each cloud, which need not live in one space.
    Gromov,
    /// A law, known by many draws or by its density, to finitely many sites.
    SemiDiscrete,
    /// The cheapest plan through a few meeting places that descent finds, in time and memory linear in the points.
    LowRank,
}

/// What the rows of the source of a semi-discrete problem are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rows {
    /// Draws from the law.
    #[default]
    Draws,
    /// Centres of the pixels of a regular grid in the plane, each of an even density.
    Pixels,
}

impl Problem {
    /// The name by which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Entropic => "entropic",
            Self::Unbalanced => "unbalanced",
            Self::Partial => "partial",
            Self::Gromov => "gromov",
            Self::SemiDiscrete => "semi-discrete",
            Self::LowRank => "low-rank",
        }
    }

    /// Whether weights are amounts, which need not be equal, and not shares.
    pub fn weighs_amounts(self) -> bool {
        matches!(self, Self::Unbalanced | Self::Partial)
    }

    /// Whether the plan comes with a bound that no other beats.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Exact | Self::Partial)
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// What moving costs.
    pub cost: Cost,
    /// Weight of the city block against half the square in the cost `elastic`, in units of the features.
    pub gamma: Option<f64>,
    /// Which problem.
    pub method: Problem,
    /// Strength of the entropy; 0.05 of the mean cost where absent. For `entropic` and `unbalanced`.
    pub epsilon: Option<Strength>,
    /// Cost of creating or destroying mass; the mean cost where absent. For `unbalanced` only.
    pub rho: Option<Strength>,
    /// Weight of the relations against the costs between the columns that both clouds have; 1, relations alone, where
    /// absent. For `gromov` only.
    pub alpha: Option<f64>,
    /// What the rows of the source are. For `semi-discrete`.
    pub rows: Rows,
    /// Rank of the plan, the number of meeting places; 32, or the points of the smaller side if they are fewer, where absent.
    /// For `low-rank` only.
    pub rank: Option<usize>,
    /// Mass that moves, in units of the source's total. For `partial`, which needs it.
    pub mass: Option<f64>,
    /// Largest entries kept of each row of the plan; where absent, as many as [`Options::kept`] says.
    pub top_k: Option<usize>,
    /// Where an iteration stops: relative L1 marginal error, for `gromov` the relative change of the objective. Where
    /// absent as [`Options::tolerance_or_default`] says.
    pub tolerance: Option<f64>,
    /// Iterations that a solver may take; where absent as [`Options::max_iterations_or_default`] says.
    pub max_iterations: Option<usize>,
    /// Seed of the sample that is drawn on the page. No plan depends on it.
    pub seed: u64,
}

/// Rank of a plan of low rank.
const RANK: usize = 32;
/// The rank of a plan of which none is asked for.
pub(super) fn default_rank(rows: usize, columns: usize) -> usize {
    RANK.min(rows).min(columns)
}

/// Entries of a plan that are kept where nothing else is asked for.
const MOST_ENTRIES: usize = 1 << 21;

impl Options {
    /// The strength of the entropy, asked for or not; none where the problem has none.
    pub fn epsilon_or_default(&self) -> Option<Strength> {
        let default = match (self.method, self.rows) {
            (Problem::Entropic | Problem::Unbalanced, _) => Some(0.05),
            (Problem::SemiDiscrete, Rows::Draws) => Some(0.01),
            _ => None,
        };
        self.epsilon.or(default.map(Strength::Relative))
    }

    /// The strength of the entropy in units of the cost, where `unit` is the mean cost; 0 where there is none.
    pub fn strength(&self, unit: f64) -> f64 {
        self.epsilon_or_default().map_or(0.0, |epsilon| epsilon.absolute(unit))
    }

    /// Where an iteration stops, asked for or not.
    pub fn tolerance_or_default(&self) -> f64 {
        self.tolerance.unwrap_or(match (self.method, self.rows) {
            (Problem::Gromov, _) | (Problem::SemiDiscrete, Rows::Pixels) => 1e-9,
            (Problem::SemiDiscrete, Rows::Draws) => 0.02,
            (Problem::LowRank, _) => 1e-4,
            _ => 1e-6,
        })
    }

    /// Iterations that a solver may take, asked for or not.
    pub fn max_iterations_or_default(&self) -> usize {
        self.max_iterations.unwrap_or(match (self.method, self.rows) {
            (Problem::SemiDiscrete, Rows::Pixels) => 200,
            (Problem::SemiDiscrete, Rows::Draws) => 256_000,
            (Problem::LowRank, _) => 500,
            _ => 10_000,
        })
    }

    /// The cost of creating or destroying mass, asked for or not.
    pub fn rho_or_default(&self) -> Strength {
        self.rho.unwrap_or(Strength::Relative(1.0))
    }

    /// The rank of a plan between `rows` and `columns` points, asked for or not.
    pub fn rank_or_default(&self, rows: usize, columns: usize) -> usize {
        self.rank.unwrap_or_else(|| default_rank(rows, columns))
    }

    /// Most entries kept of each of `rows` rows with `columns` entries: all of them while the whole plan has at most
    /// two million, then as many as make two million together, and never fewer than 8. None of a larger plan of low rank
    /// unless they are asked for: it is whole in its factors, and entries take a pass over all pairs.
    pub fn kept(&self, rows: usize, columns: usize) -> usize {
        let large = rows.saturating_mul(columns) > MOST_ENTRIES;
        if self.method == Problem::LowRank && large && self.top_k.is_none() {
            return 0;
        }
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
        match (self.epsilon, self.method, self.rows) {
            (Some(_), Problem::SemiDiscrete, Rows::Pixels) => {
                return Err(Error::input("--epsilon means nothing to pixels, from which transport is exact.")
                    .advise("Leave it out, or match the rows as draws."));
            }
            (Some(_), Problem::Exact | Problem::Partial | Problem::LowRank, _) => {
                return ignored("--epsilon", "entropic, unbalanced, gromov or semi-discrete");
            }
            (Some(epsilon), _, _) => epsilon.check("--epsilon")?,
            (None, _, _) => {}
        }
        match (self.alpha, self.method) {
            (Some(alpha), Problem::Gromov) if alpha > 0.0 && alpha <= 1.0 => {}
            (Some(alpha), Problem::Gromov) => {
                return Err(Error::input(format!("--alpha is {alpha}, but it must lie above 0 and not above 1."))
                    .advise("1 counts relations alone; costs alone are the method exact."));
            }
            (Some(_), _) => return ignored("--alpha", "gromov"),
            (None, _) => {}
        }
        match (self.rows, self.method) {
            (Rows::Pixels, Problem::SemiDiscrete) if self.cost == Cost::SqEuclidean => {}
            (Rows::Pixels, Problem::SemiDiscrete) => {
                return Err(Error::input(format!(
                    "Cells of pixels are polygons under the squared Euclidean cost, but --cost is {}.",
                    self.cost.name()
                ))
                .advise("Leave --cost out, or match the rows as draws."));
            }
            (Rows::Pixels, _) => return ignored("--rows pixels", "semi-discrete"),
            (Rows::Draws, _) => {}
        }
        match (self.rho, self.method) {
            (Some(rho), Problem::Unbalanced) => rho.check("--rho")?,
            (Some(_), _) => return ignored("--rho", "unbalanced"),
            (None, _) => {}
        }
        match (self.gamma, self.cost) {
            (Some(gamma), Cost::Elastic) if gamma >= 0.0 && gamma.is_finite() => {}
            (Some(gamma), Cost::Elastic) => {
                return Err(Error::input(format!("--gamma is {gamma}, but it must be finite and not negative.")));
            }
            (None, Cost::Elastic) => {
                return Err(Error::input("The cost elastic needs the weight of the city block.")
                    .advise("Give it with --gamma, in units of the features."));
            }
            (Some(_), cost) => {
                return Err(Error::input(format!("--gamma means nothing to the cost {}.", cost.name()))
                    .advise("Leave it out, or choose --cost elastic."));
            }
            (None, _) => {}
        }
        match (self.rank, self.method) {
            (Some(0), Problem::LowRank) => {
                return Err(Error::input("--rank is 0, but a plan needs at least one meeting place.")
                    .advise("Ten to a hundred is usual; 32 is the default."));
            }
            (Some(_), Problem::LowRank) | (None, _) => {}
            (Some(_), _) => return ignored("--rank", "low-rank"),
        }
        if self.method == Problem::LowRank && !matches!(self.cost, Cost::SqEuclidean | Cost::Cosine) {
            return Err(Error::input(format!(
                "A plan of low rank is found in linear time because squared distances are a product of two factors, but --cost is {}.",
                self.cost.name()
            ))
            .advise("Choose --cost sqeuclidean or cosine, or another --method."));
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
        let tolerance = self.tolerance_or_default();
        if !(tolerance > 0.0 && tolerance < 1.0) {
            return Err(Error::input(format!("--tolerance is {tolerance}, but it must lie between 0 and 1."))
                .advise("It is the part of the mass that may be in the wrong place; 1e-6 is the usual default."));
        }
        if self.max_iterations == Some(0) {
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
